/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - refusals that happen again: counted in the kernel, told now and then
 */
#ifndef BULWARK_LOGGER_REPEAT_H
#define BULWARK_LOGGER_REPEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bulwark/event.h>
#include <bulwark/maps.h>

/* No more than one record per refusal in this time. */
#define BW_REPEAT_EVERY_NS 5000000000ULL
/* A refusal that hasn't happened for so long is told once more and forgotten. */
#define BW_REPEAT_IDLE_NS 60000000000ULL

/**
 * struct bw_repeat - One refusal of which the kernel keeps count
 *
 * @key: As in the kernel's map.
 * @count: What the map said last.
 * @told: Count that was told last; 1 once the event itself has been written.
 * @told_ns: When, CLOCK_BOOTTIME.
 * @first: The event that told of the first, owned; NULL when it came to an
 *	earlier logger.
 */
struct bw_repeat {
	struct bw_refusal_key key;
	struct bw_refusal_count count;
	uint64_t told;
	uint64_t told_ns;
	struct bw_event *first;
};

/* Sorted by key. */
struct bw_repeats {
	struct bw_repeat *items;
	size_t len;
};

void bw_repeats_done(struct bw_repeats *repeats);

/*
 * Takes over what the map holds now.  @seen gets what @repeats knew of the same
 * keys; what isn't in @seen any more is forgotten.  Sorts @seen, which then
 * belongs to @repeats.
 */
void bw_repeats_update(struct bw_repeats *repeats, struct bw_repeat *seen, size_t seen_len);

/* Is it time to tell of it, or of it for the last time? */
bool bw_repeat_is_due(const struct bw_repeat *repeat, uint64_t now_ns);
bool bw_repeat_is_idle(const struct bw_repeat *repeat, uint64_t now_ns);

#endif
