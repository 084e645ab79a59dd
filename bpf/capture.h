/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Copies the Python frames of the thread that it finds itself in. Not attached to anything: BPF_PROG_TEST_RUN runs it on
 * the CPU where the thread is running, in an interrupt, so the thread stands still meanwhile and the copy is one instant.
 *
 * It knows no version of CPython: the request says whom to expect and where things are, the reply is what was there. Both
 * lie in one map that the caller has mapped; whoever asks waits for the answer, so there is only ever one request. Which
 * frames make up the stack, and whether none is missing, is for the caller to say: src/cpython/frames.ts walks the pieces.
 *
 * `src/sampler/capture/kernel/kernel-exchange.ts` has the same structs: change both.
 */
#include "threads.h"

#define ABSENT 0xffffffffu

#define MAX_STATE 1024
#define MAX_CHUNKS 128
#define MAX_CHUNK (1 << 14)
#define MAX_LOOSE 512
#define MAX_HEADER 128
/* Loose frames and chunks together. */
#define MAX_BYTES (1 << 21)
#define FIRST_CHUNK (MAX_LOOSE * MAX_HEADER)
/* The verifier keeps a note for each branch of each step, 8,192 at most: Linux 5.2 and later, BPF_COMPLEXITY_LIMIT_JMP_SEQ. */
#define MAX_WALK 512
#define MAX_GUESSES 64

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
	/* Frames in no chunk that the walk did not get to last time: a stack too deep for it has some at its root. */
	u32 guess_count;
	u64 guesses[MAX_GUESSES];
};

struct chunk {
	u64 address;
	u32 length;
	/* In `bytes`. */
	u32 offset;
};

struct reply {
	/* CLOCK_MONOTONIC, ns. */
	u64 time;
	/* The newest frame. */
	u64 frame;
	u64 gil_holder;
	u32 gil_locked;
	u32 collecting;
	u32 chunk_count;
	u32 loose_count;
	/* Of `bytes`: where the next chunk goes. */
	u32 used;
	u32 current_chunk;
	u8 state[MAX_STATE];
	/* Newest first; after the last one, two of length 0. */
	struct chunk chunks[2 * MAX_CHUNKS];
	u64 loose[MAX_LOOSE];
	/* First the loose frames, MAX_HEADER bytes each, then the chunks; room after them, so that the verifier need not know where the last one ends. */
	u8 bytes[MAX_BYTES + MAX_CHUNK];
};

struct exchange {
	struct request request;
	struct reply reply;
};

struct map SECTION("maps") exchange = {MAP_ARRAY, sizeof(u32), sizeof(struct exchange), 1, MAP_MMAPABLE};

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
	struct chunk *chunk = &reply->chunks[index & (MAX_CHUNKS - 1)];
	chunk->address = address;
	chunk->length = length;
	chunk->offset = offset;
	/* Frames are read as words of eight bytes. */
	reply->used = offset + ((length + 7) & ~7u);
	return 1;
}

/* 3.11 and later: the part in use of every chunk, newest first. */
INLINE void copy_chunks(const struct request *request, struct reply *reply, u64 word_mask)
{
	u32 word_size = request->word_size, count = 0;
	u64 address = state_word(reply, request->chunk, word_mask);
	/* `datastack_top` follows `datastack_chunk`: Include/cpython/pystate.h, 3.11. An older chunk has its own in its header, in words. */
	u64 end = state_word(reply, request->chunk + word_size, word_mask);
#pragma clang loop unroll(disable)
	for (u32 index = 0; index < MAX_CHUNKS; index++) {
		u64 start = address + request->chunk_data;
		u64 length = end > start ? end - start : 0;
		/* One call with huge locals: its frame begins it. */
		if (length >= MAX_CHUNK)
			length = 4096;
		if (!copy_chunk(reply, index, start, length))
			break;
		count = index + 1;
		address = read_word(address + request->chunk_previous, word_size);
		if (!address)
			break;
		end = address + request->chunk_data + read_word(address + request->chunk_top, word_size) * word_size;
	}
	reply->chunk_count = count;
	OPAQUE(count);
	reply->chunks[count & (2 * MAX_CHUNKS - 1)].length = 0;
	reply->chunks[(count + 1) & (2 * MAX_CHUNKS - 1)].length = 0;
}

INLINE const struct chunk *chunk_at(const struct reply *reply, u32 index)
{
	OPAQUE(index);
	return &reply->chunks[index & (2 * MAX_CHUNKS - 1)];
}

/*
 * Follows the frames, and copies those that are in no chunk: all of 3.8 to 3.10, later those of generators and on the C
 * stack. Older frames are in the same chunk or in the next older one; few branches, see MAX_WALK.
 */
INLINE void copy_loose_frames(const struct request *request, struct reply *reply, u64 word_mask)
{
	u32 header_size = request->header_size, link = request->link;
	u64 frame = reply->frame;
#pragma clang loop unroll(disable)
	for (u32 step = 0; step < MAX_WALK; step++) {
		if (!frame)
			break;
		u32 index = reply->current_chunk, offset;
		const struct chunk *chunk = chunk_at(reply, index), *older = chunk_at(reply, index + 1);
		if (frame - chunk->address < chunk->length) {
			offset = chunk->offset + (u32)(frame - chunk->address);
		} else if (frame - older->address < older->length) {
			reply->current_chunk = index + 1;
			offset = older->offset + (u32)(frame - older->address);
		} else {
			u32 loose = reply->loose_count;
			if (loose >= MAX_LOOSE)
				break;
			OPAQUE(loose);
			offset = (loose & (MAX_LOOSE - 1)) * MAX_HEADER;
			OPAQUE(header_size);
			if (read_user(reply->bytes + (offset & (FIRST_CHUNK - 1)), header_size & (MAX_HEADER - 1), frame))
				break;
			reply->loose[loose & (MAX_LOOSE - 1)] = frame;
			reply->loose_count = loose + 1;
		}
		offset += link;
		OPAQUE(offset);
		frame = *(u64 *)(reply->bytes + (offset & (MAX_BYTES - 1))) & word_mask;
	}
}

INLINE void copy_guesses(const struct request *request, struct reply *reply)
{
	u32 header_size = request->header_size, count = request->guess_count;
#pragma clang loop unroll(disable)
	for (u32 index = 0; index < MAX_GUESSES; index++) {
		u32 loose = reply->loose_count;
		if (index >= count || loose >= MAX_LOOSE)
			break;
		OPAQUE(loose);
		OPAQUE(header_size);
		if (read_user(reply->bytes + (loose & (MAX_LOOSE - 1)) * MAX_HEADER, header_size & (MAX_HEADER - 1), request->guesses[index]))
			continue;
		reply->loose[loose & (MAX_LOOSE - 1)] = request->guesses[index];
		reply->loose_count = loose + 1;
	}
}

SECTION("raw_tracepoint/capture") int capture(void *context)
{
	u32 zero = 0;
	struct exchange *exchange_ = lookup(&exchange, &zero);
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
	reply->used = FIRST_CHUNK;
	reply->chunks[0].length = 0;
	reply->chunks[1].length = 0;
	u32 state_size = request->state_size, word_size = request->word_size;
	u64 word_mask = word_size == 4 ? 0xffffffff : ~0ull;
	OPAQUE(word_mask);
	OPAQUE(state_size);
	if (read_user(reply->state, state_size & (MAX_STATE - 1), request->thread))
		return UNREADABLE;
	u64 frame = state_word(reply, request->frame, word_mask);
	if (request->cframe_frame != ABSENT)
		frame = read_word(frame + request->cframe_frame, word_size);
	reply->frame = frame;
	if (request->chunk != ABSENT)
		copy_chunks(request, reply, word_mask);
	copy_loose_frames(request, reply, word_mask);
	copy_guesses(request, reply);
	reply->gil_holder = read_word(request->gil_holder, word_size);
	reply->gil_locked = read_word(request->gil_locked, 4);
	reply->collecting = read_word(request->collecting, 4);
	return COPIED;
}
