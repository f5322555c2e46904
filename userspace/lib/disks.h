/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - block devices: which of them carry a filesystem, and which are free of it
 */
#ifndef BULWARK_DISKS_H
#define BULWARK_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BW_SYSFS_PATH "/sys"
#define BW_PROC_DEVICES_PATH "/proc/devices"

/**
 * struct bw_disk - One block device, whole or a partition
 *
 * @dev: As in struct bw_file_key.
 * @path: Below sysfs, canonical.
 * @wwid: What tells the same disk by another way; "" if it says nothing.
 * @partition: Of the disk whose directory @path lies in.
 * @unstable: Made by software (dm, md, loop, zram, nbd): may show other content
 *	the next moment without its node being made anew.
 * @holds: Bytes of a set lie on it.
 * @under: Some of its bytes are those of a device that holds a set: not free.
 */
struct bw_disk {
	uint32_t dev;
	char *path;
	char *wwid;
	bool partition;
	bool unstable;
	bool holds;
	bool under;
};

struct bw_disks {
	struct bw_disk *items;
	size_t len;
};

/* All of them, of a sysfs mounted at @sysfs.  Returns 0 or -errno. */
int bw_disks_load(const char *sysfs, struct bw_disks *ret_disks);
void bw_disks_done(struct bw_disks *disks);

/*
 * A filesystem whose device number is @dev holds a set.  One without a device of its
 * own (btrfs; tmpfs, an overlay) is known by its @type, as mountinfo tells.  Fails
 * closed: what nobody can tell the disks of may lie on any.
 *
 * Returns 0 or -errno.
 */
int bw_disks_hold(struct bw_disks *disks, const char *sysfs, uint32_t dev, const char *type);

/*
 * Follows the bytes from what holds a set: to the disk of a partition, to partitions of a
 * disk, to what a device is made of, to what is made of it, to the same disk by another
 * way.  Returns 0 or -errno.
 */
int bw_disks_spread(struct bw_disks *disks, const char *sysfs);

/* Is it certain that no byte of a set is on it, and that none can come there? */
static inline bool bw_disk_is_free(const struct bw_disk *disk)
{
	return !disk->under && !disk->unstable;
}

/*
 * Calls @each with the major number of each driver whose character devices hand out
 * what is on a disk (sg, bsg, nvme, ...): those whose number is fixed, loaded or not, and
 * those that a file like BW_PROC_DEVICES_PATH tells.
 *
 * Returns 0, what @each returned if not 0, or -errno.
 */
int bw_raw_majors(const char *path, int (*each)(void *context, uint32_t major), void *context);

#endif
