/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Copies the Python frames of the thread that it finds itself in. Not attached to anything: BPF_PROG_TEST_RUN runs it on
 * the CPU where the thread is running, in an interrupt, so the thread stands still meanwhile and the copy is one instant.
 *
 * It knows no version of CPython: the request says whom to expect and where things are, the reply is what was there (`exchange.h`).
 * Which frames make up the stack, and whether none is missing, is for the caller to say: src/cpython/frames.ts walks the pieces.
 */
#include "exchange.h"

/* 0 where it cannot be read, too. */
INLINE u64 read_word(u64 address, u32 word_size)
{
	u64 words[2] = {};
	OPAQUE(word_size);
	read_user(words, word_size & 15, address);
	return words[0];
}

INLINE u64 state_word(struct reply *reply, u32 offset, u64 word_mask)
{
	OPAQUE(offset);
	return *(u64 *)(reply->state + (offset & (MAX_STATE / 2 - 1))) & word_mask;
}

INLINE u64 word_mask_of(const struct request *request)
{
	u64 word_mask = request->word_size == 4 ? 0xffffffff : ~0ull;
	OPAQUE(word_mask);
	return word_mask;
}

INLINE struct exchange *the_exchange(void)
{
	u32 zero = 0;
	return lookup(&exchange, &zero);
}

/* False when there is no room for it or it cannot be read: a page that is not there. */
INLINE int copy_chunk(struct reply *reply, u32 index, u64 address, u32 length)
{
	u32 offset = reply->used;
	if (offset > MAX_BYTES - MAX_CHUNK)
		return 0;
	OPAQUE(offset);
	OPAQUE(length);
	OPAQUE(index);
	if (read_user(reply->bytes + (offset & (MAX_BYTES - 1)), length & (MAX_CHUNK - 1), address))
		return 0;
	struct piece *chunk = &reply->chunks[index & (MAX_CHUNKS - 1)];
	chunk->address = address;
	chunk->length = length;
	chunk->offset = offset;
	/* Frames are read as words of eight bytes. */
	reply->used = offset + ((length + 7) & ~7u);
	return 1;
}

/* Where in `bytes` the frame now lies; 0 when it cannot be read. There must be room. */
INLINE u32 add_loose_frame(struct reply *reply, u64 frame, u32 header_size)
{
	u32 loose = reply->loose_count, offset = reply->used;
	OPAQUE(loose);
	OPAQUE(offset);
	OPAQUE(header_size);
	if (read_user(reply->bytes + (offset & (MAX_BYTES - 1)), header_size & (MAX_HEADER - 1), frame))
		return 0;
	struct piece *piece = &reply->loose[loose & (MAX_LOOSE - 1)];
	piece->address = frame;
	piece->length = header_size;
	piece->offset = offset;
	reply->loose_count = loose + 1;
	reply->used = offset + MAX_HEADER;
	return offset;
}

/* The same; 0 when nothing more fits, too. */
INLINE u32 copy_loose_frame(struct reply *reply, u64 frame, u32 header_size)
{
	if (reply->loose_count >= MAX_LOOSE || reply->used > MAX_BYTES - MAX_HEADER)
		return 0;
	return add_loose_frame(reply, frame, header_size);
}

INLINE u64 link_at(const struct reply *reply, u32 offset, u64 word_mask)
{
	OPAQUE(offset);
	return *(u64 *)(reply->bytes + (offset & (MAX_BYTES - 1))) & word_mask;
}

INLINE const struct piece *chunk_at(const struct reply *reply, u32 index)
{
	OPAQUE(index);
	return &reply->chunks[index & (2 * MAX_CHUNKS - 1)];
}

/* 3.11 and later: the part in use of every chunk, newest first. */
SECTION("raw_tracepoint/copy_chunks") int copy_chunks(void *context)
{
	struct exchange *exchange_ = the_exchange();
	if (!exchange_)
		return 0;
	const struct request *request = &exchange_->request;
	struct reply *reply = &exchange_->reply;
	u32 word_size = request->word_size, count = reply->chunk_count;
	u64 address = reply->next_chunk, end = reply->next_end;
#pragma clang loop unroll(disable)
	for (u32 turn = 0; turn < CHUNKS_PER_LEG; turn++) {
		if (!address)
			break;
		u64 start = address + request->chunk_data;
		u64 length = end > start ? end - start : 0;
		/* One call with huge locals: its frame begins it. */
		if (length >= MAX_CHUNK)
			length = 4096;
		if (!copy_chunk(reply, count, start, length)) {
			address = 0;
			break;
		}
		count++;
		address = read_word(address + request->chunk_previous, word_size);
		end = address + request->chunk_data + read_word(address + request->chunk_top, word_size) * word_size;
	}
	reply->chunk_count = count;
	reply->next_chunk = address;
	reply->next_end = end;
	OPAQUE(count);
	reply->chunks[count & (2 * MAX_CHUNKS - 1)].length = 0;
	reply->chunks[(count + 1) & (2 * MAX_CHUNKS - 1)].length = 0;
	reply->legs++;
	if (address && reply->legs < MAX_CHUNK_LEGS)
		tail_call(context, &legs, CHUNKS_LEG);
	reply->legs = 0;
	tail_call(context, &legs, STEPS_LEG);
	return COPIED;
}

/* 3.11 and later: follows the frames, and copies those that are in no chunk, of generators and on the C stack. Older frames are in the same chunk or in the next older one. */
SECTION("raw_tracepoint/follow_steps") int follow_steps(void *context)
{
	struct exchange *exchange_ = the_exchange();
	if (!exchange_)
		return 0;
	const struct request *request = &exchange_->request;
	struct reply *reply = &exchange_->reply;
	u32 header_size = request->header_size, link = request->link;
	u64 frame = reply->rest, word_mask = word_mask_of(request);
#pragma clang loop unroll(disable)
	for (u32 step = 0; step < STEPS_PER_LEG; step++) {
		if (!frame)
			break;
		u32 index = reply->current_chunk, offset;
		const struct piece *chunk = chunk_at(reply, index), *older = chunk_at(reply, index + 1);
		if (frame - chunk->address < chunk->length) {
			offset = chunk->offset + (u32)(frame - chunk->address);
		} else if (frame - older->address < older->length) {
			reply->current_chunk = index + 1;
			offset = older->offset + (u32)(frame - older->address);
		} else {
			offset = copy_loose_frame(reply, frame, header_size);
			if (!offset)
				return COPIED;
		}
		frame = link_at(reply, offset + link, word_mask);
	}
	reply->rest = frame;
	reply->legs++;
	if (frame && reply->legs < MAX_STEP_LEGS)
		tail_call(context, &legs, STEPS_LEG);
	return COPIED;
}

/* 3.8 to 3.10: frames are objects of their own, all of them. */
SECTION("raw_tracepoint/follow_objects") int follow_objects(void *context)
{
	struct exchange *exchange_ = the_exchange();
	if (!exchange_)
		return 0;
	const struct request *request = &exchange_->request;
	struct reply *reply = &exchange_->reply;
	u32 header_size = request->header_size, link = request->link;
	u64 frame = reply->rest, word_mask = word_mask_of(request);
#pragma clang loop unroll(disable)
	/* One way out of the loop, so that the verifier follows what comes then once, and not for each step. */
	for (u32 step = 0; step < OBJECTS_PER_LEG && frame; step++) {
		/* There is room: 34 legs and MAX_GUESSES make fewer frames than MAX_LOOSE, and less than MAX_BYTES. */
		u32 offset = add_loose_frame(reply, frame, header_size);
		if (offset) {
			frame = link_at(reply, offset + link, word_mask);
		} else {
			reply->stuck = frame;
			frame = 0;
		}
	}
	reply->rest = frame | reply->stuck;
	if (frame)
		tail_call(context, &legs, OBJECTS_LEG);
	return COPIED;
}

SECTION("raw_tracepoint/capture") int capture(void *context)
{
	struct exchange *exchange_ = the_exchange();
	if (!exchange_)
		return 0;
	const struct request *request = &exchange_->request;
	struct reply *reply = &exchange_->reply;

	struct pid_in_namespace ids = {};
	if (current_ids_in(request->device, request->inode, &ids, sizeof(ids)) || ids.tid != request->tid || ids.tgid != request->tgid)
		return OTHER_THREAD;

	u64 time = now();
	if (request->row != ABSENT)
		sign_in(request->row, current_task(), time);
	reply->time = time;
	reply->chunk_count = 0;
	reply->loose_count = 0;
	reply->current_chunk = 0;
	/* 0 is no place for a frame: see `copy_loose_frame`. */
	reply->used = 8;
	reply->legs = 0;
	reply->stuck = 0;
	reply->chunks[0].length = 0;
	reply->chunks[1].length = 0;
	reply->kernel_length = request->wants_kernel_stack ? get_stack(context, reply->kernel_frames, sizeof(reply->kernel_frames), 0) : -1;
	u32 state_size = request->state_size, word_size = request->word_size;
	u64 word_mask = word_mask_of(request);
	OPAQUE(state_size);
	if (read_user(reply->state, state_size & (MAX_STATE - 1), request->thread))
		return UNREADABLE;
	u64 frame = state_word(reply, request->frame, word_mask);
	if (request->cframe_frame != ABSENT)
		frame = read_word(frame + request->cframe_frame, word_size);
	reply->frame = frame;
	reply->rest = frame;
	reply->gil_holder = read_word(request->gil_holder, word_size);
	reply->gil_locked = read_word(request->gil_locked, 4);
	reply->collecting = read_word(request->collecting, 4);
	u32 header_size = request->header_size, guess_count = request->guess_count;
#pragma clang loop unroll(disable)
	for (u32 index = 0; index < MAX_GUESSES; index++) {
		if (index >= guess_count)
			break;
		copy_loose_frame(reply, request->guesses[index], header_size);
	}
	if (request->chunk == ABSENT) {
		tail_call(context, &legs, OBJECTS_LEG);
		return COPIED;
	}
	reply->next_chunk = state_word(reply, request->chunk, word_mask);
	/* `datastack_top` follows `datastack_chunk`: Include/cpython/pystate.h, 3.11. An older chunk has its own in its header, in words. */
	reply->next_end = state_word(reply, request->chunk + word_size, word_mask);
	tail_call(context, &legs, CHUNKS_LEG);
	return COPIED;
}
