// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - refusals that happen again: counted in the kernel, told now and then
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "logger_repeat.h"

static int compare_repeats(const void *left, const void *right)
{
	const struct bw_repeat *a = left;
	const struct bw_repeat *b = right;

	return memcmp(&a->key, &b->key, sizeof(a->key));
}

void bw_repeats_done(struct bw_repeats *repeats)
{
	for (size_t i = 0; i < repeats->len; i++)
		free(repeats->items[i].first);
	free(repeats->items);
	*repeats = (struct bw_repeats){ 0 };
}

/*
 * A key that went and came again between two looks is another refusal, with an
 * event of its own: its number tells.
 */
static void inherit(struct bw_repeat *repeat, struct bw_repeat *known)
{
	if (known->count.sequence != repeat->count.sequence)
		return;

	repeat->told = known->told;
	repeat->told_ns = known->told_ns;
	if (!repeat->first)
		repeat->first = take_ptr(known->first);
}

void bw_repeats_update(struct bw_repeats *repeats, struct bw_repeat *seen, size_t seen_len)
{
	if (seen_len > 0)
		qsort(seen, seen_len, sizeof(*seen), compare_repeats);

	for (size_t i = 0; i < seen_len && repeats->len > 0; i++) {
		struct bw_repeat *known = bsearch(&seen[i], repeats->items, repeats->len,
						  sizeof(*seen), compare_repeats);

		if (known)
			inherit(&seen[i], known);
	}

	bw_repeats_done(repeats);
	repeats->items = seen;
	repeats->len = seen_len;
}

bool bw_repeat_is_due(const struct bw_repeat *repeat, uint64_t now_ns)
{
	return repeat->count.count > repeat->told && now_ns >= repeat->told_ns + BW_REPEAT_EVERY_NS;
}

bool bw_repeat_is_idle(const struct bw_repeat *repeat, uint64_t now_ns)
{
	return now_ns >= repeat->count.last_ns + BW_REPEAT_IDLE_NS;
}
