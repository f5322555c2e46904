// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine's side of the logger: starts it, watches it, starts it again
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "log.h"
#include "logger_process.h"
#include "logger_spawn.h"

#define BACKOFF_FIRST_US 100000
#define BACKOFF_MAX_US 30000000
/* A logger that lived for so long starts with a clean slate. */
#define BACKOFF_FORGIVEN_US 60000000
/* It tells of itself every second, but a slow disk may hold it up. */
#define SILENCE_US 10000000
#define STOP_PATIENCE_US 5000000
#define STOP_STEP_US 10000

static uint64_t now_us(const struct bw_logger_process *logger)
{
	uint64_t usec = 0;

	(void)sd_event_now(logger->event, CLOCK_MONOTONIC, &usec);
	return usec;
}

/*
 * The same map through a descriptor that can't write: a logger in foreign hands
 * must not be able to change what is enforced.
 */
static int reopen_read_only(int fd, __u32 value_size)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, options, .open_flags = BPF_F_RDONLY);
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int err;

	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (err)
		return err;

	/* The kernel writes as much as it has, whatever the reader expects. */
	if (info.value_size != value_size)
		return -EPROTO;

	return bpf_map_get_fd_by_id_opts(info.id, &options);
}

static int take_fds(struct bw_logger_process *logger, const struct bw_enforcer_fds *fds)
{
	logger->fds.events = fcntl(fds->events, F_DUPFD_CLOEXEC, 3);
	logger->fds.refusals = fcntl(fds->refusals, F_DUPFD_CLOEXEC, 3);
	if (logger->fds.events < 0 || logger->fds.refusals < 0)
		return -errno;

	logger->fds.state = reopen_read_only(fds->state, sizeof(struct bw_state));
	if (logger->fds.state < 0)
		return logger->fds.state;

	logger->fds.set_names = reopen_read_only(fds->set_names, sizeof(struct bw_set_name));
	return logger->fds.set_names < 0 ? logger->fds.set_names : 0;
}

static void send_order(struct bw_logger_process *logger, const struct bw_order *order)
{
	if (logger->link < 0)
		return;

	if (send(logger->link, order, sizeof(*order), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_error(-errno, "the logger does not take orders");
}

static void send_severities(struct bw_logger_process *logger)
{
	struct bw_order order = { .size = sizeof(order), .kind = BW_ORDER_SEVERITIES };

	memcpy(order.severities, logger->severities, sizeof(order.severities));
	send_order(logger, &order);
}

static void forget_logger(struct bw_logger_process *logger)
{
	logger->child = sd_event_source_disable_unref(logger->child);
	logger->reports = sd_event_source_disable_unref(logger->reports);
	closep(&logger->link);
	logger->link = -EBADF;
	logger->pid = 0;
	logger->heard_us = 0;
	logger->log_err = 0;
}

static void note_end(struct bw_logger_process *logger, const siginfo_t *info)
{
	const char *name;

	if (info->si_code == CLD_EXITED) {
		(void)snprintf(logger->last_end, sizeof(logger->last_end), "exited with status %d",
			       info->si_status);
		return;
	}

	name = sigabbrev_np(info->si_status);
	(void)snprintf(logger->last_end, sizeof(logger->last_end), "was killed by SIG%s%s",
		       name ? name : "?",
		       info->si_status == SIGSYS ? ": a system call outside its filter" : "");
}

static int start(struct bw_logger_process *logger);

static int on_retry(sd_event_source *source, uint64_t usec, void *context)
{
	struct bw_logger_process *logger = context;

	logger->retry = sd_event_source_unref(logger->retry);
	logger->restarts++;
	(void)start(logger);
	logger->changed(logger->context);
	return 0;
}

static void start_later(struct bw_logger_process *logger)
{
	uint64_t wait_us = logger->backoff_us;

	if (logger->stopping || logger->retry)
		return;

	logger->backoff_us = wait_us * 2 < BACKOFF_MAX_US ? wait_us * 2 : BACKOFF_MAX_US;
	if (sd_event_add_time_relative(logger->event, &logger->retry, CLOCK_MONOTONIC, wait_us, 0,
				       on_retry, logger) < 0)
		log_error(0, "cannot start the logger again; restart bulwarkd");
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct bw_logger_process *logger = context;
	pid_t pid = logger->pid;

	note_end(logger, info);
	if (now_us(logger) > logger->started_us + BACKOFF_FORGIVEN_US)
		logger->backoff_us = BACKOFF_FIRST_US;
	forget_logger(logger);

	if (logger->stopping)
		return 0;

	log_error(0, "the logger (pid %d) %s; starting it again, refusals wait in the kernel", pid,
		  logger->last_end);
	start_later(logger);
	logger->changed(logger->context);
	return 0;
}

/* From a process without privileges: sizes are checked, numbers only shown. */
static int on_report(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct bw_logger_process *logger = context;
	struct bw_report report;
	bool was_well = bw_logger_process_is_well(logger);
	int log_err = logger->log_err;
	ssize_t len;

	len = recv(fd, &report, sizeof(report), MSG_DONTWAIT);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;

	/* The end itself comes by SIGCHLD. */
	if (len <= 0)
		return sd_event_source_set_enabled(source, SD_EVENT_OFF);

	if (len != (ssize_t)sizeof(report) || report.size != sizeof(report))
		return 0;

	logger->heard_us = now_us(logger);
	logger->log_err = report.log_err < 0 ? report.log_err : 0;
	if (!was_well || log_err != logger->log_err)
		logger->changed(logger->context);
	return 0;
}

static int watch_logger(struct bw_logger_process *logger)
{
	int err;

	err = sd_event_add_child(logger->event, &logger->child, logger->pid, WEXITED, on_end,
				 logger);
	if (err < 0)
		return err;

	return sd_event_add_io(logger->event, &logger->reports, logger->link, EPOLLIN, on_report,
			       logger);
}

static int start(struct bw_logger_process *logger)
{
	struct bw_logger_spawn spawn = {
		.options = logger->options,
		.fds = {
			[BW_LOGGER_FD_LOCK] = logger->lock,
			[BW_LOGGER_FD_EVENTS] = logger->fds.events,
			[BW_LOGGER_FD_REFUSALS] = logger->fds.refusals,
			[BW_LOGGER_FD_STATE] = logger->fds.state,
			[BW_LOGGER_FD_SET_NAMES] = logger->fds.set_names,
		},
	};
	int err;

	err = bw_logger_spawn(&spawn, &logger->pid, &logger->link);
	if (err) {
		log_error(err, "cannot start the logger, trying again");
		start_later(logger);
		return err;
	}

	logger->started_us = now_us(logger);
	err = watch_logger(logger);
	if (err < 0)
		return log_error(err, "cannot watch the logger (pid %d)", logger->pid);

	log_info("the logger runs with pid %d", logger->pid);
	send_severities(logger);
	return 0;
}

int bw_logger_process_init(struct bw_logger_process *logger, sd_event *event,
			   const struct bw_options *options, const struct bw_enforcer_fds *fds,
			   int lock)
{
	int err;

	logger->event = event;
	logger->options = options;
	logger->lock = lock;
	logger->backoff_us = BACKOFF_FIRST_US;

	err = take_fds(logger, fds);
	if (err)
		return log_error(err, "cannot open the kernel's maps for the logger");

	err = bw_logger_spawn_check(options);
	if (err)
		return err;

	(void)start(logger);
	return 0;
}

bool bw_logger_process_is_well(const struct bw_logger_process *logger)
{
	return logger->pid > 0 && logger->heard_us > 0 &&
	       now_us(logger) < logger->heard_us + SILENCE_US;
}

void bw_logger_process_severities(struct bw_logger_process *logger,
				  const uint8_t severities[static BW_SETS_MAX + 1])
{
	memcpy(logger->severities, severities, sizeof(logger->severities));
	send_severities(logger);
}

void bw_logger_process_reopen(struct bw_logger_process *logger)
{
	struct bw_order order = { .size = sizeof(order), .kind = BW_ORDER_REOPEN };

	send_order(logger, &order);
}

void bw_logger_process_notice(struct bw_logger_process *logger, const struct bw_notice *notice)
{
	struct bw_order order = {
		.size = sizeof(order),
		.kind = BW_ORDER_NOTICE,
		.notice = notice->kind,
		.generation = notice->generation,
		.time_ns = notice->time_ns,
	};

	(void)snprintf(order.text, sizeof(order.text), "%s", notice->text ? notice->text : "");
	send_order(logger, &order);
}

/* The event loop has ended by now. */
static bool has_ended(const struct bw_logger_process *logger)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)logger->pid, &info, WEXITED | WNOHANG) < 0 ||
	       info.si_pid == logger->pid;
}

void bw_logger_process_stop(struct bw_logger_process *logger)
{
	logger->stopping = true;
	logger->child = sd_event_source_disable_unref(logger->child);
	if (logger->link >= 0)
		(void)shutdown(logger->link, SHUT_RDWR);

	for (unsigned int waited = 0; logger->pid > 0 && waited < STOP_PATIENCE_US;
	     waited += STOP_STEP_US) {
		if (has_ended(logger)) {
			logger->pid = 0;
			return;
		}
		(void)usleep(STOP_STEP_US);
	}

	if (logger->pid > 0)
		log_warning("the logger (pid %d) has not ended yet, leaving it alone", logger->pid);
}

void bw_logger_process_done(struct bw_logger_process *logger)
{
	forget_logger(logger);
	logger->retry = sd_event_source_disable_unref(logger->retry);
	closep(&logger->fds.events);
	closep(&logger->fds.refusals);
	closep(&logger->fds.state);
	closep(&logger->fds.set_names);
}
