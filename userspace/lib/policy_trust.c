// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - trust: may what is open here decide what the kernel refuses?
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "policy_trust.h"

static const struct bw_position whole_file;

/* Says what is wrong with @what: "it", or a directory's path. */
static int stat_check(struct bw_reporter *reporter, const struct stat *st, const char *what)
{
	size_t errors = reporter->errors;

	if (st->st_uid)
		bw_report_error(reporter, whole_file,
				"%s belongs to user %u; only what root owns is trusted: chown root",
				what, st->st_uid);
	if (st->st_mode & S_IWGRP)
		bw_report_error(reporter, whole_file,
				"the group %u can write %s; only root may: chmod g-w", st->st_gid,
				what);
	if (st->st_mode & S_IWOTH)
		bw_report_error(reporter, whole_file,
				"everybody can write %s; only root may: chmod o-w", what);
	return reporter->errors > errors ? -EINVAL : 0;
}

int bw_trust_check(struct bw_reporter *reporter, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		bw_report_error(reporter, whole_file, "can't be examined: %s", strerror(errno));
		return -EINVAL;
	}
	return stat_check(reporter, &st, "it");
}

static int directory_check(struct bw_reporter *reporter, int fd, struct stat *st, bool above)
{
	char link[32], path[PATH_MAX];
	ssize_t len;

	if (fstat(fd, st) < 0) {
		bw_report_error(reporter, whole_file, "its directory can't be examined: %s",
				strerror(errno));
		return -EINVAL;
	}

	if (above && (st->st_mode & S_ISVTX))
		st->st_mode &= ~(S_IWGRP | S_IWOTH);

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	path[len < 0 ? 0 : len] = 0;
	return stat_check(reporter, st, len < 0 ? "a directory above it" : path);
}

int bw_trust_check_directories(struct bw_reporter *reporter, int dir_fd)
{
	_cleanup_(closep) int fd = -EBADF;
	struct stat st, last = { 0 };
	int err;

	err = directory_check(reporter, dir_fd, &st, false);
	while (st.st_dev != last.st_dev || st.st_ino != last.st_ino) {
		int up = openat(fd < 0 ? dir_fd : fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0) {
			bw_report_error(reporter, whole_file,
					"the directory above can't be opened: %s", strerror(errno));
			return -EINVAL;
		}

		closep(&fd);
		fd = up;
		last = st;
		/* The root directory is its own parent: once is enough. */
		if (fstat(fd, &st) == 0 && st.st_dev == last.st_dev && st.st_ino == last.st_ino)
			break;

		if (directory_check(reporter, fd, &st, true))
			err = -EINVAL;
	}
	return err;
}
