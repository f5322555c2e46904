// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - core dumps of who may read a set, to a file, a pipe and a socket
 *
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define TEXT "pension of the canary"
#define PATTERN "/proc/sys/kernel/core_pattern"

#define CORE "/run/core"
#define SOCKET "/run/core.socket"
#define SINK RIG_OTHER " --probe sink " CORE

/* A dump comes late where another process writes it. */
#define WAIT_MS 5000

/* In one copy, on the stack: the executable itself must not hold the text. */
static void read_secret(const char *path, char *seen, size_t size)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(seen, 0, size);
	if (fd >= 0 && read(fd, seen, size - 1) < 0)
		seen[0] = '\0';
}

/* Ends by a signal, and keeps what it has read until then. */
static int probe_crash(const char *path)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	volatile char seen[64];

	read_secret(path, (char *)seen, sizeof(seen));
	(void)setrlimit(RLIMIT_CORE, &all);
	(void)raise(SIGSEGV);
	return seen[0];
}

/* What the kernel starts at a pipe's other end. */
static int probe_sink(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char buffer[65536];
	ssize_t len;

	while ((len = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
		if (write(fd, buffer, len) != len)
			return -EIO;
	return 0;
}

static const struct rig_probe probes[] = {
	{ "crash", probe_crash },
	{ "sink", probe_sink },
};

static bool core_holds(const char *text)
{
	_cleanup_(closep) int fd = open(CORE, O_RDONLY | O_CLOEXEC);
	size_t len = strlen(text), kept = 0;
	char buffer[65536];
	ssize_t got;

	while (fd >= 0 && (got = read(fd, buffer + kept, sizeof(buffer) - kept)) > 0) {
		kept += (size_t)got;
		if (memmem(buffer, kept, text, len))
			return true;

		/* The text may lie across two pieces. */
		if (kept > len)
			memmove(buffer, buffer + kept - len, len);
		kept = kept > len ? len : kept;
	}
	return false;
}

static int listener_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)unlink(SOCKET);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		return -errno;
	return fd;
}

/* Copies one connection to the file that all ways end in. */
static pid_t catcher_start(void)
{
	int listener = listener_open();
	pid_t pid = fork();

	if (pid == 0) {
		alarm(WAIT_MS / 1000);
		if (dup2(accept(listener, NULL, NULL), STDIN_FILENO) < 0)
			_exit(1);
		_exit(-probe_sink(CORE));
	}
	close(listener);
	return pid;
}

/* To a socket older kernels can't: for them it is a file in a directory that isn't there. */
static struct {
	const char *name;
	const char *pattern;
	bool needs_catcher;
	bool missing;
} ways[] = {
	{ "to a file", CORE, false, false },
	{ "to a pipe", "|" SINK, false, false },
	{ "to a socket", "@" SOCKET, true, false },
};

static bool crash_leaks(const char *exe, size_t way, bool leaks)
{
	pid_t catcher = ways[way].needs_catcher ? catcher_start() : -1;
	bool holds = false;
	int pid;

	(void)unlink(CORE);
	(void)file_write(PATTERN, ways[way].pattern);
	pid = rig_call_begin(exe, "crash", SECRET);
	(void)waitpid(pid, NULL, 0);

	/* The whole time where nothing should come. */
	for (int ms = 0; ms < (leaks ? WAIT_MS : 500) && !holds; ms += 50) {
		usleep(50000);
		holds = core_holds(TEXT);
	}
	if (catcher > 0) {
		(void)kill(catcher, SIGKILL);
		(void)waitpid(catcher, NULL, 0);
	}
	return holds;
}

static void ways_check(const char *exe, bool leaks, const char *when)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (ways[i].missing)
			skip("not on this kernel", "%s, %s", when, ways[i].name);
		else
			is(crash_leaks(exe, i, leaks), leaks, "%s, %s", when, ways[i].name);
	}
}

/* Somebody who has nothing of a set to lose. */
static void others_dump(const char *when)
{
	struct stat status;

	(void)unlink(CORE);
	(void)file_write(PATTERN, CORE);
	(void)waitpid(rig_call_begin(RIG_OTHER, "crash", "/dev/null"), NULL, 0);
	ok(stat(CORE, &status) == 0 && status.st_size > 0, "%s, others dump core", when);
}

static void policy(struct rig *rig, enum bw_mode mode)
{
	rig_clear(rig);
	rig_set(rig, 1, mode, "/srv/set");
	rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy in mode %d", mode);
}

static void test_enforced(struct rig *rig)
{
	struct bw_state before;

	policy(rig, BW_MODE_ENFORCE);
	before = rig_state(rig);
	ok(!crash_leaks(RIG_GRANTED, 0, false), "who may read dumps no core");
	ok(access(CORE, F_OK) < 0, "not even an empty one");
	is(rig_state(rig).refused - before.refused, 1, "it is counted once");
	is(rig_state(rig).sequence - before.sequence, 1, "and told");
	ways_check(RIG_GRANTED, false, "enforced");
	others_dump("enforced");
}

static void test_monitored(struct rig *rig)
{
	__u64 would_refuse;

	policy(rig, BW_MODE_MONITOR);
	would_refuse = rig_state(rig).would_refuse;
	ways_check(RIG_GRANTED, true, "watched");
	ok(rig_state(rig).would_refuse > would_refuse, "it is counted");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, TEXT "\n");
	rig_prepare();
	ways[2].missing = !crash_leaks(RIG_GRANTED, 2, true);
	ways_check(RIG_GRANTED, true, "control, before Bulwark");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	ways_check(RIG_GRANTED, true, "control, without a policy");
	test_monitored(&rig);
	test_enforced(&rig);
	rig_end(&rig);
	return done();
}
