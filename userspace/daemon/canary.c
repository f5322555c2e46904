// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the decoy: a file that the engine itself must be refused
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "canary.h"
#include "cleanup.h"

static const char canary_text[] = "Bulwark's decoy: if you can read this, nothing is protected.\n";

const char *bw_canary_name(enum bw_canary canary)
{
	switch (canary) {
	case BW_CANARY_REFUSED:
		return "refused";
	case BW_CANARY_LEAKED:
		return "leaked";
	default:
		return "unknown";
	}
}

static bool is_sound(const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_uid == 0 && status->st_nlink == 1 &&
	       !(status->st_mode & (S_IWGRP | S_IWOTH)) &&
	       status->st_size == (off_t)strlen(canary_text);
}

int bw_canary_create(const char *path)
{
	_cleanup_(closep) int fd = -EBADF;
	struct stat status;

	if (lstat(path, &status) == 0) {
		if (is_sound(&status))
			return 0;
		if (unlink(path) < 0)
			return -errno;
	}

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;

	if (write(fd, canary_text, strlen(canary_text)) != (ssize_t)strlen(canary_text))
		return -EIO;
	return 0;
}

enum bw_canary bw_canary_try(const struct bw_enforcer *enforcer)
{
	switch (bw_enforcer_prove(enforcer)) {
	case 0:
		return BW_CANARY_REFUSED;
	case -EKEYREJECTED:
		return BW_CANARY_LEAKED;
	default:
		return BW_CANARY_UNKNOWN;
	}
}
