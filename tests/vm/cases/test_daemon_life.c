// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-5: the daemon's death, end and restart change no verdict
 *
 * Boots with two processors.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define SET "/srv/set"
#define ELSEWHERE "set: pensions\nversion: 2\nmode: enforce\nprotect: [/srv/else]\ngrants: []\n"

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

/* --- What a start makes of the files -------------------------------------------- */

/* The protected directory, which a mount hides from then on. */
static int hide_set(void)
{
	int directory = open(SET, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (mount("tmpfs", SET, "tmpfs", 0, NULL) < 0)
		diag("cannot mount over '%s': %s", SET, strerror(errno));
	return directory;
}

static int read_at(int directory, const char *name)
{
	_cleanup_(closep) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	char byte;

	return fd < 0 || read(fd, &byte, 1) < 0 ? -errno : 0;
}

/* Somebody mounts over the set and has the daemon start again. */
static pid_t test_start_is_no_apply(pid_t engine)
{
	_cleanup_(closep) int hidden = -EBADF;

	(void)live_end(engine, SIGTERM);
	hidden = hide_set();
	engine = live_start();
	ok(engine > 0, "it starts with another filesystem over the set");
	is(read_at(hidden, "secret"), -EACCES, "what lies below it stays protected");
	(void)live_end(engine, SIGTERM);
	engine = live_start();
	is(read_at(hidden, "secret"), -EACCES, "at the second start as well");

	json_decref(live_ask("apply"));
	is(read_at(hidden, "secret"), 0, "until an administrator applies the policy");
	closep(&hidden);
	hidden = -EBADF;
	is(umount2(SET, MNT_DETACH), 0, "it is unmounted");
	json_decref(live_ask("apply"));
	live_refused("with the set in its place again");
	return engine;
}

/* The control: files that were written since are what is asked for. */
static pid_t test_start_with_other_files(pid_t engine)
{
	int err;

	live_policy("pensions.yaml", ELSEWHERE);
	(void)live_end(engine, SIGTERM);
	live_refused("before the start");
	engine = live_start();
	(void)live_read(LIVE_SECRET, 1, &err);
	is(err, 0, "files that were changed before a start are applied by it");

	live_policy_first();
	json_decref(live_ask("apply"));
	live_refused("with the first files");
	return engine;
}

/* An upgrade of the server while the daemon is away. */
static pid_t test_start_after_upgrade(pid_t engine)
{
	int reader = live_reader_start();

	(void)live_end(engine, SIGTERM);
	live_copy_granted();
	engine = live_start();
	is(live_read_granted(), 0, "an executable that was replaced meanwhile has its grant");
	is(live_reader_end(reader), 0, "who runs the old one was never refused");
	return engine;
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
	engine = test_start_is_no_apply(engine);
	engine = test_start_with_other_files(engine);
	engine = test_start_after_upgrade(engine);
	live_finish(engine);
	return done();
}
