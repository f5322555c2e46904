// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-7: the daemon tells of each refusal, whatever happens to its logger
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "scratch.h"
#include "tap.h"

#define COMMAND "/usr/bin/bulwarkctl"

static void test_start(void)
{
	ok(live_wait_state("protected", 40), "the host is protected");
	is_text(live_text("canary"), "refused", "the decoy is refused");
	is(strlen(live_text("policy_sha256")), 64, "the policy files have a digest");
	ok(live_number("keeper.links") > 0, "the keeper holds links");
	is(live_number("generation") > 0, 1, "a generation is in force");
	is(live_read_granted(), 0, "the granted reader reads");
	live_refused("at first");
	ok(live_wait_line(LIVE_EVENTS, "Application Lifecycle", "", 30), "the start is on record");
}

static void test_records(void)
{
	char count[64];
	int err;
	pid_t pid = live_read(LIVE_SECRET, 7, &err);

	ok(live_is_told(pid), "a refusal is on record");
	(void)snprintf(count, sizeof(count), "\"pid\":%d", pid);
	ok(live_wait_line(LIVE_EVENTS, count, "\"count\":7", 60), "its repetitions are one record");
	is(live_lines(LIVE_EVENTS, count, LIVE_SECRET), 2, "both tell of the file");
	is(live_lines(LIVE_EVENTS, count, ""), 2, "there are no more records of it");
	ok(live_lines(LIVE_EVENTS, "\"sequence\"", "") > 0, "records have sequence numbers");
}

static void test_rotation(pid_t engine)
{
	int err;
	pid_t pid;

	is(rename(LIVE_EVENTS, LIVE_EVENTS ".1"), 0, "the log is moved away");
	is(kill(engine, SIGUSR1), 0, "the daemon is told");
	pid = -1;
	for (int i = 0; i < 50 && access(LIVE_EVENTS, F_OK) < 0; i++)
		(void)usleep(100000);
	pid = live_read(LIVE_SECRET, 1, &err);
	ok(live_is_told(pid), "a new log begins");
}

static void test_logger_killed(void)
{
	pid_t logger = (pid_t)live_number("logger.pid");
	int err;
	pid_t pid;

	is(kill(logger, SIGKILL), 0, "the logger is killed");
	pid = live_read(LIVE_SECRET, 1, &err);
	is(err, -EACCES, "refused while there is no logger");
	ok(live_wait_number("logger.restarts", 1, 40), "it is started again");
	ok(live_is_told(pid), "the refusal it missed is on record");
	ok(live_wait_line(LIVE_EVENTS, "daemon not running", "", 40), "the gap is on record");
	ok(live_wait_state("protected", 40), "the host is protected again");
}

/* Those that need a process that has read the decoy, and may. */
static void test_selftest(void)
{
	static const char *const ways[] = {
		"traced",	 "memory-file", "memory-call", "fetched-descriptor", "core-dump",
		"sampled-stack", "probed",	"kcore",       "bpf-process",	     "bpf-page",
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		is(scratch_run(COMMAND, "selftest", "--only", ways[i], NULL), 0,
		   "of who has read the decoy, by selftest: %s: refused", ways[i]);
}

/* Makes a process that waits in a system call make another one instead. */
static int make_call(pid_t pid, unsigned long number)
{
	struct user_regs_struct registers;
	int status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return -errno;

	/* Back onto the instruction that got it into the kernel. */
	registers.rip -= 2;
	registers.rax = number;
	registers.orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) < 0)
		return -errno;

	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0 ? -errno : 0;
}

static void test_logger_violates(void)
{
	json_int_t restarts = live_number("logger.restarts");

	is(make_call((pid_t)live_number("logger.pid"), SYS_unshare), 0,
	   "the logger makes a forbidden call");
	ok(live_wait_text("logger.last_end", "SIGSYS", 40), "it is killed, and that is reported");
	ok(live_wait_number("logger.restarts", restarts + 1, 40), "it is started again");
	ok(live_wait_line(LIVE_LOG, "SIGSYS", "logger", 30), "the daemon's own log tells it");
	live_refused("after a violation");
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	live_prepare();
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts"))
		return done();

	test_start();
	test_records();
	test_selftest();
	test_rotation(engine);
	test_logger_killed();
	test_logger_violates();
	live_finish(engine);
	return done();
}
