// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: what the techniques share
 */
#include "technique.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "cleanup.h"

int target_open(const struct target *target)
{
	int fd = target->descriptor >= 0 ? fcntl(target->descriptor, F_DUPFD_CLOEXEC, 0)
					 : open(target->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

const char *work_path(const struct target *target, const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", target->work, name);
	return path;
}

void loot_keep(struct loot *loot, const void *bytes, size_t len)
{
	loot->len = len < sizeof(loot->bytes) ? len : sizeof(loot->bytes);
	memcpy(loot->bytes, bytes, loot->len);
}

int loot_read(struct loot *loot, int descriptor)
{
	_cleanup_(closep) int fd = descriptor;
	ssize_t len;

	if (fd < 0)
		return fd;

	len = read(fd, loot->bytes, sizeof(loot->bytes));
	if (len < 0)
		return -errno;

	loot->len = (size_t)len;
	return 0;
}

int namespace_enter(int flags)
{
	if (unshare(flags | CLONE_NEWNS) < 0)
		return -errno;

	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

int file_write(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Root there, and whoever one was here. */
int user_namespace_enter(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	char map[32];
	int err = namespace_enter(CLONE_NEWUSER);

	if (!err)
		err = file_write("/proc/self/setgroups", "deny");
	if (err)
		return err;

	(void)snprintf(map, sizeof(map), "0 %u 1", gid);
	err = file_write("/proc/self/gid_map", map);
	if (err)
		return err;

	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	return file_write("/proc/self/uid_map", map);
}

int read_below(const char *directory, const char *name, struct loot *loot)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return loot_read(loot, fd < 0 ? -errno : fd);
}
