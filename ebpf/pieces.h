/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - which pieces of files were read in a window, for a share of a set (INV-6)
 *
 * Pure, as budget.h.  A piece counts in the part of the window in which it was read last, with as
 * many bytes as it had then.  A memory that is lost is one of nothing: it errs on refusing.
 */
#ifndef BULWARK_PIECES_H
#define BULWARK_PIECES_H

#include "budget.h"

/* Instead of where in a file is read. */
#define BW_POSITION_UNKNOWN (~0ULL)

/* Odd, and its bits are evenly spread. */
#define BW_PIECE_MIX 0x9e3779b97f4a7c15ULL

/*
 * Tells a piece from others, and from those of another size that it had in another policy.  Only
 * memory that two have written to is found under another name than its own.
 */
static inline __u64 piece_name(const struct bw_file_key *file, __u32 number, __u32 shift)
{
	__u64 place = number == BW_PIECE_WHOLE ? number : (__u64)shift << 32 | number;
	__u64 name = BW_NAME_HASH_BASIS ^ file->ino;

	name = (name * BW_NAME_HASH_PRIME ^ file->generation) * BW_PIECE_MIX;
	name = (name ^ file->dev) * BW_PIECE_MIX;
	return (name ^ place) * BW_PIECE_MIX;
}

/* Of those @bytes of a piece which that name stands for: see struct bw_piece_use. */
static inline __u32 piece_mark(__u64 piece, __u64 bytes, __u32 serial)
{
	return ((piece ^ bytes) * BW_NAME_HASH_PRIME ^ serial) * BW_PIECE_MIX >> 32;
}

/*
 * So many bytes of a piece were read in a window that isn't over, and count already.  A memory
 * which another subject has written to, or half of it, is none.
 */
static inline __u64 piece_counted(const struct bw_piece_use *use, __u64 piece, __u32 serial,
				  __u64 newest)
{
	return use->use >> 32 == piece_mark(piece, use->bytes, serial) &&
			       use_counts(newest, use->use)
		       ? use->bytes
		       : 0;
}

/* A file may have grown since: so much more of the piece is to be charged. */
static inline __u64 piece_fresh(__u64 bytes, __u64 counted)
{
	return bytes > counted ? bytes - counted : 0;
}

/*
 * Books @bytes of a piece in the newest part, as a file; or refuses, and nothing is changed.
 * The caller keeps others from @usage, and has charged the rest.
 */
static inline bool piece_book(struct bw_usage *usage, struct bw_piece_use *use, __u64 piece,
			      __u64 bytes, __u64 limit)
{
	__u64 counted = piece_counted(use, piece, usage->serial, usage->newest);
	__u64 fresh = piece_fresh(bytes, counted);

	if (!distinct_fits(usage, fresh, limit))
		return false;

	usage->parts[use->use & (BW_BUDGET_RING - 1)].distinct -= counted;
	usage->parts[usage->newest & (BW_BUDGET_RING - 1)].distinct += counted + fresh;
	usage->distinct += fresh;
	use->bytes = counted + fresh;
	use->use = (__u64)piece_mark(piece, use->bytes, usage->serial) << 32 | (__u32)usage->newest;
	return true;
}

/* Bytes of a file's piece. */
static inline __u64 piece_bytes(__u32 number, __u32 shift, __u64 size)
{
	__u64 len = 1ULL << (shift & 63), from = number * len;

	if (number == BW_PIECE_WHOLE)
		return size;

	if (from >= size)
		return 0;

	return size - from < len ? size - from : len;
}

/* Pieces that a call reads: @len of them from @first on. */
struct piece_run {
	__u32 first;
	__u32 len;
};

/*
 * Those from @from on, for @amount bytes of a file; the whole file where the position isn't
 * known, or there are too many.
 */
static inline struct piece_run pieces_asked(__u64 from, __u64 amount, __u64 size, __u32 shift)
{
	const struct piece_run whole = { BW_PIECE_WHOLE, 1 };
	struct piece_run run = { 0, 0 };
	__u64 first, last;

	if (!amount || !size)
		return run;

	if (from == BW_POSITION_UNKNOWN)
		return whole;

	if (from >= size)
		return run;

	first = from >> (shift & 63);
	last = (amount < size - from ? from + amount - 1 : size - 1) >> (shift & 63);
	if (last >= BW_PIECE_WHOLE || last - first >= BW_PIECES_PER_READ)
		return whole;

	run.first = first;
	run.len = last - first + 1;
	return run;
}

#endif
