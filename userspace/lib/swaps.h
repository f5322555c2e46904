/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - where the kernel puts memory that it needs elsewhere
 */
#ifndef BULWARK_SWAPS_H
#define BULWARK_SWAPS_H

#define BW_SWAPS_PATH "/proc/swaps"

/*
 * Calls @each with the path of each block device that a file like BW_SWAPS_PATH lists.
 * Files of a filesystem that swap lies in are left out.
 *
 * Returns 0, also where the kernel knows no swap, what @each returned if not 0, or
 * -errno.
 */
int bw_swaps_each(const char *path, int (*each)(void *context, const char *device), void *context);

#endif
