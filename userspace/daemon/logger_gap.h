/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - which events are missing (INV-7)
 *
 * Events come nearly in the order of their numbers: a number is taken before
 * room in the ring buffer, so two processors can swap.  A hole becomes a gap only
 * when it stays open.
 */
#ifndef BULWARK_LOGGER_GAP_H
#define BULWARK_LOGGER_GAP_H

#include <stdbool.h>
#include <stdint.h>

#define BW_HOLES_MAX 16

/**
 * struct bw_missing - A run of numbers that haven't come
 *
 * @first: The first of them.
 * @last: The last of them.
 * @since_ns: When it was noticed, CLOCK_BOOTTIME.
 */
struct bw_missing {
	uint64_t first;
	uint64_t last;
	uint64_t since_ns;
};

/**
 * struct bw_sequence - What has come, as short as it can be told
 *
 * @highest: Every number up to this one has come, or is in a hole, or was told
 *	to be missing.
 * @holes: In the order of their numbers.
 * @holes_len: Entries of @holes in use.
 */
struct bw_sequence {
	uint64_t highest;
	struct bw_missing holes[BW_HOLES_MAX];
	unsigned int holes_len;
};

/* Notes a number.  Returns false if it had come before. */
bool bw_sequence_see(struct bw_sequence *sequence, uint64_t number, uint64_t now_ns);

/* The kernel has given out @number: what hasn't come up to there is a hole. */
void bw_sequence_expect(struct bw_sequence *sequence, uint64_t number, uint64_t now_ns);

/* The first hole noticed at @until_ns or before; NULL if there is none. */
const struct bw_missing *bw_sequence_hole(const struct bw_sequence *sequence, uint64_t until_ns);

/* It has been told: @hole is one that bw_sequence_hole() returned. */
void bw_sequence_forget(struct bw_sequence *sequence, const struct bw_missing *hole);

#endif
