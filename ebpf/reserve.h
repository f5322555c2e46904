/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what a thread was charged for ahead, so that its next reads need no lock (INV-6)
 *
 * Pure, as budget.h is.  A reserve is charged before it is used, and used in the part of the
 * window that it is booked to or before it: so no window has more than its budget.  What isn't
 * used goes back at the thread's next charge.  What never comes to that counts as read: at most
 * a sixteenth of what the thread did read of the file in that part, and never much of the budget.
 */
#ifndef BULWARK_RESERVE_H
#define BULWARK_RESERVE_H

#include "budget.h"

/* A reserve is at most such a part of what the thread has read... */
#define RESERVE_OF_READ 16
/* ...of the budget, so that a small one is counted exactly... */
#define RESERVE_OF_BUDGET 4096
/* ...and of what is left of it, so that many threads don't use it up by waiting. */
#define RESERVE_OF_ROOM 64

/*
 * Time is told in ticks of the kernel's timer here, which cost nothing to read.  None is longer
 * than this; where they are shorter a reserve doesn't last as long as it might.
 */
#define RESERVE_TICK_NS 10000000ULL
/* By so many may the kernel be late in counting them. */
#define RESERVE_TICKS_LATE 10

/**
 * struct reserve - Bytes that a thread may read of a file, charged already
 *
 * @use: Of the usage and the part that it is booked to: see BW_USE_SERIAL_SHIFT.
 * @given: How many it was.
 * @left: How many aren't used.
 * @read: Bytes of the file that the thread has been charged in that part, those of reserves left
 *	out until they are returned.
 * @until: Tick from which on it can't be used; 0: never.
 * @file: Whose bytes.
 * @place: The file's, of the policy by which it may.
 */
struct reserve {
	__u64 use;
	__u64 given;
	__u64 left;
	__u64 read;
	__u64 until;
	struct bw_file_key file;
	__u64 place;
};

/* Who isn't sure any more that the thread may read doesn't let it use this. */
static inline void reserve_void(struct reserve *reserve)
{
	reserve->until = 0;
}

/* It is to be filled for this file; what is left for another one goes back with the charge. */
static inline void reserve_turn(struct reserve *reserve, const struct bw_file_key *file,
				__u64 place)
{
	reserve_void(reserve);
	reserve->place = place;
	if (reserve->file.ino == file->ino && reserve->file.dev == file->dev &&
	    reserve->file.generation == file->generation)
		return;

	reserve->file = *file;
	reserve->given = reserve->left;
	reserve->read = 0;
}

/* Takes @amount out of it; false if that isn't in it. */
static inline bool reserve_draw(struct reserve *reserve, __u64 amount, __u64 tick)
{
	if (amount > reserve->left || tick >= reserve->until)
		return false;

	reserve->left -= amount;
	return true;
}

/* Gives back what is left.  The caller keeps others from @usage. */
static inline void reserve_return(struct reserve *reserve, struct bw_usage *usage)
{
	if (file_counts(usage, reserve->use)) {
		usage->bytes -= reserve->left;
		usage->parts[reserve->use & (BW_BUDGET_RING - 1)].bytes -= reserve->left;
	}
	reserve->read += reserve->given - reserve->left;
	reserve->given = 0;
	reserve->left = 0;
}

static inline __u64 lesser(__u64 one, __u64 other)
{
	return one < other ? one : other;
}

/* The tick until which the part of @now lasts at least. */
static inline __u64 reserve_end(__u64 every_ns, __u64 now, __u64 tick)
{
	__u64 ticks = (budget_part_end(every_ns, now) - now) / RESERVE_TICK_NS;

	return ticks > RESERVE_TICKS_LATE ? tick + ticks - RESERVE_TICKS_LATE : 0;
}

/*
 * What the thread gets ahead, after it was charged @amount: nothing if it can't read as much once
 * more by it.
 */
static inline __u64 reserve_size(const struct reserve *reserve, const struct bw_usage *usage,
				 const struct bw_budget *budget, __u64 amount)
{
	__u64 room = (budget->bytes - usage->bytes) / RESERVE_OF_ROOM;
	__u64 most = lesser(room, budget->bytes / RESERVE_OF_BUDGET);
	__u64 size = lesser(most, reserve->read / RESERVE_OF_READ);

	return size < amount ? 0 : size;
}

/* After @amount was charged at @now, which is in @tick, and the former reserve returned. */
static inline void reserve_fill(struct reserve *reserve, struct bw_usage *usage,
				const struct bw_budget *budget, __u64 amount, __u64 now, __u64 tick)
{
	__u64 use = usage_now(usage);

	if (reserve->use != use)
		reserve->read = 0;

	reserve->use = use;
	reserve->read += amount;
	reserve->given = reserve_size(reserve, usage, budget, amount);
	reserve->left = reserve->given;
	reserve->until = reserve_end(budget->every_ns, now, tick);
	usage->bytes += reserve->given;
	usage->parts[usage->newest & (BW_BUDGET_RING - 1)].bytes += reserve->given;
}

#endif
