/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Captures a thread when it is asked to. Not attached to anything: BPF_PROG_TEST_RUN runs it on the CPU where the thread is running, in an interrupt. */
#include "capture.h"

INLINE struct exchange *the_exchange(void)
{
	u32 zero = 0;
	return lookup(&exchange, &zero);
}

SECTION("raw_tracepoint/copy_chunks") int copy_chunks(void *context)
{
	struct exchange *exchange_ = the_exchange();
	if (exchange_)
		copy_chunks_of(context, &exchange_->request, &exchange_->reply, MAX_BYTES, &legs);
	return COPIED;
}

SECTION("raw_tracepoint/follow_steps") int follow_steps(void *context)
{
	struct exchange *exchange_ = the_exchange();
	if (exchange_)
		follow_steps_of(context, &exchange_->request, &exchange_->reply, MAX_BYTES, &legs);
	return COPIED;
}

SECTION("raw_tracepoint/follow_objects") int follow_objects(void *context)
{
	struct exchange *exchange_ = the_exchange();
	if (exchange_)
		follow_objects_of(context, &exchange_->request, &exchange_->reply, MAX_BYTES, &legs);
	return COPIED;
}

SECTION("raw_tracepoint/capture") int capture(void *context)
{
	struct exchange *exchange_ = the_exchange();
	return exchange_ ? capture_current(context, &exchange_->request, &exchange_->reply, MAX_BYTES, &legs) : 0;
}
