// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: ways to a descriptor
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
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

static int take_handle(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int directory = open(target->directory, O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	int fd, mount;

	if (!handle)
		return -ENOMEM;

	handle->handle_bytes = MAX_HANDLE_SZ;
	if (directory < 0 || name_to_handle_at(AT_FDCWD, target->path, handle, &mount, 0) < 0)
		return -errno;

	fd = open_by_handle_at(directory, handle, O_RDONLY | O_CLOEXEC);
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

/* What an administrator would type. */
static int take_by_program(const char *command, const struct target *target, struct loot *loot)
{
	FILE *pipe;
	size_t len;

	if (setenv("TARGET", target->path, 1) < 0 || chdir(target->directory) < 0 ||
	    setenv("NAME", target->name, 1) < 0)
		return -errno;

	pipe = popen(command, "re");
	if (!pipe)
		return -errno;

	len = fread(loot->bytes, 1, sizeof(loot->bytes), pipe);
	loot->len = len;
	(void)pclose(pipe);
	return len ? 0 : -EACCES;
}

static int take_cat(const struct target *target, struct loot *loot)
{
	return take_by_program("exec cat -- \"$TARGET\" 2>/dev/null", target, loot);
}

static int take_dd(const struct target *target, struct loot *loot)
{
	return take_by_program("exec dd if=\"$TARGET\" status=none 2>/dev/null", target, loot);
}

static int take_cp(const struct target *target, struct loot *loot)
{
	return take_by_program("exec cp -- \"$TARGET\" /dev/stdout 2>/dev/null", target, loot);
}

/* A plain tar has the file's bytes in its second block. */
static int take_tar(const struct target *target, struct loot *loot)
{
	return take_by_program("tar -cO -- \"$NAME\" 2>/dev/null | tail -c +513 | head -c 4096 | "
			       "tr -d '\\000'",
			       target, loot);
}

static int take_shell(const struct target *target, struct loot *loot)
{
	return take_by_program("{ IFS= read -r line && printf '%s\\n' \"$line\"; } <\"$TARGET\" "
			       "2>/dev/null",
			       target, loot);
}

const struct technique techniques_open[] = {
	{ "open", "A1", "open and read", take_open, false },
	{ "open-to-write", "A1", "open for reading and writing", take_open_to_write, false },
	{ "openat", "A1", "openat of its directory", take_openat, false },
	{ "openat2", "A1", "openat2", take_openat2, false },
	{ "open-within", "A1", "open by its last name, from within", take_from_within, false },
	{ "proc-self-root", "A12", "open through /proc/self/root", take_own_root, false },
	{ "proc-1-root", "A12", "open through /proc/1/root", take_first_root, false },
	{ "proc-self-cwd", "A12", "open through /proc/self/cwd", take_own_directory, false },
	{ "reopen", "A3", "open an O_PATH descriptor anew", take_reopen, false },
	{ "handle", "A5", "open_by_handle_at", take_handle, false },
	{ "symbolic-link", "A11", "open through a symbolic link", take_symbolic_link, false },
	{ "hard-link", "A11", "open through a hard link", take_hard_link, false },
	{ "hard-link-descriptor", "A11", "the same, made of a descriptor", take_link_of_descriptor,
	  false },
	{ "hard-link-proc", "A11", "the same, by /proc/self/fd", take_link_by_proc, false },
	{ "cat", "A1", "cat", take_cat, false },
	{ "cp", "A1", "cp", take_cp, false },
	{ "dd", "A1", "dd", take_dd, false },
	{ "tar", "A1", "tar", take_tar, false },
	{ "shell", "A1", "a shell's redirection", take_shell, false },
	{ NULL, NULL, NULL, NULL, false },
};
