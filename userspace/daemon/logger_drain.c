// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the logger: events out of the ring buffer, and what is missing
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "logger.h"
#include "logger_link.h"

/* How long a number may be on its way from its counter into the ring buffer. */
#define HOLE_PATIENCE_NS 2000000000ULL
/* The same, where nobody can be kept waiting so long. */
#define HOLE_PATIENCE_START_US 50000

struct bw_state bw_logger_kernel_state(void)
{
	struct bw_state state = { 0 };
	__u32 zero = 0;

	(void)bpf_map_lookup_elem(BW_LOGGER_FD_STATE, &zero, &state);
	return state;
}

void bw_logger_save(struct bw_logger *logger)
{
	int err;

	logger->state.time_ns = realtime_ns();
	err = bw_logger_state_save(logger->state_file, &logger->state);
	if (err)
		log_error(err, "cannot save how far the log goes");
}

/*
 * In this order, so that a logger killed anywhere in between writes an event
 * twice rather than never (INV-7).
 */
static int write_pending(struct bw_logger *logger)
{
	struct bw_event *event = &logger->pending;
	struct bw_named named;
	int err;

	bw_names_event(&logger->names, event, &named);
	err = bw_logger_write(logger, bw_record_refusal(event, &named.context));
	bw_named_done(&named);
	if (err)
		return err;

	logger->has_pending = false;
	(void)bw_sequence_see(&logger->state.sequence, event->sequence, boottime_ns());
	bw_logger_save(logger);
	bw_logger_remember(logger, event);
	return 0;
}

/* Has this number been written before an earlier logger was killed? */
static bool is_written(const struct bw_logger *logger, uint64_t number)
{
	struct bw_sequence sequence = logger->state.sequence;

	return !bw_sequence_see(&sequence, number, 0);
}

/* Fails closed: what can't be understood leaves a gap. */
static bool event_is_sound(const struct bw_event *event, size_t size)
{
	return size >= sizeof(*event) && event->size == sizeof(*event) &&
	       event->version == BW_ABI_VERSION && event->names_len <= BW_EVENT_NAMES &&
	       event->exe_names_len <= BW_EVENT_EXE_NAMES;
}

/*
 * A negative number ends the batch; the event itself is out of the ring buffer by
 * then, which is why it is kept.
 */
static int on_event(void *context, void *data, size_t size)
{
	struct bw_logger *logger = context;

	if (!event_is_sound(data, size)) {
		log_warning("skipping an event of an unknown form");
		return 0;
	}

	memcpy(&logger->pending, data, sizeof(logger->pending));
	if (!is_written(logger, logger->pending.sequence)) {
		logger->has_pending = true;
		if (write_pending(logger))
			return -EIO;
	}

	return --logger->batch == 0 ? -EAGAIN : 0;
}

int bw_logger_open_ring(struct bw_logger *logger)
{
	logger->ring = ring_buffer__new(BW_LOGGER_FD_EVENTS, on_event, logger, NULL);
	return logger->ring ? 0 : -errno;
}

void bw_logger_close_ring(struct bw_logger *logger)
{
	ring_buffer__free(logger->ring);
}

int bw_logger_drain(struct bw_logger *logger)
{
	struct bw_state before = bw_logger_kernel_state();
	int err;

	bw_names_refresh(&logger->names);
	if (logger->has_pending) {
		err = write_pending(logger);
		if (err)
			return err;
	}

	logger->batch = 256;
	err = ring_buffer__consume(logger->ring);
	if (err < 0)
		return err;

	/* All that is left of the numbers given out until then was lost, or is late. */
	bw_sequence_expect(&logger->state.sequence, before.sequence, boottime_ns());
	logger->state.refused = before.refused;
	logger->state.lost = before.lost;
	return 0;
}

static int tell_gap(struct bw_logger *logger, const struct bw_missing *hole)
{
	uint64_t missing = hole->last - hole->first + 1;
	struct bw_named named;
	struct bw_gap gap = {
		.from_ns = (int64_t)hole->since_ns + logger->names.boot_offset_ns,
		.to_ns = realtime_ns(),
		.first_sequence = hole->first,
		.last_sequence = hole->last,
		.refused = missing,
		.lost = missing,
		.why = logger->state.lost > logger->lost_told ? "ring buffer full"
							      : "events did not arrive",
	};

	bw_names_host(&logger->names, &named);
	return bw_logger_write(logger, bw_record_gap(&gap, &named.context));
}

void bw_logger_tell_gaps(struct bw_logger *logger)
{
	uint64_t until_ns = boottime_ns() - HOLE_PATIENCE_NS;
	const struct bw_missing *hole;

	while ((hole = bw_sequence_hole(&logger->state.sequence, until_ns))) {
		if (tell_gap(logger, hole))
			return;

		bw_sequence_forget(&logger->state.sequence, hole);
	}
	if (logger->state.sequence.holes_len == 0)
		logger->lost_told = logger->state.lost;
}

/* The numbers missing since the last logger become part of one record. */
static void take_holes(struct bw_logger *logger, struct bw_gap *gap)
{
	const struct bw_missing *hole;

	while ((hole = bw_sequence_hole(&logger->state.sequence, UINT64_MAX))) {
		if (gap->first_sequence == 0)
			gap->first_sequence = hole->first;
		gap->last_sequence = hole->last;
		bw_sequence_forget(&logger->state.sequence, hole);
	}
}

static void tell_past(struct bw_logger *logger, struct bw_gap *gap)
{
	struct bw_named named;

	take_holes(logger, gap);
	gap->to_ns = realtime_ns();
	bw_names_host(&logger->names, &named);
	bw_logger_write_later(logger, bw_record_gap(gap, &named.context));
}

/* Takes all that waits, and gives what is under way a moment to arrive. */
static void drain_all(struct bw_logger *logger)
{
	while (bw_logger_drain(logger) == -EAGAIN)
		continue;
	(void)usleep(HOLE_PATIENCE_START_US);
	while (bw_logger_drain(logger) == -EAGAIN)
		continue;
}

static const char *why_gap(int load_err, bool same_boot, bool same_maps)
{
	if (load_err == -EBADMSG)
		return "the logger's state was not readable";
	if (load_err)
		return "the logger's state was missing";
	if (!same_boot)
		return "host restarted";
	return same_maps ? "daemon not running" : "the kernel side started anew";
}

void bw_logger_catch_up(struct bw_logger *logger)
{
	struct bw_state kernel = bw_logger_kernel_state();
	struct bw_logger_state last = { 0 };
	struct bw_gap gap;
	bool same_boot;
	bool same_maps;
	int err;

	bw_names_refresh(&logger->names);
	err = bw_logger_state_load(logger->state_file, &last);
	same_boot = !err && strcmp(last.boot_id, logger->names.boot_id) == 0;
	same_maps = same_boot && kernel.sequence >= last.sequence.highest &&
		    kernel.refused >= last.refused;

	if (same_maps)
		logger->state = last;
	memcpy(logger->state.boot_id, logger->names.boot_id, BW_BOOT_ID_SIZE);

	gap = (struct bw_gap){
		.from_ns = err ? logger->names.boot_offset_ns : last.time_ns,
		.refused = kernel.refused - logger->state.refused,
		.lost = kernel.lost - logger->state.lost,
		.why = why_gap(err, same_boot, same_maps),
	};

	drain_all(logger);
	logger->lost_told = logger->state.lost;
	/*
	 * Nothing before the very first start was anybody's to record.  A number that is
	 * missing then is on its way: it stays a hole until its time is up.
	 */
	if (err != -ENODATA || kernel.sequence > 0)
		tell_past(logger, &gap);
	bw_logger_save(logger);
}
