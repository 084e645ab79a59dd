/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Captures a thread whenever its clock says so: attached to a perf event of the thread, whose timer interrupts it after so much of its
 * own CPU time. The copies go into a ring that the caller has mapped and empties when it likes: nobody is woken.
 *
 * `src/sampler/capture/kernel/clock/kernel-clock.ts` is the other side.
 */
#include "capture.h"
#include "switches.h"

#define MAX_CLOCKED 4096
/* Deeper stacks are for the caller to copy from outside: every CPU has a room, and the ring is for all. */
#define CLOCK_ROOM (1 << 17)
/* BPF_RB_NO_WAKEUP */
#define NO_WAKEUP 1

struct clock_counts {
	/* Copies that found the ring full. */
	u64 full;
};

/* By row. A request of tid 0 is nobody's. */
struct map SECTION("maps") clocked = {MAP_ARRAY, sizeof(u32), sizeof(struct request), MAX_CLOCKED, MAP_MMAPABLE};
struct map SECTION("maps") clock_legs = {MAP_PROGRAMS, sizeof(u32), sizeof(u32), LEG_COUNT, 0};
struct map SECTION("maps") clock_counts = {MAP_ARRAY, sizeof(u32), sizeof(struct clock_counts), 1, MAP_MMAPABLE};
/* As many as there are CPUs, and as large as the caller says. */
struct map SECTION("maps") rooms = {MAP_ARRAY, sizeof(u32), sizeof(struct reply) + CLOCK_ROOM + SLACK, 0, 0};
struct map SECTION("maps") ring = {MAP_RING, 0, 0, 0, 0};

/* Where this CPU copies to: only one interrupt at a time. */
INLINE struct reply *the_room(void)
{
	u32 cpu = this_cpu();
	return lookup(&rooms, &cpu);
}

INLINE int hand_over(struct reply *reply)
{
	u64 used = reply->used;
	OPAQUE(used);
	u32 zero = 0;
	if (used <= CLOCK_ROOM && output(&ring, &reply->row, used + sizeof(struct reply) - __builtin_offsetof(struct reply, row), NO_WAKEUP)) {
		struct clock_counts *counts = lookup(&clock_counts, &zero);
		if (counts)
			__sync_fetch_and_add(&counts->full, 1);
	}
	return 0;
}

SECTION("perf_event/clock_copy_chunks") int clock_copy_chunks(void *context)
{
	struct reply *reply = the_room();
	struct request *request = reply ? lookup(&clocked, &reply->row) : 0;
	if (!request)
		return 0;
	copy_chunks_of(context, request, reply, CLOCK_ROOM, &clock_legs);
	return hand_over(reply);
}

SECTION("perf_event/clock_follow_steps") int clock_follow_steps(void *context)
{
	struct reply *reply = the_room();
	struct request *request = reply ? lookup(&clocked, &reply->row) : 0;
	if (!request)
		return 0;
	follow_steps_of(context, request, reply, CLOCK_ROOM, &clock_legs);
	return hand_over(reply);
}

SECTION("perf_event/clock_follow_objects") int clock_follow_objects(void *context)
{
	struct reply *reply = the_room();
	struct request *request = reply ? lookup(&clocked, &reply->row) : 0;
	if (!request)
		return 0;
	follow_objects_of(context, request, reply, CLOCK_ROOM, &clock_legs);
	return hand_over(reply);
}

SECTION("perf_event/clock_capture") int clock_capture(void *context)
{
	u64 task = current_task();
	u32 *index = lookup(&tasks, &task);
	if (!index && welcome(task))
		index = lookup(&tasks, &task);
	if (!index)
		return 0;
	struct reply *reply = the_room();
	struct request *request = lookup(&clocked, index);
	if (!reply || !request || capture_current(context, request, reply, CLOCK_ROOM, &clock_legs) == OTHER_THREAD)
		return 0;
	return hand_over(reply);
}
