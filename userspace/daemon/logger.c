// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the logger process: its loop
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "logger.h"
#include "logger_link.h"
#include "sandbox.h"

#define TICK_US 1000000
#define SWEEP_TICKS 5

static void send_report(const struct bw_logger *logger)
{
	struct bw_report report = {
		.size = sizeof(report),
		.log_err = logger->log_err,
		.records = logger->records,
		.sequence = logger->state.sequence.highest,
	};

	/* An engine that doesn't listen notices that nothing comes. */
	(void)send(BW_LOGGER_FD_LINK, &report, sizeof(report), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void sync_log(struct bw_logger *logger)
{
	int err = bw_log_file_sync(&logger->log);

	if (err)
		log_error(err, "cannot bring '%s' to the disk, trying again", logger->log.path);
}

static void tick(struct bw_logger *logger)
{
	if (bw_logger_write_backlog(logger) == 0 && bw_logger_drain(logger) == 0)
		bw_logger_tell_gaps(logger);
	if (++logger->ticks % SWEEP_TICKS == 0)
		bw_logger_sweep(logger, false);
	bw_logger_save(logger);
	sync_log(logger);
	send_report(logger);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *context)
{
	tick(context);
	(void)sd_event_source_set_time_relative(source, TICK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_ring(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct bw_logger *logger = context;

	/* A log that can't be written is tried again with each tick, not at once. */
	if (!logger->log_err)
		(void)bw_logger_drain(logger);
	return 0;
}

static void write_notice(struct bw_logger *logger, const struct bw_order *order)
{
	struct bw_notice notice = {
		.kind = (enum bw_notice_kind)order->notice,
		.generation = order->generation,
		.time_ns = order->time_ns,
		.text = order->text[0] ? order->text : NULL,
	};
	struct bw_named named;

	bw_names_host(&logger->names, &named);
	bw_logger_write_later(logger, bw_record_state(&notice, &named.context));
}

static void reopen_log(struct bw_logger *logger)
{
	int err = bw_log_file_open(&logger->log, logger->log.path);

	if (err)
		log_error(err, "cannot reopen '%s', going on with the old file", logger->log.path);
}

static void obey(struct bw_logger *logger, const struct bw_order *order)
{
	switch (order->kind) {
	case BW_ORDER_SEVERITIES:
		memcpy(logger->names.severities, order->severities, sizeof(order->severities));
		break;
	case BW_ORDER_REOPEN:
		reopen_log(logger);
		break;
	case BW_ORDER_NOTICE:
		write_notice(logger, order);
		break;
	default:
		log_warning("ignoring order %u, which this version does not know", order->kind);
	}
}

static int on_order(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct bw_order order;
	ssize_t len = recv(fd, &order, sizeof(order), MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;

	/* The engine is gone, or wants an end. */
	if (len <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);

	if (len == (ssize_t)sizeof(order) && order.size == sizeof(order)) {
		order.text[sizeof(order.text) - 1] = '\0';
		obey(context, &order);
	}
	return 0;
}

static int on_reopen(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	reopen_log(context);
	return 0;
}

/* logrotate and systemd may signal the whole unit: none of these may kill. */
static int add_signals(struct bw_logger *logger)
{
	sigset_t signals;
	int err;

	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGUSR1);
	(void)sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;

	err = sd_event_add_signal(logger->event, NULL, SIGUSR1, on_reopen, logger);
	if (err < 0)
		return err;

	return sd_event_add_signal(logger->event, NULL, SIGTERM, NULL, NULL);
}

static int add_sources(struct bw_logger *logger)
{
	int err;

	err = add_signals(logger);
	if (err < 0)
		return err;

	err = sd_event_add_io(logger->event, NULL, BW_LOGGER_FD_LINK, EPOLLIN, on_order, logger);
	if (err < 0)
		return err;

	err = sd_event_add_io(logger->event, NULL, ring_buffer__epoll_fd(logger->ring), EPOLLIN,
			      on_ring, logger);
	if (err < 0)
		return err;

	return sd_event_add_time_relative(logger->event, NULL, CLOCK_BOOTTIME, 0, 0, on_tick,
					  logger);
}

static int open_files(struct bw_logger *logger, const char *log_path, const char *state_path)
{
	int err;

	/* A log that can't be opened now may be tomorrow: the kernel keeps the events. */
	logger->log.path = log_path;
	err = bw_log_file_open(&logger->log, log_path);
	if (err)
		log_error(err, "cannot open '%s', trying again", log_path);

	logger->state_file = bw_logger_state_open(state_path);
	if (logger->state_file < 0)
		return log_error(logger->state_file, "cannot open '%s'", state_path);

	logger->backlog = json_array();
	if (!logger->backlog)
		return log_error(-ENOMEM, "cannot start");

	err = bw_names_init(&logger->names, BW_LOGGER_FD_SET_NAMES);
	if (err)
		return log_error(err, "cannot tell this boot and host");
	return 0;
}

static int open_kernel_side(struct bw_logger *logger)
{
	int err;

	err = bw_logger_open_ring(logger);
	if (err)
		return log_error(err, "cannot read the kernel's ring buffer");

	err = sd_event_new(&logger->event);
	if (err < 0)
		return log_error(err, "cannot make an event loop");

	err = add_sources(logger);
	if (err < 0)
		return log_error(err, "cannot watch ring buffer, engine and signals");
	return 0;
}

static void finish(struct bw_logger *logger)
{
	(void)bw_logger_write_backlog(logger);
	while (bw_logger_drain(logger) == -EAGAIN)
		continue;
	bw_logger_sweep(logger, true);
	bw_logger_save(logger);
	sync_log(logger);
}

static int run(struct bw_logger *logger, const char *log_path, const char *state_path)
{
	int err;

	err = open_files(logger, log_path, state_path);
	if (err)
		return err;

	err = open_kernel_side(logger);
	if (err)
		return err;

	bw_logger_catch_up(logger);
	send_report(logger);

	err = sd_event_loop(logger->event);
	if (err < 0)
		log_error(err, "event loop failed");

	finish(logger);
	return err;
}

static void done(struct bw_logger *logger)
{
	sd_event_unref(logger->event);
	bw_logger_close_ring(logger);
	bw_repeats_done(&logger->repeats);
	for (size_t i = 0; i < logger->recent_len; i++)
		free(logger->recent[i]);
	json_decref(logger->backlog);
	bw_names_done(&logger->names);
	bw_log_file_close(&logger->log);
	closep(&logger->state_file);
}

int bw_logger_run(const struct bw_options *options)
{
	_cleanup_(freep) struct bw_logger *logger = calloc(1, sizeof(*logger));
	_cleanup_(freep) char *log_path = NULL;
	_cleanup_(freep) char *state_path = NULL;
	int err;

	if (!logger || asprintf(&log_path, "%s/events.jsonl", options->log_dir) < 0 ||
	    asprintf(&state_path, "%s/logger.json", options->state_dir) < 0)
		return log_error(-ENOMEM, "cannot start");

	/* Started through /proc/self/exe it would be called "exe". */
	(void)prctl(PR_SET_NAME, "bulwarkd-logger");

	err = bw_sandbox_enter(BW_ROLE_LOGGER);
	if (err)
		return log_error(err, "cannot filter system calls");

	logger->log.fd = -EBADF;
	logger->state_file = -EBADF;
	logger->names.mountinfo = -EBADF;
	err = run(logger, log_path, state_path);
	done(logger);
	return err;
}
