/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the engine's side of the logger: starts it, watches it, starts it again
 */
#ifndef BULWARK_LOGGER_PROCESS_H
#define BULWARK_LOGGER_PROCESS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "enforcer.h"
#include "logger_link.h"
#include "options.h"
#include "record.h"

/**
 * struct bw_logger_process - The logger as the engine knows it
 *
 * @options: Whom it runs as, and where it writes; borrowed.
 * @fds: Its view of the maps: `state` and `set_names` can't be written through
 *	these; owned.
 * @lock: The daemon's lock; borrowed.
 * @changed: Called when it came, went or told of trouble.
 * @severities: What each new logger is told first.
 * @link: -EBADF while there is none.
 * @pid: 0 while there is none.
 * @restarts: Since the engine began.
 * @started_us: CLOCK_MONOTONIC.
 * @backoff_us: What the next start waits.
 * @heard_us: When it told of itself last, CLOCK_MONOTONIC; 0: not yet.
 * @log_err: What it told: why the log can't be written.
 * @last_end: How the last one ended, for people; "" for not at all.
 * @stopping: Its end is wanted.
 */
struct bw_logger_process {
	const struct bw_options *options;
	struct bw_enforcer_fds fds;
	int lock;
	void (*changed)(void *context);
	void *context;
	uint8_t severities[BW_SETS_MAX + 1];
	sd_event *event;
	sd_event_source *child;
	sd_event_source *reports;
	sd_event_source *retry;
	int link;
	pid_t pid;
	unsigned int restarts;
	uint64_t started_us;
	uint64_t backoff_us;
	uint64_t heard_us;
	int log_err;
	char last_end[96];
	bool stopping;
};

#define BW_LOGGER_PROCESS_NONE                                            \
	{                                                                 \
		.link = -EBADF, .fds = { -EBADF, -EBADF, -EBADF, -EBADF } \
	}

/*
 * Takes @fds over from the enforcer's, and starts the first logger.  A failure to
 * start is tried again; an error here means that it can never work.
 */
int bw_logger_process_init(struct bw_logger_process *logger, sd_event *event,
			   const struct bw_options *options, const struct bw_enforcer_fds *fds,
			   int lock);
void bw_logger_process_done(struct bw_logger_process *logger);

/* Runs, and has told so a short time ago. */
bool bw_logger_process_is_well(const struct bw_logger_process *logger);

void bw_logger_process_severities(struct bw_logger_process *logger,
				  const uint8_t severities[static BW_SETS_MAX + 1]);
void bw_logger_process_reopen(struct bw_logger_process *logger);
void bw_logger_process_notice(struct bw_logger_process *logger, const struct bw_notice *notice);

/* Lets it finish and waits for it, some seconds at most. */
void bw_logger_process_stop(struct bw_logger_process *logger);

#endif
