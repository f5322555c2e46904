/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - filesystems for the time of a test, on loop devices in memory
 */
#ifndef SCRATCH_H
#define SCRATCH_H

/*
 * Makes a filesystem of @type (ext3, ext4, xfs, btrfs, nilfs2) of @size_mb and mounts it on
 * @where, which is made if need be.  -ENOENT where there is no mkfs for it.
 */
int scratch_mount(const char *type, const char *where, unsigned int size_mb);

/* The same with @change of the new image before it is mounted: 0 or -errno. */
int scratch_mount_changed(const char *type, const char *where, unsigned int size_mb,
			  int (*change)(int image));
int scratch_unmount(const char *where);

/* Runs a program to its end, quietly; returns its exit status or -errno. */
int scratch_run(const char *path, ...) __attribute__((sentinel));

#endif
