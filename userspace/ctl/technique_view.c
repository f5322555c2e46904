// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: the same file in another view
 *
 * All mounts are made in a mount namespace of the process's own, and go with it.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "technique.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 4
#endif

static int bind_and_read(const struct target *target, struct loot *loot)
{
	const char *view = work_path(target, "view");

	if (mkdir(view, 0700) < 0 || mount(target->directory, view, NULL, MS_BIND, NULL) < 0)
		return -errno;

	return read_below(view, target->name, loot);
}

static int take_namespace(const struct target *target, struct loot *loot)
{
	int err = namespace_enter(0);

	return err ? err : loot_read(loot, target_open(target));
}

static int take_user_namespace(const struct target *target, struct loot *loot)
{
	int err = user_namespace_enter();

	return err ? err : loot_read(loot, target_open(target));
}

static int take_bind(const struct target *target, struct loot *loot)
{
	int err = namespace_enter(0);

	return err ? err : bind_and_read(target, loot);
}

static int take_bind_as_user(const struct target *target, struct loot *loot)
{
	int err = user_namespace_enter();

	return err ? err : bind_and_read(target, loot);
}

static int take_bind_file(const struct target *target, struct loot *loot)
{
	const char *view = work_path(target, "view");
	int fd = creat(view, 0600);
	int err = fd < 0 ? -errno : namespace_enter(0);

	closep(&fd);
	if (err)
		return err;

	if (mount(target->path, view, NULL, MS_BIND, NULL) < 0)
		return -errno;

	return read_below(target->work, "view", loot);
}

static int take_chroot(const struct target *target, struct loot *loot)
{
	if (chroot(target->directory) < 0 || chdir("/") < 0)
		return -errno;

	return read_below("", target->name, loot);
}

/* In a user namespace of its own, until it is ended. */
__attribute__((noreturn)) static void namespace_hold(int out)
{
	bool made = unshare(CLONE_NEWUSER) == 0;

	(void)alarm(20);
	(void)!write(out, made ? "+" : "-", 1);
	(void)pause();
	_exit(0);
}

/* The child's user namespace, in which everybody is who he is. */
static int namespace_open(pid_t pid)
{
	char path[64];
	int err, fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	err = file_write(path, "0 0 4294967295");
	if (err)
		return err;

	(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	err = file_write(path, "0 0 4294967295");
	if (err)
		return err;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int identity_namespace(void)
{
	int fd = -EPERM;
	int ends[2];
	char word;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	pid = fork();
	if (pid == 0)
		namespace_hold(ends[1]);
	if (pid < 0)
		return -errno;

	closep(&ends[1]);
	if (read(ends[0], &word, 1) == 1 && word == '+')
		fd = namespace_open(pid);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return fd;
}

static int take_idmapped(const struct target *target, struct loot *loot)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP };
	long tree = syscall(SYS_open_tree, AT_FDCWD, target->directory, OPEN_TREE_CLONE);
	int names, fd;

	if (tree < 0)
		return -errno;

	names = identity_namespace();
	if (names < 0)
		return names;

	attributes.userns_fd = (uint32_t)names;
	if (syscall(SYS_mount_setattr, (int)tree, "", AT_EMPTY_PATH, &attributes,
		    sizeof(attributes)) < 0)
		return -errno;

	fd = openat((int)tree, target->name, O_RDONLY | O_CLOEXEC);
	return loot_read(loot, fd < 0 ? -errno : fd);
}

/* A mount that is nowhere. */
static int take_detached(const struct target *target, struct loot *loot)
{
	long tree = syscall(SYS_open_tree, AT_FDCWD, target->directory, OPEN_TREE_CLONE);
	int fd = tree < 0 ? -1 : openat((int)tree, target->name, O_RDONLY | O_CLOEXEC);

	return loot_read(loot, fd < 0 ? -errno : fd);
}

/* Attached by the newer calls, which pass no sb_mount. */
static int take_attached(const struct target *target, struct loot *loot)
{
	const char *view = work_path(target, "view");
	int err = namespace_enter(0);
	long tree;

	if (err)
		return err;

	tree = syscall(SYS_open_tree, AT_FDCWD, target->directory, OPEN_TREE_CLONE);
	if (tree < 0 || mkdir(view, 0700) < 0 ||
	    syscall(SYS_move_mount, (int)tree, "", AT_FDCWD, view, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;

	return read_below(view, target->name, loot);
}

/* The directory becomes the root of everything. */
static int take_pivoted(const struct target *target, struct loot *loot)
{
	const char *view = work_path(target, "view");
	int err = namespace_enter(0);

	if (err)
		return err;

	if (mkdir(view, 0700) < 0 || mount(target->directory, view, NULL, MS_BIND, NULL) < 0 ||
	    chdir(view) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || chdir("/") < 0)
		return -errno;

	return read_below("", target->name, loot);
}

static int take_moved(const struct target *target, struct loot *loot)
{
	const char *view = work_path(target, "view");
	char moved[PATH_MAX];
	int err = namespace_enter(0);

	if (err)
		return err;

	(void)snprintf(moved, sizeof(moved), "%s/moved", target->work);
	if (mkdir(view, 0700) < 0 || mkdir(moved, 0700) < 0 ||
	    mount(target->directory, view, NULL, MS_BIND, NULL) < 0 ||
	    mount(view, moved, NULL, MS_MOVE, NULL) < 0)
		return -errno;

	return read_below(moved, target->name, loot);
}

/* Back into the view of the host's first process. */
static int take_joined(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int first = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (first < 0 || setns(first, CLONE_NEWNS) < 0)
		return -errno;

	return loot_read(loot, target_open(target));
}

static int take_other_namespaces(const struct target *target, struct loot *loot)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP) < 0)
		return -errno;

	return loot_read(loot, target_open(target));
}

/* Mounts, says so, and waits to be ended. */
__attribute__((noreturn)) static void view_hold(const struct target *target, const char *view,
						int out)
{
	bool made = !namespace_enter(0) && mount(target->directory, view, NULL, MS_BIND, NULL) == 0;

	(void)alarm(20);
	(void)!write(out, made ? "+" : "-", 1);
	(void)pause();
	_exit(0);
}

/* What is mounted in a child's namespace alone. */
static int take_childs_root(const struct target *target, struct loot *loot)
{
	const char *view = work_path(target, "view");
	char path[PATH_MAX], word;
	int err = -EPERM;
	int ends[2];
	pid_t pid;

	if (mkdir(view, 0700) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	pid = fork();
	if (pid == 0)
		view_hold(target, view, ends[1]);
	if (pid < 0)
		return -errno;

	closep(&ends[1]);
	(void)snprintf(path, sizeof(path), "/proc/%d/root%s", pid, view);
	if (read(ends[0], &word, 1) == 1 && word == '+')
		err = read_below(path, target->name, loot);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return err;
}

const struct technique techniques_view[] = {
	{ "mount-namespace", "A12", "open in a mount namespace", take_namespace, false },
	{ "user-namespace", "A12", "open in a user namespace", take_user_namespace, false },
	{ "bind-mount", "A12", "open through a bind mount", take_bind, false },
	{ "bind-mount-user", "A12", "the same, in a user namespace", take_bind_as_user, false },
	{ "bind-mount-file", "A12", "open through a bind mount of the file", take_bind_file,
	  false },
	{ "chroot", "A12", "open in a chroot", take_chroot, false },
	{ "detached-mount", "A13", "open through a detached mount", take_detached, false },
	{ "idmapped-mount", "A12", "open through an idmapped mount", take_idmapped, false },
	{ "attached-mount", "A13", "open through an attached mount", take_attached, false },
	{ "moved-mount", "A12", "open through a moved mount", take_moved, false },
	{ "pivot-root", "A12", "open after pivot_root", take_pivoted, false },
	{ "first-namespace", "A12", "open in the first mount namespace", take_joined, false },
	{ "other-namespaces", "A12", "open in other namespaces of its own", take_other_namespaces,
	  false },
	{ "child-root", "A12", "open through the root of a child", take_childs_root, false },
	{ NULL, NULL, NULL, NULL, false },
};
