// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - which events are missing
 */
#include <string.h>

#include "logger_gap.h"

static void remove_hole(struct bw_sequence *sequence, unsigned int index)
{
	sequence->holes_len--;
	memmove(&sequence->holes[index], &sequence->holes[index + 1],
		(sequence->holes_len - index) * sizeof(sequence->holes[0]));
}

/*
 * Without room the last hole grows over what lies between: those numbers may
 * then be told as missing although they came, never the other way round.
 */
static void append_hole(struct bw_sequence *sequence, uint64_t first, uint64_t last,
			uint64_t now_ns)
{
	if (sequence->holes_len == BW_HOLES_MAX) {
		sequence->holes[BW_HOLES_MAX - 1].last = last;
		return;
	}

	sequence->holes[sequence->holes_len++] = (struct bw_missing){ first, last, now_ns };
}

/* Splits a hole around a number inside it; without room it stays whole. */
static void split_hole(struct bw_sequence *sequence, unsigned int index, uint64_t number)
{
	struct bw_missing *hole = &sequence->holes[index];

	if (sequence->holes_len == BW_HOLES_MAX)
		return;

	memmove(hole + 1, hole, (sequence->holes_len - index) * sizeof(*hole));
	sequence->holes_len++;
	hole[0].last = number - 1;
	hole[1].first = number + 1;
}

static void fill_hole(struct bw_sequence *sequence, unsigned int index, uint64_t number)
{
	struct bw_missing *hole = &sequence->holes[index];

	if (hole->first == hole->last)
		remove_hole(sequence, index);
	else if (number == hole->first)
		hole->first++;
	else if (number == hole->last)
		hole->last--;
	else
		split_hole(sequence, index, number);
}

void bw_sequence_expect(struct bw_sequence *sequence, uint64_t number, uint64_t now_ns)
{
	if (number <= sequence->highest)
		return;

	append_hole(sequence, sequence->highest + 1, number, now_ns);
	sequence->highest = number;
}

bool bw_sequence_see(struct bw_sequence *sequence, uint64_t number, uint64_t now_ns)
{
	if (number > sequence->highest) {
		bw_sequence_expect(sequence, number - 1, now_ns);
		sequence->highest = number;
		return true;
	}

	for (unsigned int i = 0; i < sequence->holes_len; i++) {
		const struct bw_missing *hole = &sequence->holes[i];

		if (number >= hole->first && number <= hole->last) {
			fill_hole(sequence, i, number);
			return true;
		}
	}
	return false;
}

const struct bw_missing *bw_sequence_hole(const struct bw_sequence *sequence, uint64_t until_ns)
{
	for (unsigned int i = 0; i < sequence->holes_len; i++) {
		if (sequence->holes[i].since_ns <= until_ns)
			return &sequence->holes[i];
	}
	return NULL;
}

void bw_sequence_forget(struct bw_sequence *sequence, const struct bw_missing *hole)
{
	remove_hole(sequence, (unsigned int)(hole - sequence->holes));
}
