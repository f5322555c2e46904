// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - who a process is: fixed at exec, inherited, compared at each decision
 *
 * Boots with two processors.
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define GO "/run/go"
#define JAIL "/run/jail"

#define USER 34
#define CGROUPS "/sys/fs/cgroup"

/* --- Probes ---------------------------------------------------------------- */

static int probe_read(const char *path)
{
	return rig_read(path);
}

static int probe_fork(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(-rig_read(path));
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static void *thread_read(void *path)
{
	return (void *)(intptr_t)rig_read(path);
}

static void *thread_exec_other(void *path)
{
	execl(RIG_OTHER, RIG_OTHER, "--probe", "read", path, NULL);
	return (void *)(intptr_t)-errno;
}

static void *thread_exec_granted(void *path)
{
	/* Whatever was decided for the thread before must not count after. */
	(void)rig_read(path);
	execl(RIG_GRANTED, RIG_GRANTED, "--probe", "read", path, NULL);
	return (void *)(intptr_t)-errno;
}

static int in_thread(void *(*run)(void *), const char *path)
{
	pthread_t thread;
	void *ret;

	if (pthread_create(&thread, NULL, run, (void *)path) || pthread_join(thread, &ret))
		return -EAGAIN;
	return (int)(intptr_t)ret;
}

static int probe_thread(const char *path)
{
	int err = rig_read(path);

	return err ? err : in_thread(thread_read, path);
}

/* The process has read before, and becomes another program. */
static int probe_exec_other(const char *path)
{
	int err = rig_read(path);

	return err ? err : (int)(intptr_t)thread_exec_other((void *)path);
}

/* The thread has read before, by the grant that its process then gives up. */
static int probe_thread_exec_other(const char *path)
{
	int err = rig_read(path);

	return err ? err : in_thread(thread_exec_other, path);
}

static int probe_thread_exec_granted(const char *path)
{
	return in_thread(thread_exec_granted, path);
}

static int no_change(void)
{
	return 0;
}

static int change_user(void)
{
	return setuid(USER);
}

static int enter_cgroup(const char *path)
{
	char name[256], pid[16];
	_cleanup_(closep) int fd = -EBADF;

	(void)snprintf(name, sizeof(name), CGROUPS "%s/cgroup.procs", path);
	(void)snprintf(pid, sizeof(pid), "%d", getpid());
	fd = open(name, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, pid, strlen(pid)) < 0 ? -errno : 0;
}

static int leave_cgroup(void)
{
	return enter_cgroup("");
}

static int probe_same(const char *path)
{
	return rig_before_and_after(path, no_change);
}

static int probe_change_user(const char *path)
{
	return rig_before_and_after(path, change_user);
}

static int probe_leave_cgroup(const char *path)
{
	return rig_before_and_after(path, leave_cgroup);
}

/* Becomes who is granted only after its exec. */
static int probe_become_user(const char *path)
{
	if (rig_read(path) != -EACCES)
		return -ENODATA;
	return setuid(USER) < 0 ? -errno : rig_read(path);
}

/* Was there before the programs. */
static int probe_wait(const char *path)
{
	while (access(GO, F_OK) < 0)
		(void)usleep(10000);
	return rig_read(path);
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "fork", probe_fork },
	{ "thread", probe_thread },
	{ "exec-other", probe_exec_other },
	{ "thread-exec-other", probe_thread_exec_other },
	{ "thread-exec-granted", probe_thread_exec_granted },
	{ "same", probe_same },
	{ "change-user", probe_change_user },
	{ "become-user", probe_become_user },
	{ "leave-cgroup", probe_leave_cgroup },
	{ "wait", probe_wait },
};

/* --- Tests ----------------------------------------------------------------- */

static void granted(const char *probe, const char *what)
{
	is(rig_call(RIG_GRANTED, probe, SECRET), 0, "%s: granted", what);
}

static void refused(const char *exe, const char *probe, const char *what)
{
	is(rig_call(exe, probe, SECRET), -EACCES, "%s: refused", what);
}

/* A policy of one set and one grant. */
static struct bw_grant *one_grant(struct rig *rig)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, "/srv/set");
	return rig_grant(rig, 1, RIG_GRANTED, 0);
}

static void test_sweep(int granted_pid, int other_pid)
{
	rig_write(GO, "");
	is(rig_call_end(granted_pid), 0, "one that was there before the programs: granted");
	is(rig_call_end(other_pid), -EACCES, "another one: refused");
	(void)unlink(GO);
}

static void test_exe(void)
{
	granted("read", "the executable");
	refused(RIG_OTHER, "read", "a copy of the executable");
	granted("fork", "its child");
	refused(RIG_OTHER, "fork", "a copy's child");
	granted("thread", "its thread");
	refused(RIG_GRANTED, "exec-other", "another program that it becomes");
	refused(RIG_GRANTED, "thread-exec-other", "another program started by its thread");
	is(rig_call(RIG_OTHER, "thread-exec-granted", SECRET), 0,
	   "the executable started by another's thread: granted");
}

static void test_user(struct rig *rig)
{
	struct bw_grant *grant = one_grant(rig);

	grant->flags &= ~BW_GRANT_ANY_USER;
	grant->uid = USER;
	is(rig_apply(rig), 0, "a grant for one user");
	is(rig_call_as(USER, RIG_GRANTED, "read", SECRET), 0, "that user: granted");
	is(rig_call_as(USER + 1, RIG_GRANTED, "read", SECRET), -EACCES, "another one: refused");
	refused(RIG_GRANTED, "read", "root");
	granted("become-user", "one who becomes that user");

	grant->uid = 0;
	is(rig_apply(rig), 0, "a grant for root");
	granted("same", "root");
	refused(RIG_GRANTED, "change-user", "one who was root");
}

static void unit_set(struct bw_grant *grant, const char *unit)
{
	const char *star = strchr(unit, '*');

	grant->flags &= ~BW_GRANT_ANY_UNIT;
	grant->unit_len = strlen(unit);
	grant->unit_star = star ? star - unit : BW_UNIT_NO_STAR;
	(void)snprintf(grant->unit, sizeof(grant->unit), "%s", unit);
}

static int call_in_cgroup(const char *cgroup, const char *probe)
{
	char path[256];
	int err;

	(void)snprintf(path, sizeof(path), CGROUPS "%s", cgroup);
	rig_mkdir(path);
	if (enter_cgroup(cgroup))
		return -ENOTDIR;

	err = rig_call(RIG_GRANTED, probe, SECRET);
	(void)leave_cgroup();
	return err;
}

static const struct {
	const char *unit;
	const char *cgroup;
	int err;
} units[] = {
	{ "db.service", "/system.slice/db.service", 0 },
	{ "db.service", "/system.slice/db.service/worker", 0 },
	{ "db.service", "/system.slice/system-db.slice/db.service", 0 },
	{ "db.service", "/system.slice/other.service", -EACCES },
	{ "db.service", "/system.slice/db.service2", -EACCES },
	{ "db.service", "/system.slice", -EACCES },
	{ "db.service", "", -EACCES },
	/* What a user may name as he likes lies below his manager. */
	{ "db.service", "/user.slice/user-34.slice/user@34.service/db.service", -EACCES },
	{ "db.service", "/user.slice/user-34.slice/user@34.service/app.slice/db.service", -EACCES },
	{ "db@*.service", "/system.slice/system-db.slice/db@15-main.service", 0 },
	{ "db@*.service", "/system.slice/db@.service", -EACCES },
	{ "db@*.service", "/system.slice/db@15.service2", -EACCES },
};

static void test_unit(struct rig *rig)
{
	struct bw_grant *grant = one_grant(rig);

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		unit_set(grant, units[i].unit);
		(void)rig_apply(rig);
		is(call_in_cgroup(units[i].cgroup, "same"), units[i].err ? -ENODATA : 0,
		   "unit '%s' from '%s'", units[i].unit, units[i].cgroup);
	}
	unit_set(grant, "db.service");
	(void)rig_apply(rig);
	is(call_in_cgroup("/system.slice/db.service", "leave-cgroup"), -EACCES,
	   "one that leaves its unit: refused");
}

static int new_user_ns(void)
{
	return unshare(CLONE_NEWUSER);
}

static int new_mount_ns(void)
{
	return unshare(CLONE_NEWNS);
}

/* The same executable by its inode, seen from a tree of one's own. */
static int enter_jail(void)
{
	rig_mkdir(JAIL "/usr");
	rig_mkdir(JAIL "/run");
	rig_mkdir(JAIL "/srv");
	if (mount("/usr", JAIL "/usr", NULL, MS_BIND, NULL) < 0 ||
	    mount("/run", JAIL "/run", NULL, MS_BIND, NULL) < 0 ||
	    mount("/srv", JAIL "/srv", NULL, MS_BIND, NULL) < 0)
		return -errno;

	if ((symlink("usr/lib", JAIL "/lib") < 0 || symlink("usr/lib64", JAIL "/lib64") < 0) &&
	    errno != EEXIST)
		return -errno;

	return chroot(JAIL) < 0 || chdir("/") < 0 ? -errno : 0;
}

static void leave_jail(void)
{
	(void)umount2(JAIL "/srv", MNT_DETACH);
	(void)umount2(JAIL "/run", MNT_DETACH);
	(void)umount2(JAIL "/usr", MNT_DETACH);
}

static void test_view(struct rig *rig)
{
	struct bw_grant *grant = one_grant(rig);

	is(rig_apply(rig), 0, "a grant for anybody on the host");
	is(rig_call_after(new_user_ns, RIG_GRANTED, "read", SECRET), -EACCES,
	   "in a user namespace: refused");
	is(rig_call_after(new_mount_ns, RIG_GRANTED, "read", SECRET), -EACCES,
	   "in a mount namespace: refused");
	is(rig_call_after(enter_jail, RIG_GRANTED, "read", SECRET), -EACCES,
	   "in a chroot: refused");
	leave_jail();

	grant->flags |= BW_GRANT_ANY_MOUNTS;
	is(rig_apply(rig), 0, "a grant in any mount namespace");
	is(rig_call_after(new_mount_ns, RIG_GRANTED, "read", SECRET), 0,
	   "in a mount namespace: granted");
	is(rig_call_after(new_user_ns, RIG_GRANTED, "read", SECRET), -EACCES,
	   "in a user namespace: refused all the same");
}

int main(int argc, char **argv)
{
	int granted_pid, other_pid;
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");

	rig_prepare();
	granted_pid = rig_call_begin(RIG_GRANTED, "wait", SECRET);
	other_pid = rig_call_begin(RIG_OTHER, "wait", SECRET);
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	(void)one_grant(&rig);
	is(rig_apply(&rig), 0, "policy applied");
	test_sweep(granted_pid, other_pid);
	test_exe();
	test_user(&rig);
	test_unit(&rig);
	test_view(&rig);

	rig_end(&rig);
	return done();
}
