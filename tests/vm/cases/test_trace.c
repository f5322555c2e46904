// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the memory of who may read a set: refused to who may not
 *
 * Boots with two processors.
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define READY "/run/ready"

#define USER 34

/* Where what was read is. */
static char wallet[64] = "empty";

/* Says where its wallet is, and whose, through what it opened when it still could. */
static int hold(int ready)
{
	int err = dprintf(ready, "%lx %d", (unsigned long)wallet, getpid()) < 0 ? -errno : 0;

	while (!err)
		pause();
	return err;
}

static int ready_open(void)
{
	return open(READY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static int wallet_fill(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || read(fd, wallet, sizeof(wallet)) < 0 ? -errno : 0;
}

static int probe_idle(const char *path)
{
	(void)path;
	return hold(ready_open());
}

static int probe_reader(const char *path)
{
	int err = wallet_fill(path);

	return err ? err : hold(ready_open());
}

/* Has read as root, and is somebody without a grant from then on. */
static int probe_leaver(const char *path)
{
	int ready = ready_open();
	int err = wallet_fill(path);

	if (err)
		return err;

	return setuid(USER) < 0 ? -errno : hold(ready);
}

/* Its child has what it read, and is somebody without a grant. */
static int probe_heir(const char *path)
{
	int ready = ready_open();
	int err = wallet_fill(path);
	pid_t pid = err ? -1 : fork();

	if (pid == 0)
		_exit(setuid(USER) < 0 ? errno : -hold(ready));
	return waitpid(pid, NULL, 0) == pid ? 0 : -ECHILD;
}

static void ready_read(unsigned long *ret_address, pid_t *ret_pid)
{
	_cleanup_(closep) int fd = open(READY, O_RDONLY | O_CLOEXEC);
	char text[64] = "";

	*ret_address = 0;
	*ret_pid = 0;
	if (read(fd, text, sizeof(text) - 1) > 0)
		(void)sscanf(text, "%lx %d", ret_address, ret_pid);
}

static unsigned long wallet_address(void)
{
	unsigned long address;
	pid_t pid;

	ready_read(&address, &pid);
	return address;
}

static int memory_call(pid_t pid)
{
	char seen[sizeof(wallet)];
	struct iovec here = { .iov_base = seen, .iov_len = sizeof(seen) };
	struct iovec there = { .iov_base = (void *)wallet_address(), .iov_len = sizeof(seen) };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 ? -errno : 0;
}

static int memory_open(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return rig_open(path, O_RDONLY);
}

static int maps_open(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	return rig_read(path);
}

static int seize(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return -errno;

	(void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	(void)waitpid(pid, NULL, __WALL);
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

static int descriptor_take(pid_t pid)
{
	_cleanup_(closep) int process = (int)syscall(SYS_pidfd_open, pid, 0);
	_cleanup_(closep) int fd = (int)syscall(SYS_pidfd_getfd, process, STDIN_FILENO, 0);

	return fd < 0 ? -errno : 0;
}

static const struct {
	const char *name;
	int (*run)(pid_t pid);
	int refused;
} ways[] = {
	{ "process_vm_readv", memory_call, -EPERM },
	{ "/proc/PID/mem", memory_open, -EACCES },
	{ "PTRACE_SEIZE", seize, -EACCES },
	{ "pidfd_getfd", descriptor_take, -EPERM },
};

/* The ways as a probe, whose path is the process: 0 if all are open. */
static int probe_trace(const char *path)
{
	pid_t pid = (pid_t)strtol(path, NULL, 10);
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(ways) && !err; i++)
		err = ways[i].run(pid);
	return err;
}

static const struct rig_probe probes[] = {
	{ "idle", probe_idle }, { "reader", probe_reader }, { "leaver", probe_leaver },
	{ "heir", probe_heir }, { "trace", probe_trace },
};

/* Starts a process that does as the probe says, and waits until it has. */
static pid_t child_start(const char *exe, const char *probe)
{
	pid_t pid;

	(void)unlink(READY);
	pid = rig_call_begin(exe, probe, SECRET);
	for (int i = 0; i < 500 && !wallet_address(); i++)
		usleep(20000);
	ok(wallet_address(), "%s runs as %s", exe, probe);
	return pid;
}

static void all_refused(pid_t pid, const char *what)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		is(ways[i].run(pid), ways[i].refused, "%s, by %s: refused", what, ways[i].name);
	is(maps_open(pid), 0, "%s: its maps can be listed", what);
}

static void all_open(pid_t pid, const char *what)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		is(ways[i].run(pid), 0, "%s, by %s: open", what, ways[i].name);
}

static void with_child(const char *exe, const char *probe, void (*check)(pid_t, const char *),
		       const char *what)
{
	pid_t started = child_start(exe, probe);
	unsigned long address;
	pid_t pid;

	ready_read(&address, &pid);
	check(pid, what);
	(void)kill(pid, SIGKILL);
	(void)waitpid(started, NULL, 0);
}

static void granted_traces(pid_t pid, const char *what)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", pid);
	is(rig_call(RIG_GRANTED, "trace", number), 0, "%s: open", what);
}

/* @flags: what the grant asks for besides; of what is all zero nothing holds. */
static void policy_asking(struct rig *rig, enum bw_mode mode, __u32 flags)
{
	struct bw_grant *grant;

	rig_clear(rig);
	rig_set(rig, 1, mode, "/srv/set");
	grant = rig_grant(rig, 1, RIG_GRANTED, 0);
	grant->flags = BW_GRANT_ANY_UNIT | flags;
	is(rig_apply(rig), 0, "a policy in mode %d", mode);
}

static void policy(struct rig *rig, enum bw_mode mode)
{
	policy_asking(rig, mode, 0);
}

static void test_enforced(struct rig *rig)
{
	__u64 sequence;

	policy(rig, BW_MODE_ENFORCE);
	sequence = rig_state(rig).sequence;
	with_child(RIG_GRANTED, "reader", all_refused, "who has read");
	is(rig_state(rig).sequence - sequence, 1, "it is told once");
	with_child(RIG_GRANTED, "idle", all_refused, "who may read");
	with_child(RIG_GRANTED, "leaver", all_refused, "who has read, and may not any more");
	with_child(RIG_GRANTED, "heir", all_refused, "the child of one who has read");
	with_child(RIG_OTHER, "idle", all_open, "who may not");
	with_child(RIG_GRANTED, "reader", granted_traces, "who may read, to one who may too");
}

/* A debugger that is there by then would see what is read. */
static void test_later(struct rig *rig)
{
	policy_asking(rig, BW_MODE_ENFORCE, BW_GRANT_HOURS);
	with_child(RIG_GRANTED, "idle", all_refused, "who may read at other hours");
	policy_asking(rig, BW_MODE_ENFORCE, BW_GRANT_LOGIN);
	with_child(RIG_GRANTED, "idle", all_refused, "who may read once it has another login user");
	policy_asking(rig, BW_MODE_ENFORCE, BW_GRANT_SCRIPT);
	with_child(RIG_GRANTED, "idle", all_open, "control: who would have to be started anew");
}

static void test_monitored(struct rig *rig)
{
	__u64 would_refuse;

	policy(rig, BW_MODE_MONITOR);
	would_refuse = rig_state(rig).would_refuse;
	with_child(RIG_GRANTED, "reader", all_open, "who has read what is only watched");
	is(rig_state(rig).would_refuse - would_refuse, ARRAY_LEN(ways), "each way is counted");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	with_child(RIG_GRANTED, "reader", all_open, "control: without a policy");
	test_enforced(&rig);
	test_later(&rig);
	test_monitored(&rig);
	rig_end(&rig);
	return done();
}
