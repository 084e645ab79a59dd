/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Copies the Python frames of the thread that it finds itself in, in an interrupt on the CPU where the thread is running: so it
 * stands still meanwhile, and the copy is one instant.
 *
 * It knows no version of CPython: the request says whom to expect and where things are, the reply is what was there (`exchange.h`).
 * Which frames make up the stack, and whether none is missing, is for the caller to say: src/cpython/frames.ts walks the pieces.
 *
 * `on-demand.h` and `clock.h` make programs of it, which give it their own rooms (a power of two) and legs.
 */
#pragma once
#include "exchange.h"

/* 0 where it cannot be read, too. */
INLINE u64 read_word(u64 address, u32 word_size)
{
	u64 words[2] = {};
	OPAQUE(word_size);
	read_user(words, word_size & 15, address);
	return words[0];
}

/* The thread state is the first piece. */
INLINE u64 state_word(struct reply *reply, u32 offset, u64 word_mask)
{
	OPAQUE(offset);
	return *(u64 *)(reply->bytes + sizeof(struct piece) + (offset & (MAX_STATE / 2 - 1))) & word_mask;
}

INLINE u64 word_mask_of(const struct request *request)
{
	u64 word_mask = request->word_size == 4 ? 0xffffffff : ~0ull;
	OPAQUE(word_mask);
	return word_mask;
}

/* Where in `bytes` it now lies; 0 when there is no room for it or it cannot be read: a page that is not there. `limit` is a power of two. */
INLINE u32 add_piece(struct reply *reply, u32 kind, u64 address, u32 length, u32 limit, u32 room)
{
	u32 offset = reply->used;
	if (offset > room - sizeof(struct piece) - limit)
		return 0;
	OPAQUE(offset);
	OPAQUE(length);
	struct piece *piece = (struct piece *)(reply->bytes + (offset & (room - 1)));
	if (read_user(piece + 1, length & (limit - 1), address))
		return 0;
	piece->address = address;
	piece->length = length;
	piece->kind = kind;
	offset += sizeof(struct piece);
	/* Frames are read as words of eight bytes. */
	reply->used = offset + ((length + 7) & ~7u);
	return offset;
}

INLINE int copy_chunk(struct reply *reply, u32 index, u64 address, u32 length, u32 room)
{
	u32 offset = add_piece(reply, CHUNK_PIECE, address, length, MAX_CHUNK, room);
	if (!offset)
		return 0;
	OPAQUE(index);
	struct piece *chunk = &reply->chunks[index & (MAX_CHUNKS - 1)];
	chunk->address = address;
	chunk->length = length;
	chunk->offset = offset;
	return 1;
}

/* Of a frame that lies in no chunk. */
INLINE u32 copy_frame(struct reply *reply, u64 frame, u32 header_size, u32 room)
{
	u32 offset = add_piece(reply, FRAME_PIECE, frame, header_size, MAX_HEADER, room);
	if (offset)
		reply->frame_count++;
	return offset;
}

INLINE u64 link_at(const struct reply *reply, u32 offset, u64 word_mask, u32 room)
{
	OPAQUE(offset);
	return *(u64 *)(reply->bytes + (offset & (room - 1))) & word_mask;
}

INLINE const struct piece *chunk_at(const struct reply *reply, u32 index)
{
	OPAQUE(index);
	return &reply->chunks[index & (2 * MAX_CHUNKS - 1)];
}

/* 3.11 and later: the part in use of every chunk, newest first. */
INLINE void copy_chunks_of(void *context, const struct request *request, struct reply *reply, u32 room, const void *next_legs)
{
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
		if (!copy_chunk(reply, count, start, length, room)) {
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
		tail_call(context, next_legs, CHUNKS_LEG);
	reply->legs = 0;
	tail_call(context, next_legs, STEPS_LEG);
}

/* 3.11 and later: follows the frames, and copies those that are in no chunk, of generators and on the C stack. Older frames are in the same chunk or in the next older one. */
INLINE void follow_steps_of(void *context, const struct request *request, struct reply *reply, u32 room, const void *next_legs)
{
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
			offset = copy_frame(reply, frame, header_size, room);
			if (!offset)
				return;
		}
		frame = link_at(reply, offset + link, word_mask, room);
	}
	reply->rest = frame;
	reply->legs++;
	if (frame && reply->legs < MAX_STEP_LEGS)
		tail_call(context, next_legs, STEPS_LEG);
}

/* 3.8 to 3.10: frames are objects of their own, all of them. */
INLINE void follow_objects_of(void *context, const struct request *request, struct reply *reply, u32 room, const void *next_legs)
{
	u32 header_size = request->header_size, link = request->link;
	u64 frame = reply->rest, word_mask = word_mask_of(request);
#pragma clang loop unroll(disable)
	/* One way out of the loop, so that the verifier follows what comes then once, and not for each step. */
	for (u32 step = 0; step < OBJECTS_PER_LEG && frame; step++) {
		u32 offset = copy_frame(reply, frame, header_size, room);
		if (offset) {
			frame = link_at(reply, offset + link, word_mask, room);
		} else {
			reply->stuck = frame;
			frame = 0;
		}
	}
	reply->rest = frame | reply->stuck;
	if (frame)
		tail_call(context, next_legs, OBJECTS_LEG);
}

/* The first leg. OTHER_THREAD, UNREADABLE, or COPIED when there was no more to copy: the legs come back nowhere. */
INLINE int capture_current(void *context, const struct request *request, struct reply *reply, u32 room, const void *next_legs)
{
	struct pid_in_namespace ids = {};
	if (current_ids_in(request->device, request->inode, &ids, sizeof(ids)) || ids.tid != request->tid || ids.tgid != request->tgid)
		return OTHER_THREAD;

	u64 time = now();
	if (request->row != ABSENT)
		sign_in(request->row, current_task(), time);
	reply->row = request->row;
	reply->answer = UNREADABLE;
	reply->time = time;
	reply->chunk_count = 0;
	reply->frame_count = 0;
	reply->current_chunk = 0;
	reply->used = 0;
	reply->legs = 0;
	reply->stuck = 0;
	reply->chunks[0].length = 0;
	reply->chunks[1].length = 0;
	u32 word_size = request->word_size;
	u64 word_mask = word_mask_of(request);
	if (!add_piece(reply, STATE_PIECE, request->thread, request->state_size, MAX_STATE, room))
		return UNREADABLE;
	reply->answer = COPIED;
	u64 frame = state_word(reply, request->frame, word_mask);
	u64 caller = 0;
	if (request->cframe_frame != ABSENT) {
		u64 cframe = frame + request->cframe_frame;
		frame = read_word(cframe, word_size);
		/* `previous` follows `current_frame`: Include/cpython/pystate.h. */
		u64 before = read_word(cframe + word_size, word_size);
		if (before)
			caller = read_word(before + request->cframe_frame, word_size);
	}
	reply->caller = caller;
	reply->frame = frame;
	reply->rest = frame;
	reply->gil_holder = read_word(request->gil_holder, word_size);
	reply->gil_locked = read_word(request->gil_locked, 4);
	reply->collecting = read_word(request->collecting, 4);
	if (request->wants_kernel_stack) {
		u32 offset = reply->used;
		OPAQUE(offset);
		struct piece *piece = (struct piece *)(reply->bytes + (offset & (room - 1)));
		long length = get_stack(context, piece + 1, MAX_KERNEL_FRAMES * sizeof(u64), 0);
		piece->address = 0;
		piece->length = length > 0 ? length : 0;
		piece->kind = KERNEL_PIECE;
		reply->used = offset + sizeof(struct piece) + piece->length;
	}
	u32 header_size = request->header_size, guess_count = request->guess_count;
#pragma clang loop unroll(disable)
	for (u32 index = 0; index < MAX_GUESSES; index++) {
		if (index >= guess_count)
			break;
		copy_frame(reply, request->guesses[index], header_size, room);
	}
	if (request->chunk == ABSENT) {
		tail_call(context, next_legs, OBJECTS_LEG);
		return COPIED;
	}
	reply->next_chunk = state_word(reply, request->chunk, word_mask);
	/* `datastack_top` follows `datastack_chunk`: Include/cpython/pystate.h, 3.11. An older chunk has its own in its header, in words. */
	reply->next_end = state_word(reply, request->chunk + word_size, word_mask);
	tail_call(context, next_legs, CHUNKS_LEG);
	return COPIED;
}
