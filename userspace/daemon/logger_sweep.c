// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the logger: tells of refusals that the kernel has only counted
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "logger.h"
#include "logger_link.h"

#define SWEEP_BATCH 512

void bw_logger_remember(struct bw_logger *logger, const struct bw_event *event)
{
	struct bw_event *copy;

	/* Then the record of its repetition tells less, and refers to its number. */
	if ((event->type != BW_EVENT_REFUSAL && event->type != BW_EVENT_GLASS) ||
	    logger->recent_len == BW_RECENT_MAX)
		return;

	copy = malloc(sizeof(*copy));
	if (!copy)
		return;

	*copy = *event;
	logger->recent[logger->recent_len++] = copy;
}

static struct bw_event *take_recent(struct bw_logger *logger, uint64_t sequence)
{
	for (size_t i = 0; i < logger->recent_len; i++) {
		if (logger->recent[i] && logger->recent[i]->sequence == sequence)
			return take_ptr(logger->recent[i]);
	}
	return NULL;
}

static void forget_recent(struct bw_logger *logger)
{
	for (size_t i = 0; i < logger->recent_len; i++)
		free(logger->recent[i]);
	logger->recent_len = 0;
}

/**
 * struct sweep - One look at the whole map
 */
struct sweep {
	struct bw_refusal_key keys[SWEEP_BATCH];
	struct bw_refusal_count counts[SWEEP_BATCH];
	struct bw_repeat *seen;
	size_t seen_len;
};

static int add_batch(struct sweep *sweep, size_t len)
{
	struct bw_repeat *grown;

	if (len == 0)
		return 0;

	grown = reallocarray(sweep->seen, sweep->seen_len + len, sizeof(*grown));
	if (!grown)
		return -ENOMEM;

	sweep->seen = grown;
	for (size_t i = 0; i < len; i++) {
		grown[sweep->seen_len++] = (struct bw_repeat){
			.key = sweep->keys[i],
			.count = sweep->counts[i],
			.told = 1,
		};
	}
	return 0;
}

static int look_at_all(struct sweep *sweep)
{
	__u32 next = 0;
	__u32 len;
	bool first = true;
	int err;

	do {
		len = SWEEP_BATCH;
		err = bpf_map_lookup_batch(BW_LOGGER_FD_REFUSALS, first ? NULL : &next, &next,
					   sweep->keys, sweep->counts, &len, NULL);
		if (err && err != -ENOENT)
			return err;

		first = false;
		if (add_batch(sweep, len))
			return -ENOMEM;
	} while (err != -ENOENT);
	return 0;
}

/* The repetition's first event, if it came to this logger, has just been told. */
static void match_recent(struct bw_logger *logger, struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->seen_len && logger->recent_len > 0; i++) {
		struct bw_repeat *repeat = &sweep->seen[i];

		repeat->first = take_recent(logger, repeat->count.sequence);
		if (repeat->first)
			repeat->told_ns = boottime_ns();
	}
	forget_recent(logger);
}

static int tell(struct bw_logger *logger, struct bw_repeat *repeat)
{
	struct bw_named named;
	int err;

	bw_names_repeat(&logger->names, &repeat->key, repeat->first, &named);
	err = bw_logger_write(logger,
			      bw_record_repeat(&repeat->key, &repeat->count, &named.context));
	bw_named_done(&named);
	if (err)
		return err;

	repeat->told = repeat->count.count;
	repeat->told_ns = boottime_ns();
	return 0;
}

/* What was counted between the look and now is told with it. */
static void retire(struct bw_logger *logger, struct bw_repeat *repeat)
{
	struct bw_refusal_count last;

	if (bpf_map_lookup_and_delete_elem(BW_LOGGER_FD_REFUSALS, &repeat->key, &last) < 0)
		return;

	repeat->count = last;
	if (repeat->count.count > repeat->told)
		(void)tell(logger, repeat);
}

void bw_logger_sweep(struct bw_logger *logger, bool all)
{
	_cleanup_(freep) struct sweep *sweep = calloc(1, sizeof(*sweep));
	uint64_t now_ns = boottime_ns();

	if (!sweep || look_at_all(sweep)) {
		if (sweep)
			free(sweep->seen);
		return;
	}

	match_recent(logger, sweep);
	bw_repeats_update(&logger->repeats, sweep->seen, sweep->seen_len);

	for (size_t i = 0; i < logger->repeats.len && !logger->log_err; i++) {
		struct bw_repeat *repeat = &logger->repeats.items[i];

		if (bw_repeat_is_idle(repeat, now_ns))
			retire(logger, repeat);
		else if (bw_repeat_is_due(repeat, now_ns) ||
			 (all && repeat->count.count > repeat->told))
			(void)tell(logger, repeat);
	}
}
