// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - grants for a group, the real one, or a login user: at each read
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "tap.h"

#define FILE_NAME "pensions.yaml"

/* In the guest's /etc/group. */
#define BACKUP 34
#define OTHER 35

#define POLICY(rest)                                                                       \
	"set: pensions\nversion: 1\nmode: enforce\nprotect: [/srv/set]\n"                  \
	"grants:\n  - name: reader\n    exe: " LIVE_GRANTED "\n    user: root\n    unit: " \
	"any\n" rest

/* --- Probes ---------------------------------------------------------------- */

static int no_change(void)
{
	return 0;
}

static int become_other(void)
{
	return setgid(OTHER);
}

static int become_backup(void)
{
	return setgid(BACKUP);
}

/* Not the real one. */
static int become_backup_in_effect(void)
{
	return setregid((gid_t)-1, BACKUP);
}

static int join_backup(void)
{
	const gid_t groups[] = { BACKUP };

	return setgroups(ARRAY_LEN(groups), groups);
}

static int log_in_anew(void)
{
	rig_write("/proc/self/loginuid", "101");
	return 0;
}

static int probe_read(const char *path)
{
	return rig_read(path);
}

static int probe_same(const char *path)
{
	return rig_before_and_after(path, no_change);
}

static int probe_change(const char *path)
{
	return rig_before_and_after(path, become_other);
}

static int probe_log_in(const char *path)
{
	return rig_before_and_after(path, log_in_anew);
}

/* What was decided for it as it was is no answer for it as it is. */
static int probe_change_and_back(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	if (fd < 0 || become_other() || pread(fd, &byte, 1, 0) >= 0)
		return -ENODATA;

	return become_backup() || pread(fd, &byte, 1, 0) < 0 ? -errno : 0;
}

/* Each thread has a group of its own, until the C library tells the others. */
static void *thread_change(void *path)
{
	if (syscall(SYS_setgid, OTHER) < 0)
		return (void *)(intptr_t)-ENODATA;
	return (void *)(intptr_t)rig_read(path);
}

static int probe_thread_change(const char *path)
{
	pthread_t thread;
	void *ret;

	if (rig_read(path) || pthread_create(&thread, NULL, thread_change, (void *)path) ||
	    pthread_join(thread, &ret))
		return -ENODATA;

	return rig_read(path) ? -ENODATA : (int)(intptr_t)ret;
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "same", probe_same },
	{ "change", probe_change },
	{ "change-and-back", probe_change_and_back },
	{ "thread-change", probe_thread_change },
	{ "log-in", probe_log_in },
};

/* --- Tests ----------------------------------------------------------------- */

static int call_as(int (*prepare)(void), const char *probe)
{
	return rig_call_after(prepare, LIVE_GRANTED, probe, LIVE_SECRET);
}

static void test_group(const char *by)
{
	diag("%s", by);
	is(call_as(become_backup, "same"), 0, "the group: granted");
	is(call_as(no_change, "read"), -EACCES, "root's group: refused");
	is(call_as(become_other, "read"), -EACCES, "another group: refused");
	is(call_as(become_backup_in_effect, "read"), -EACCES, "the group in effect alone: refused");
	is(call_as(join_backup, "read"), -EACCES, "among other groups alone: refused");
}

static void test_changes(void)
{
	is(call_as(become_backup, "change"), -EACCES, "who was of the group: refused");
	is(call_as(become_backup, "change-and-back"), 0, "who is of it again: granted");
	is(call_as(become_backup, "thread-change"), -EACCES,
	   "a thread that leaves it: refused, and the others go on");
}

static void test_policies(void)
{
	ok(live_apply(FILE_NAME, POLICY("    group: 35\n")), "a group by its number");
	is(call_as(become_other, "read"), 0, "that group: granted");
	is(call_as(become_backup, "read"), -EACCES, "the group before: refused");

	ok(!live_apply(FILE_NAME, POLICY("    group: nobody-such\n")), "an unknown group: refused");
	is(call_as(become_other, "read"), 0, "the policy in force stays");

	ok(live_apply(FILE_NAME, POLICY("    group: any\n")), "any group");
	is(call_as(become_backup, "same"), 0, "one group: granted");
	is(call_as(become_other, "change"), 0, "another group: granted");
}

static void test_logins(void)
{
	ok(live_apply(FILE_NAME, POLICY("    login: none\n")), "nobody who logged in");
	is(live_read_granted(), 0, "as from a unit: granted");

	ok(live_apply(FILE_NAME, POLICY("    login: backup\n")), "a login user");
	is(live_read_granted(), -EACCES, "who didn't log in: refused");
	ok(live_wait_line(LIVE_EVENTS, "wrong-login", LIVE_GRANTED, 20), "and it is on record");

	rig_write("/proc/self/loginuid", "34");
	is(live_read_granted(), 0, "who logged in as backup: granted");
	is(rig_call(LIVE_GRANTED, "same", LIVE_SECRET), 0, "and reads on");
	is(rig_call(LIVE_GRANTED, "log-in", LIVE_SECRET), -EACCES,
	   "who becomes another login user: refused");
	rig_write("/proc/self/loginuid", "101");
	is(live_read_granted(), -EACCES, "who logged in as postgres: refused");

	ok(live_apply(FILE_NAME, POLICY("    login: none\n")), "nobody who logged in, again");
	is(live_read_granted(), -EACCES, "who logged in: refused");
	ok(live_apply(FILE_NAME, POLICY("")), "whoever logged in");
	is(live_read_granted(), 0, "any login user: granted");
}

int main(int argc, char **argv)
{
	pid_t engine;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	live_prepare();
	live_policy(FILE_NAME, POLICY("    group: backup\n"));
	engine = live_start();
	ok(engine > 0, "the daemon starts");

	test_group("with a daemon");
	ok(live_wait_line(LIVE_EVENTS, "wrong-group", LIVE_GRANTED, 20), "that is on record");
	test_changes();

	(void)live_end(engine, SIGKILL);
	test_group("the daemon is gone");
	test_changes();
	engine = live_start();
	ok(engine > 0, "the next daemon starts");

	test_policies();
	test_logins();
	live_finish(engine);
	return done();
}
