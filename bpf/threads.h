/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Who runs where since when, of the threads that are watched: a row for each, which the caller reads in memory that it has
 * mapped. A thread is known by its task's address: that is what the tracepoint hands out, in whatever pid namespace it is.
 * It signs in when it is captured, or when it is first seen leaving a CPU.
 *
 * `src/sampler/capture/kernel/kernel-threads.ts` has the same structs: change both.
 */
#pragma once
#include "kernel.h"

#define MAX_THREADS 16384
#define OFF_CPU -1
#define UNKNOWN_CPU -2
/* Of a task's state: it has ended. */
#define TASK_DEAD 0x80

struct row {
	/* Odd while it is being written. */
	u32 sequence;
	int cpu;
	/* When it came to that CPU, or left the last one. CLOCK_MONOTONIC, ns. */
	u64 since;
	/* ns, up to when it last left a CPU: the kernel's own sum where `census` says where that is, else since it signed in. */
	u64 cpu_time;
	/* How often it was put on a CPU: as above. */
	u32 switches;
	/* The task's state when it left: 0 runnable, 1 sleeping, 2 in uninterruptible sleep ... */
	u32 reason;
	/* 0 before it signs in. */
	u64 task;
	/* In the initial pid namespace: a task's address may be used again. */
	u64 ids;
	/* Switches that cannot have been all: to a CPU when it was on one, or from one when it was on none. */
	u64 lost;
	u64 unused;
};

/* A thread that has not signed in, by what it calls itself in the namespace below. */
struct name {
	u32 tid;
	u32 tgid;
};

struct census {
	/* The pid namespace of the threads in `unseen`, and how many these are: nobody is looked up while there are none. */
	u64 device;
	u64 inode;
	u64 unseen_count;
	/* Where in a task the kernel keeps its CPU time (`se.sum_exec_runtime`) and how often it was put on a CPU (`sched_info.pcount`); 0: not known. */
	u32 cpu_time_at;
	u32 switches_at;
};

struct map SECTION("maps") rows = {MAP_ARRAY, sizeof(u32), sizeof(struct row), MAX_THREADS, MAP_MMAPABLE};
struct map SECTION("maps") tasks = {MAP_HASH, sizeof(u64), sizeof(u32), MAX_THREADS, 0};
struct map SECTION("maps") unseen = {MAP_HASH, sizeof(struct name), sizeof(u32), MAX_THREADS, 0};
struct map SECTION("maps") census = {MAP_ARRAY, sizeof(u32), sizeof(struct census), 1, MAP_MMAPABLE};

INLINE void begin_write(struct row *row)
{
	row->sequence++;
	BARRIER();
}

INLINE void end_write(struct row *row)
{
	BARRIER();
	row->sequence++;
}

/* What the kernel itself has counted of a task, up to now if it is just leaving. Whatever switches we miss, this has them. */
INLINE void count(struct row *row, u64 task, u32 more)
{
	u32 zero = 0;
	struct census *all = lookup(&census, &zero);
	if (!all || !all->cpu_time_at)
		return;
	read_kernel(&row->cpu_time, sizeof(u64), task + all->cpu_time_at);
	u64 switches = 0;
	read_kernel(&switches, sizeof(switches), task + all->switches_at);
	row->switches = switches + more;
}

/* `current` is the thread of this row, and is running: it gets its row, or has it put right. */
INLINE struct row *sign_in(u32 index, u64 task, u64 time)
{
	struct row *row = lookup(&rows, &index);
	int cpu = this_cpu();
	if (!row || (row->task == task && row->cpu == cpu))
		return row;
	if (row->task != task && update_entry(&tasks, &task, &index, 0))
		return 0;
	begin_write(row);
	if (row->task == task)
		row->lost++;
	row->task = task;
	row->ids = current_ids();
	row->cpu = cpu;
	row->since = time;
	row->switches++;
	count(row, task, 0);
	end_write(row);
	return row;
}
