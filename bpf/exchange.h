/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What is asked for and what is answered. On demand, in one map that the caller has mapped; whoever asks waits for the answer, so
 * there is only ever one request. `clock.h` has a request for each thread, and its answers go into a ring.
 *
 * `kernel-exchange.ts` and `kernel-reply.ts` in src/sampler/capture/kernel/ have the same structs: change both.
 */
#pragma once
#include "threads.h"

#define ABSENT 0xffffffffu

#define MAX_STATE 1024
#define MAX_CHUNKS 128
#define MAX_CHUNK (1 << 14)
#define MAX_HEADER 128
/* Room for all pieces, and some after it, so that the verifier need not know where the last one ends. */
#define MAX_BYTES (1 << 21)
#define SLACK (MAX_CHUNK + 64)
/*
 * The verifier follows every step of a loop, so a long way is many short legs: programs that end by calling the next one, the
 * kernel's tail call, of which there may be 33. 10,000 frames of 3.8 to 3.10 can be copied, or 2 MiB of chunks and then
 * 768 steps: what lies further in a chunk was copied with it, and a generator's frame down there can be a guess.
 */
#define CHUNKS_PER_LEG 16
#define STEPS_PER_LEG 32
#define OBJECTS_PER_LEG 320
#define MAX_CHUNK_LEGS (MAX_CHUNKS / CHUNKS_PER_LEG)
#define MAX_STEP_LEGS 24
#define MAX_GUESSES 64
#define MAX_KERNEL_FRAMES 64

enum { CHUNKS_LEG = 0, STEPS_LEG = 1, OBJECTS_LEG = 2, LEG_COUNT = 3 };
enum { COPIED = 1, OTHER_THREAD = 2, UNREADABLE = 3 };

struct request {
	/* The thread's ids in the pid namespace it is in itself, which these two name (stat(2) of /proc/PID/ns/pid). */
	u64 device;
	u64 inode;
	u32 tid;
	u32 tgid;
	/* Its PyThreadState. */
	u64 thread;
	u64 gil_holder;
	u64 gil_locked;
	u64 collecting;
	/* Offsets in the thread state, ABSENT where this version has no such thing. */
	u32 state_size;
	u32 word_size;
	u32 frame;
	u32 cframe_frame;
	u32 chunk;
	/* Offsets in a data-stack chunk, and in a frame. */
	u32 chunk_previous;
	u32 chunk_top;
	u32 chunk_data;
	u32 link;
	u32 header_size;
	/* Its row in `rows`; ABSENT for none. */
	u32 row;
	/* 1: what it does in the kernel, too. */
	u32 wants_kernel_stack;
	u32 unused;
	/* Frames in no chunk that the walk did not get to last time: a stack too deep for it has some at its root. */
	u32 guess_count;
	u64 guesses[MAX_GUESSES];
};

/* Before the bytes of each piece that was copied, and one of the chunks that frames are looked for in. */
struct piece {
	u64 address;
	u32 length;
	/* In `bytes`: of what kind the piece is. Of a chunk: where in `bytes` it lies. */
	union {
		u32 kind;
		u32 offset;
	};
};

enum { STATE_PIECE = 0, CHUNK_PIECE = 1, FRAME_PIECE = 2, KERNEL_PIECE = 3 };

struct reply {
	/* Newest first; after the last one, two of length 0. For the programs alone. */
	struct piece chunks[2 * MAX_CHUNKS];
	/* From here on the caller reads. Whose copy it is, by its row, and what came of it: COPIED or UNREADABLE. */
	u32 row;
	u32 answer;
	/* CLOCK_MONOTONIC, ns. */
	u64 time;
	/* The newest frame. */
	u64 frame;
	u64 gil_holder;
	u32 gil_locked;
	u32 collecting;
	u32 chunk_count;
	u32 frame_count;
	/* Of `bytes`: where the next piece goes. */
	u32 used;
	u32 current_chunk;
	/* The frame where the walk goes on; 0 when it came to the root. */
	u64 rest;
	/* The chunk that comes next, and where what is used of it ends. */
	u64 next_chunk;
	u64 next_end;
	u32 legs;
	u32 unused;
	/* The frame that could not be copied: it cannot be read, or the room is full. */
	u64 stuck;
	/* The frame that called the evaluation loop that the thread is in, where a `_PyCFrame` says so (3.11, 3.12); 0: none did, or not known. */
	u64 caller;
	/* Pieces, each begun by a `struct piece` and rounded up to 8 bytes: the thread state first. */
	u8 bytes[];
};

struct exchange {
	struct request request;
	struct reply reply;
};

struct map SECTION("maps") legs = {MAP_PROGRAMS, sizeof(u32), sizeof(u32), LEG_COUNT, 0};
struct map SECTION("maps") exchange = {MAP_ARRAY, sizeof(u32), sizeof(struct exchange) + MAX_BYTES + SLACK, 1, MAP_MMAPABLE};
