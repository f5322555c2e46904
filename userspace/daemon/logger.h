/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the logger: reads what the kernel side tells, writes the evidence
 *
 * Runs as a user of its own without capabilities, and only ever gets descriptors
 * that can't change what is enforced.
 */
#ifndef BULWARK_LOGGER_H
#define BULWARK_LOGGER_H

#include <jansson.h>
#include <systemd/sd-event.h>

#include "logger_file.h"
#include "logger_names.h"
#include "logger_repeat.h"
#include "logger_state.h"
#include "options.h"

struct ring_buffer;

/* Events whose repetitions may have to be told before the next sweep. */
#define BW_RECENT_MAX 1024

/**
 * struct bw_logger - Everything the logger process has
 *
 * @event: Its loop.
 * @ring: Over the map `events`.
 * @log: The evidence.
 * @log_err: Why it can't be written; 0 when it can.
 * @names: For the records.
 * @state: What is in @state_file.
 * @state_file: Descriptor of logger.json.
 * @pending: Taken from the ring buffer, not written yet.
 * @has_pending: @pending is one.
 * @batch: Events to be taken before the loop gets its turn.
 * @backlog: JSON array of records that wait because of @log_err.
 * @repeats: Refusals that may happen again.
 * @recent: Events since the last sweep, owned.
 * @recent_len: Entries of @recent in use.
 * @lost_told: bw_state.lost when no event was missing last.
 * @records: Written so far.
 * @ticks: Seconds, nearly.
 */
struct bw_logger {
	sd_event *event;
	struct ring_buffer *ring;
	struct bw_log_file log;
	int log_err;
	struct bw_names names;
	struct bw_logger_state state;
	int state_file;
	struct bw_event pending;
	bool has_pending;
	unsigned int batch;
	json_t *backlog;
	struct bw_repeats repeats;
	struct bw_event *recent[BW_RECENT_MAX];
	size_t recent_len;
	uint64_t lost_told;
	uint64_t records;
	uint64_t ticks;
};

/* The whole process.  Returns 0 after an orderly end, or -errno. */
int bw_logger_run(const struct bw_options *options);

/* logger_write.c: the record goes to the log, then to the journal; consumed. */
int bw_logger_write(struct bw_logger *logger, json_t *record);
/* The same, but it waits in the backlog if it can't be written now. */
void bw_logger_write_later(struct bw_logger *logger, json_t *record);
int bw_logger_write_backlog(struct bw_logger *logger);

/* logger_drain.c */
int bw_logger_open_ring(struct bw_logger *logger);
void bw_logger_close_ring(struct bw_logger *logger);
/* Takes what is in the ring buffer.  Returns 0, -EAGAIN (there is more), or -errno. */
int bw_logger_drain(struct bw_logger *logger);
struct bw_state bw_logger_kernel_state(void);
/* Tells holes that have been open for too long. */
void bw_logger_tell_gaps(struct bw_logger *logger);
/* Notes what the interval without a logger has cost; then the logger is up to date. */
void bw_logger_catch_up(struct bw_logger *logger);
void bw_logger_save(struct bw_logger *logger);

/* logger_sweep.c: tells repetitions; all that are untold if @all. */
void bw_logger_sweep(struct bw_logger *logger, bool all);
void bw_logger_remember(struct bw_logger *logger, const struct bw_event *event);

#endif
