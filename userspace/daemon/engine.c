// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: its loop
 */
#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "clock.h"
#include "engine.h"
#include "keeper_client.h"
#include "log.h"
#include "sandbox.h"

/* How long the host can be unprotected before that is noticed. */
#define LOOK_US 5000000
#define RETRY_FIRST_US 15000000
#define LOGGER_PATIENCE_NS 3000000000ULL

static int on_look(sd_event_source *source, uint64_t usec, void *context)
{
	bw_engine_look(context);
	(void)sd_event_source_set_time_relative(source, LOOK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_apply(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)sd_notify(0, "RELOADING=1");
	(void)bw_engine_apply(context, true);
	(void)sd_notify(0, "READY=1");
	return 0;
}

static int on_reopen(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct bw_engine *engine = context;

	bw_logger_process_reopen(&engine->logger);
	return 0;
}

static void on_logger(void *context)
{
	bw_engine_look(context);
}

static int add_signals(struct bw_engine *engine)
{
	static const struct {
		int number;
		sd_event_signal_handler_t handler;
	} signals[] = {
		/* Without a handler they end the loop, with what stands for a context. */
		{ SIGTERM, NULL },
		{ SIGINT, NULL },
		{ SIGHUP, on_apply },
		{ SIGUSR1, on_reopen },
	};

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		int err =
			sd_event_add_signal(engine->event, NULL, signals[i].number,
					    signals[i].handler, signals[i].handler ? engine : NULL);

		if (err < 0)
			return err;
	}
	return 0;
}

/* Before anything else: sd_event_add_signal() and sd_event_add_child() need it. */
static int block_signals(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD };
	sigset_t signals;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		(void)sigaddset(&signals, numbers[i]);
	return sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ? -errno : 0;
}

static int make_loop(struct bw_engine *engine)
{
	int err;

	err = block_signals();
	if (err)
		return err;

	err = sd_event_new(&engine->event);
	if (err < 0)
		return err;

	/* Does nothing unless systemd asked for it. */
	err = sd_event_set_watchdog(engine->event, true);
	if (err < 0)
		return err;

	return add_signals(engine);
}

static int name_paths(struct bw_engine *engine)
{
	_cleanup_(freep) char *socket = strdup(engine->options->socket);

	if (!socket)
		return -ENOMEM;

	engine->dir = strdup(dirname(socket));
	if (!engine->dir || asprintf(&engine->decoy, "%s/canary", engine->dir) < 0)
		return -ENOMEM;
	return 0;
}

static void find_group(struct bw_engine *engine)
{
	const struct group *group = getgrnam(engine->options->group);

	if (!group) {
		log_warning("no group '%s': only root can ask for the status",
			    engine->options->group);
		return;
	}

	engine->control.group = group->gr_gid;
	engine->control.has_group = true;
}

static int prepare(struct bw_engine *engine)
{
	int err;

	err = name_paths(engine);
	if (err)
		return log_error(err, "cannot start");

	find_group(engine);
	err = make_loop(engine);
	if (err < 0)
		return log_error(err, "cannot make an event loop");
	return 0;
}

static int start_logger(struct bw_engine *engine)
{
	struct bw_enforcer_fds fds = bw_enforcer_fds(engine->enforcer);

	engine->logger.changed = on_logger;
	engine->logger.context = engine;
	return bw_logger_process_init(&engine->logger, engine->event, engine->options, &fds,
				      engine->lock);
}

/*
 * Wrong files are no reason to stop: an earlier daemon's policy stays in force,
 * and without one the host is at least able to say what is wrong.
 */
static int start_policy(struct bw_engine *engine)
{
	struct bw_identifier identifier = bw_keeper_identifier(&engine->keeper);
	int err;

	identifier.version = bw_enforcer_version;
	identifier.versions = engine->enforcer;
	bw_watch_init(&engine->executables, engine->event, bw_engine_refresh_executables, engine);
	bw_watch_contents(&engine->executables);
	bw_watch_init(&engine->watch, engine->event, bw_engine_refresh, engine);
	err = bw_watch_mounts(&engine->watch);
	if (err)
		return log_error(err, "cannot watch mounts");

	err = bw_watch_swaps(&engine->watch);
	if (err)
		return log_error(err, "cannot watch what is swapped to");

	err = bw_watch_clock(&engine->watch);
	if (err)
		return log_error(err, "cannot watch the time");

	err = bw_engine_learn_start(engine);
	if (err)
		return err;

	bw_policy_state_init(&engine->policy, &engine->options->policy, &identifier);
	bw_engine_glass_begin(engine);
	/* What is held back waits for an administrator, who unseals first. */
	if (bw_engine_apply(engine, false) && !engine->policy.held_back)
		bw_engine_apply_later(engine);
	return 0;
}

static int open_socket(struct bw_engine *engine)
{
	int err;

	engine->control.answer = bw_engine_answer;
	engine->control.context = engine;
	err = bw_control_socket_open(&engine->control, engine->event, engine->options->socket);
	if (err)
		return log_error(err, "cannot listen on '%s'", engine->options->socket);
	return 0;
}

/* In the order in which it must happen: enforcement stands before anybody is told. */
static int start(struct bw_engine *engine)
{
	int err;

	err = prepare(engine);
	if (err)
		return err;

	err = bw_engine_lock(engine);
	if (err)
		return err;

	err = bw_engine_arm(engine);
	if (err)
		return err;

	if (engine->enforcer) {
		err = start_logger(engine);
		if (err)
			return err;

		err = start_policy(engine);
		if (err)
			return err;
	}

	err = open_socket(engine);
	if (err)
		return err;

	err = sd_event_add_time_relative(engine->event, NULL, CLOCK_MONOTONIC, 0, 0, on_look,
					 engine);
	return err < 0 ? log_error(err, "cannot set a timer") : 0;
}

/* Fails closed: a decoy that can be read now means that arming was in vain. */
static int prove(struct bw_engine *engine)
{
	if (!engine->enforcer)
		return 0;

	bw_engine_look(engine);
	if (engine->canary == BW_CANARY_REFUSED)
		return 0;

	return log_error(-EKEYREJECTED, "the decoy is not refused, nothing is enforced");
}

/* So that the state that is told first is one that lasts. */
static void wait_for_logger(struct bw_engine *engine)
{
	uint64_t until_ns = boottime_ns() + LOGGER_PATIENCE_NS;

	while (engine->enforcer && !bw_logger_process_is_well(&engine->logger) &&
	       boottime_ns() < until_ns) {
		if (sd_event_run(engine->event, 100000) < 0)
			return;
	}
}

static int run(struct bw_engine *engine)
{
	int err;

	err = start(engine);
	if (err)
		return err;

	err = prove(engine);
	if (err)
		return err;

	wait_for_logger(engine);
	(void)bw_engine_guard(engine);
	engine->started = true;
	bw_engine_look(engine);
	bw_engine_notice(engine, BW_NOTICE_STARTED, NULL);
	(void)sd_notify(0, "READY=1");

	err = sd_event_loop(engine->event);
	(void)sd_notify(0, "STOPPING=1");
	if (err < 0)
		return log_error(err, "event loop failed");

	log_notice("ending; what is in force stays in force");
	bw_engine_learn(engine);
	bw_engine_notice(engine, BW_NOTICE_STOPPED, NULL);
	bw_logger_process_stop(&engine->logger);
	return 0;
}

static void done(struct bw_engine *engine)
{
	bw_control_socket_close(&engine->control);
	bw_logger_process_done(&engine->logger);
	bw_watch_done(&engine->watch);
	bw_watch_done(&engine->executables);
	bw_policy_state_done(&engine->policy);
	sd_event_source_disable_unref(engine->glass_timer);
	bw_enforcer_free(engine->enforcer);
	sd_event_unref(engine->event);
	closep(&engine->keeper);
	closep(&engine->lock);
	free(engine->decoy);
	free(engine->dir);
}

int bw_engine_run(const struct bw_options *options)
{
	struct bw_engine engine = {
		.options = options,
		.lock = -EBADF,
		.keeper = -EBADF,
		.policy = { .source = options->policy },
		.watch = BW_WATCH_NONE,
		.executables = BW_WATCH_NONE,
		.logger = BW_LOGGER_PROCESS_NONE,
		.control = { .fd = -EBADF },
		.canary = BW_CANARY_UNKNOWN,
		.retry_us = RETRY_FIRST_US,
		.since_ns = realtime_ns(),
	};
	int err;

	err = bw_sandbox_enter(BW_ROLE_ENGINE);
	if (err)
		return log_error(err, "cannot filter system calls");

	err = run(&engine);
	done(&engine);
	return err;
}
