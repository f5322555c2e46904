// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: ways to a descriptor
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "cleanup.h"
#include "technique.h"

static int open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int take_open(const struct target *target, struct loot *loot)
{
	return loot_read(loot, target_open(target));
}

static int take_open_to_write(const struct target *target, struct loot *loot)
{
	return loot_read(loot, open_path(target->path, O_RDWR));
}

static int open_at(const struct target *target, int directory)
{
	int fd = directory < 0 ? -1 : openat(directory, target->name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int take_openat(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int directory = open(target->directory, O_PATH | O_CLOEXEC);

	return loot_read(loot, open_at(target, directory));
}

static int take_openat2(const struct target *target, struct loot *loot)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };
	long fd = syscall(SYS_openat2, AT_FDCWD, target->path, &how, sizeof(how));

	return loot_read(loot, fd < 0 ? -errno : (int)fd);
}

static int take_from_within(const struct target *target, struct loot *loot)
{
	if (chdir(target->directory) < 0)
		return -errno;

	return loot_read(loot, open_path(target->name, O_RDONLY));
}

static int take_not_followed(const struct target *target, struct loot *loot)
{
	return loot_read(loot, open_path(target->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
}

static int take_open_to_append(const struct target *target, struct loot *loot)
{
	return loot_read(loot, open_path(target->path, O_RDWR | O_APPEND));
}

/* Resolved below a directory that is taken for the root. */
static int take_in_root(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	long fd = syscall(SYS_openat2, root, target->path, &how, sizeof(how));

	return loot_read(loot, fd < 0 ? -errno : (int)fd);
}

/* Down and up again on the way. */
static int take_roundabout(const struct target *target, struct loot *loot)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/.././%s/../%s", target->work, "work", "work");
	if (chdir(path) < 0)
		return -errno;

	(void)snprintf(path, sizeof(path), "/../.%s", target->path);
	return loot_read(loot, open_path(path, O_RDONLY));
}

static int take_linked_directory(const struct target *target, struct loot *loot)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/symbolic/%s", target->work, target->name);
	if (symlink(target->directory, work_path(target, "symbolic")) < 0)
		return -errno;

	return loot_read(loot, open_path(path, O_RDONLY));
}

static int take_by_proc(const char *prefix, const char *path, struct loot *loot)
{
	char whole[PATH_MAX];

	(void)snprintf(whole, sizeof(whole), "%s%s", prefix, path);
	return loot_read(loot, open_path(whole, O_RDONLY));
}

static int take_own_root(const struct target *target, struct loot *loot)
{
	return take_by_proc("/proc/self/root", target->path, loot);
}

static int take_task_root(const struct target *target, struct loot *loot)
{
	char prefix[64];

	(void)snprintf(prefix, sizeof(prefix), "/proc/self/task/%ld/root", syscall(SYS_gettid));
	return take_by_proc(prefix, target->path, loot);
}

static int take_first_root(const struct target *target, struct loot *loot)
{
	return take_by_proc("/proc/1/root", target->path, loot);
}

static int take_own_directory(const struct target *target, struct loot *loot)
{
	if (chdir(target->directory) < 0)
		return -errno;

	return take_by_proc("/proc/self/cwd/", target->name, loot);
}

static int take_thread_root(const struct target *target, struct loot *loot)
{
	return take_by_proc("/proc/thread-self/root", target->path, loot);
}

/* Its directory as the descriptor that leads there. */
static int take_through_descriptor(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int directory = open(target->directory, O_PATH | O_CLOEXEC);
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", directory, target->name);
	return loot_read(loot, directory < 0 ? -errno : open_path(path, O_RDONLY));
}

/* A descriptor for the path alone, which anybody gets, made one for reading. */
static int take_reopen(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_PATH | O_CLOEXEC);
	char number[16];

	if (fd < 0)
		return -errno;

	(void)snprintf(number, sizeof(number), "%d", fd);
	return take_by_proc("/proc/self/fd/", number, loot);
}

/* Opens what the handle of that path leads to. */
static int handle_open(const struct target *target, int of, const char *path, int flags,
		       int open_flags)
{
	_cleanup_(closep) int directory = open(target->work, O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	int fd, mount;

	if (!handle)
		return -ENOMEM;

	handle->handle_bytes = MAX_HANDLE_SZ;
	if (directory < 0 || name_to_handle_at(of, path, handle, &mount, flags) < 0)
		return -errno;

	fd = open_by_handle_at(directory, handle, open_flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int take_handle(const struct target *target, struct loot *loot)
{
	return loot_read(loot, handle_open(target, AT_FDCWD, target->path, 0, O_RDONLY));
}

static int take_handle_of_descriptor(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno
		      : loot_read(loot, handle_open(target, fd, "", AT_EMPTY_PATH, O_RDONLY));
}

static int take_handle_of_directory(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int directory =
		handle_open(target, AT_FDCWD, target->directory, 0, O_PATH | O_DIRECTORY);

	return directory < 0 ? directory : loot_read(loot, open_at(target, directory));
}

/**
 * struct xfs_request - What XFS's own calls for handles take
 *
 * @fd: Of the file; not used here.
 * @path: Of it.
 * @flags: As of open(2).
 * @from, @from_len: A handle that is there.
 * @to, @to_len: Room for one.
 */
struct xfs_request {
	uint32_t fd;
	const char *path;
	uint32_t flags;
	void *from;
	uint32_t from_len;
	void *to;
	uint32_t *to_len;
};

#define XFS_PATH_TO_HANDLE _IOWR('X', 105, struct xfs_request)
#define XFS_OPEN_BY_HANDLE _IOWR('X', 107, struct xfs_request)

static int take_xfs_handle(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int directory = open(target->work, O_RDONLY | O_CLOEXEC);
	char handle[64];
	uint32_t len = sizeof(handle);
	struct xfs_request request = {
		.path = target->path,
		.flags = O_RDONLY | O_NOFOLLOW,
		.to = handle,
		.to_len = &len,
	};
	int fd;

	if (directory < 0 || ioctl(directory, XFS_PATH_TO_HANDLE, &request) < 0)
		return -errno;

	request.from = handle;
	request.from_len = len;
	fd = ioctl(directory, XFS_OPEN_BY_HANDLE, &request);
	return loot_read(loot, fd < 0 ? -errno : fd);
}

static int take_symbolic_link(const struct target *target, struct loot *loot)
{
	const char *link = work_path(target, "symbolic");

	if (symlink(target->path, link) < 0)
		return -errno;

	return loot_read(loot, open_path(link, O_RDONLY));
}

static int take_linked(const struct target *target, int made, struct loot *loot)
{
	return made < 0 ? -errno : loot_read(loot, open_path(work_path(target, "hard"), O_RDONLY));
}

static int take_hard_link(const struct target *target, struct loot *loot)
{
	return take_linked(target, link(target->path, work_path(target, "hard")), loot);
}

static int take_link_of_descriptor(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_PATH | O_CLOEXEC);

	return take_linked(
		target, linkat(fd, "", AT_FDCWD, work_path(target, "hard"), AT_EMPTY_PATH), loot);
}

static int take_link_by_proc(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_PATH | O_CLOEXEC);
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return take_linked(
		target,
		linkat(AT_FDCWD, path, AT_FDCWD, work_path(target, "hard"), AT_SYMLINK_FOLLOW),
		loot);
}

const struct technique techniques_open[] = {
	{ "open", "A1", "open and read", take_open, false },
	{ "open-to-write", "A1", "open for reading and writing", take_open_to_write, false },
	{ "open-to-append", "A1", "open for appending", take_open_to_append, false },
	{ "open-nofollow", "A1", "open without following links", take_not_followed, false },
	{ "openat", "A1", "openat of its directory", take_openat, false },
	{ "openat2", "A1", "openat2", take_openat2, false },
	{ "openat2-in-root", "A1", "openat2 below a root", take_in_root, false },
	{ "open-roundabout", "A1", "open by a way round", take_roundabout, false },
	{ "open-within", "A1", "open by its last name, from within", take_from_within, false },
	{ "proc-self-root", "A12", "open through /proc/self/root", take_own_root, false },
	{ "proc-thread-root", "A12", "open through /proc/thread-self", take_thread_root, false },
	{ "proc-task-root", "A12", "open through /proc/self/task", take_task_root, false },
	{ "proc-1-root", "A12", "open through /proc/1/root", take_first_root, false },
	{ "proc-self-cwd", "A12", "open through /proc/self/cwd", take_own_directory, false },
	{ "proc-self-fd", "A12", "open through its directory's descriptor", take_through_descriptor,
	  false },
	{ "reopen", "A3", "open an O_PATH descriptor anew", take_reopen, false },
	{ "handle", "A5", "open_by_handle_at", take_handle, false },
	{ "handle-descriptor", "A5", "the same, of a descriptor", take_handle_of_descriptor,
	  false },
	{ "handle-directory", "A5", "the same, of its directory", take_handle_of_directory, false },
	{ "xfs-handle", "A6", "XFS_IOC_OPEN_BY_HANDLE", take_xfs_handle, false },
	{ "symbolic-directory", "A11", "open through a linked directory", take_linked_directory,
	  false },
	{ "symbolic-link", "A11", "open through a symbolic link", take_symbolic_link, false },
	{ "hard-link", "A11", "open through a hard link", take_hard_link, false },
	{ "hard-link-descriptor", "A11", "the same, made of a descriptor", take_link_of_descriptor,
	  false },
	{ "hard-link-proc", "A11", "the same, by /proc/self/fd", take_link_by_proc, false },
	{ NULL, NULL, NULL, NULL, false },
};
