/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What our programs need of the kernel: helpers by number (include/uapi/linux/bpf.h; the numbers never change), maps as
 * our own loader reads them. No kernel headers, no BTF.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))

/* One map as `src/sampler/capture/kernel/kernel-object.ts` creates it; its name is the symbol's. */
struct map {
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
};

enum { MAP_HASH = 1, MAP_ARRAY = 2, MAP_PROGRAMS = 3, MAP_RING = 27 };
enum { MAP_MMAPABLE = 1 << 10 };

/* bpf_get_ns_current_pid_tgid's answer. */
struct pid_in_namespace {
	u32 tid;
	u32 tgid;
};

static void *(*lookup)(const void *map, const void *key) = (void *)1;
static long (*update_entry)(const void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*delete_entry)(const void *map, const void *key) = (void *)3;
static u64 (*now)(void) = (void *)5;
static u32 (*this_cpu)(void) = (void *)8;
static long (*tail_call)(void *context, const void *map, u32 index) = (void *)12;
static u64 (*current_ids)(void) = (void *)14;
static u64 (*current_task)(void) = (void *)35;
static long (*get_stack)(void *context, void *into, u32 size, u64 flags) = (void *)67;
static long (*read_user)(void *into, u32 size, u64 address) = (void *)112;
static long (*read_kernel)(void *into, u32 size, u64 address) = (void *)113;
static long (*current_ids_in)(u64 device, u64 inode, struct pid_in_namespace *into, u32 size) = (void *)120;
static long (*output)(void *ring, void *data, u64 size, u64 flags) = (void *)130;

/* The value in a variable as one that neither compiler nor verifier can follow back: bounds are then stated where they are needed. */
#define OPAQUE(value) asm volatile("" : "+r"(value))

/* Keeps the compiler from moving stores across; x86-64 itself does not. */
#define BARRIER() asm volatile("" ::: "memory")
