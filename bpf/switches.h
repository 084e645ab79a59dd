/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Attached to sched_switch: keeps the rows of `threads.h`. Runs at every switch on the machine, so what is not ours must cost
 * next to nothing. Switches may be missing here: on one virtual machine, those away from the threads of a guarded process, in
 * whose context no program runs (one in 5,000 of ours came after one of them). So the row takes the kernel's own sums whenever
 * its thread leaves, and is no proof that a thread has not run.
 */
#pragma once
#include "threads.h"

/* The rest of the word says how it may be woken, and whether it may be frozen: include/linux/sched.h. */
#define TASK_STATES 0xff

INLINE struct row *row_of(u64 task)
{
	u32 *index = lookup(&tasks, &task);
	return index ? lookup(&rows, index) : 0;
}

/* A watched thread that has not signed in may be leaving just now. */
INLINE struct row *welcome(u64 task)
{
	u32 zero = 0;
	struct census *all = lookup(&census, &zero);
	if (!all || !all->unseen_count)
		return 0;
	struct pid_in_namespace ids = {};
	if (current_ids_in(all->device, all->inode, &ids, sizeof(ids)))
		return 0;
	u32 *index = lookup(&unseen, &ids);
	return index ? sign_in(*index, task, now()) : 0;
}

INLINE void leave(struct row *row, u64 task, u32 reason, u64 time)
{
	int is_other = row->ids != current_ids();
	begin_write(row);
	if (row->cpu >= 0)
		row->cpu_time += time - row->since;
	else
		row->lost++;
	row->since = time;
	row->reason = reason;
	row->cpu = is_other ? UNKNOWN_CPU : OFF_CPU;
	if (is_other)
		row->task = 0;
	else
		count(row, task, 0);
	end_write(row);
	if (is_other || (reason & TASK_DEAD))
		delete_entry(&tasks, &task);
}

INLINE void enter(struct row *row, u64 task, u64 time)
{
	begin_write(row);
	if (row->cpu >= 0)
		row->lost++;
	row->cpu = this_cpu();
	row->since = time;
	row->switches++;
	/* The kernel counts this time on the CPU a moment later: `prepare_task_switch`. */
	count(row, task, 1);
	end_write(row);
}

INLINE void switch_tasks(u64 previous, u64 next, u32 reason)
{
	struct row *row = row_of(previous);
	if (!row)
		row = welcome(previous);
	if (row)
		leave(row, previous, reason, now());
	row = row_of(next);
	if (row)
		enter(row, next, now());
}

/* Linux 5.18 and later: preempt, prev, next, prev_state. */
SECTION("raw_tracepoint/switched") int switched(u64 *context)
{
	switch_tasks(context[1], context[2], context[0] ? 0 : context[3] & TASK_STATES);
	return 0;
}

/* Before: why a thread left is known only when it was made to. */
SECTION("raw_tracepoint/switched_before_5_18") int switched_before_5_18(u64 *context)
{
	switch_tasks(context[1], context[2], context[0] ? 0 : 1);
	return 0;
}
