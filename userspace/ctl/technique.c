// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: what the techniques share
 */
#include "technique.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

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
