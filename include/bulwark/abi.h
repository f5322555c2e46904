/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - version and limits that every part agrees on
 */
#ifndef BULWARK_ABI_H
#define BULWARK_ABI_H

#include <linux/types.h>

/*
 * Grows whenever a struct in control.h, maps.h or event.h changes its layout or
 * meaning.  A part that meets another number refuses to work (INV-2).
 */
#define BW_ABI_VERSION 1

/* Sets in force at one time.  Number 0 means "in no set". */
#define BW_SETS_MAX 63

/* The daemon's own decoy lives in the last set; no policy can claim it. */
#define BW_SET_CANARY 63

/* A set's name, its final NUL included: [a-z0-9][a-z0-9-]* */
#define BW_SET_NAME_SIZE 32

/* Grants that one executable may have in one set. */
#define BW_GRANTS_PER_EXE_MAX 8

/* A unit's name, its final NUL included.  A power of two: it is a mask too. */
#define BW_UNIT_SIZE 128

/* SHA-256 of policy files. */
#define BW_DIGEST_SIZE 32

/*
 * Directories between a file and the root of its filesystem that are always
 * looked at.  A file so deep that it can't be placed is refused where a set
 * lives (INV-2).
 */
#define BW_DEPTH_MAX 128

/*
 * struct bw_file_key - Names one inode, whatever path led to it
 *
 * @dev: The kernel's encoding (major << 20 | minor) of the superblock's device,
 *	not the one of stat(2).
 * @generation: Inode numbers are used again at once; this tells them apart.
 * @ino: Inode number.
 */
struct bw_file_key {
	__u32 dev;
	__u32 generation;
	__u64 ino;
};

_Static_assert(sizeof(struct bw_file_key) == 16, "bw_file_key has a hole");

#endif
