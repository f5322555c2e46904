// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-5: the daemon's death, end and restart change no verdict
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "scratch.h"
#include "tap.h"

static pid_t test_engine_killed(pid_t engine)
{
	pid_t logger = (pid_t)live_number("logger.pid");
	json_int_t generation = live_number("generation");
	pid_t missed[3];
	int err;

	(void)live_end(engine, SIGKILL);
	ok(live_wait_gone(logger, 40), "the logger ends with its engine");
	for (size_t i = 0; i < ARRAY_LEN(missed); i++) {
		missed[i] = live_read(LIVE_SECRET, 2, &err);
		is(err, -EACCES, "refused without a daemon");
	}
	is(live_read_granted(), 0, "the granted reader reads without a daemon");

	engine = live_start();
	ok(engine > 0, "the next daemon starts");
	ok(live_wait_state("protected", 40), "it protects");
	ok(live_number("generation") > generation, "generations go on");
	ok(live_number("counters.refused") >= 6, "counters go on");
	for (size_t i = 0; i < ARRAY_LEN(missed); i++)
		ok(live_is_told(missed[i]), "the refusal it missed is on record");
	ok(live_wait_line(LIVE_EVENTS, "\"refused\":6", "daemon not running", 30),
	   "the gap and what was refused in it is on record");
	is(live_read_granted(), 0, "the granted reader reads");
	return engine;
}

static void test_second_daemon(void)
{
	is(scratch_run("/usr/sbin/bulwarkd", NULL), 1, "a second daemon gives up");
	live_refused("all the same");
}

static pid_t test_stop(pid_t engine)
{
	pid_t logger = (pid_t)live_number("logger.pid");
	int status = live_end(engine, SIGTERM);

	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends orderly");
	ok(live_wait_gone(logger, 1), "its logger has ended before");
	live_refused("after the end");
	is(live_read_granted(), 0, "the granted reader reads after the end");
	return live_start();
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	live_prepare();
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts"))
		return done();

	live_refused("at first");
	engine = test_engine_killed(engine);
	test_second_daemon();
	engine = test_stop(engine);
	ok(engine > 0, "it starts again");
	live_finish(engine);
	return done();
}
