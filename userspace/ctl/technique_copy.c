// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: copies that the kernel makes
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "technique.h"

/* Where the copy goes. */
static int copy_create(const struct target *target)
{
	int fd = open(work_path(target, "copy"), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* Reads the copy after a call that made it, or says why there is none. */
static int copy_take(int copy, long made, struct loot *loot)
{
	int err = made < 0 ? -errno : 0;
	ssize_t len = pread(copy, loot->bytes, sizeof(loot->bytes), 0);

	loot->len = len > 0 ? (size_t)len : 0;
	return err;
}

static int take_copy_range(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	_cleanup_(closep) int copy = copy_create(target);

	if (fd < 0 || copy < 0)
		return fd < 0 ? fd : copy;

	return copy_take(copy, copy_file_range(fd, NULL, copy, NULL, LOOT_SIZE, 0), loot);
}

/* To another filesystem. */
static int take_copy_across(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	_cleanup_(closep) int copy = memfd_create("copy", MFD_CLOEXEC);

	if (fd < 0)
		return fd;

	return copy_take(copy, copy_file_range(fd, NULL, copy, NULL, LOOT_SIZE, 0), loot);
}

static int take_clone(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	_cleanup_(closep) int copy = copy_create(target);

	if (fd < 0 || copy < 0)
		return fd < 0 ? fd : copy;

	return copy_take(copy, ioctl(copy, FICLONE, fd), loot);
}

static int take_clone_range(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	_cleanup_(closep) int copy = copy_create(target);
	struct file_clone_range range = { .src_fd = fd };

	if (fd < 0 || copy < 0)
		return fd < 0 ? fd : copy;

	return copy_take(copy, ioctl(copy, FICLONERANGE, &range), loot);
}

/*
 * Not the bytes, but whether they are what was guessed: zeros, which they aren't.
 * An answer is as good as a byte.
 */
static int take_dedupe(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	_cleanup_(closep) int guess = copy_create(target);
	union {
		struct file_dedupe_range range;
		char room[sizeof(struct file_dedupe_range) + sizeof(struct file_dedupe_range_info)];
	} call = { .range = { .src_length = LOOT_SIZE, .dest_count = 1 } };

	if (fd < 0 || guess < 0)
		return fd < 0 ? fd : guess;

	call.range.info[0].dest_fd = fd;
	if (ftruncate(guess, LOOT_SIZE) < 0 || ioctl(guess, FIDEDUPERANGE, &call.range) < 0)
		return -errno;

	if (call.range.info[0].status < 0)
		return call.range.info[0].status;

	loot_keep(loot, "answered", strlen("answered"));
	return 0;
}

const struct technique techniques_copy[] = {
	{ "copy-file-range", "E6", "copy_file_range", take_copy_range, false },
	{ "copy-file-range-across", "E6", "the same, to another filesystem", take_copy_across,
	  false },
	{ "clone", "E7", "FICLONE", take_clone, false },
	{ "clone-range", "E7", "FICLONERANGE", take_clone_range, false },
	{ "dedupe", "E8", "FIDEDUPERANGE as an oracle", take_dedupe, true },
	{ NULL, NULL, NULL, NULL, false },
};
