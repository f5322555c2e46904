/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what is mounted where: device numbers and paths
 */
#ifndef BULWARK_MOUNTS_H
#define BULWARK_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

#define BW_MOUNTINFO_PATH "/proc/self/mountinfo"

/**
 * struct bw_mount - One line of mountinfo
 *
 * @dev: As in struct bw_file_key.
 * @root: Which directory of the filesystem is mounted; "/" is all of it.
 * @path: Where.
 * @type: "ext4", "proc", ...
 */
struct bw_mount {
	uint32_t dev;
	char *root;
	char *path;
	char *type;
};

struct bw_mounts {
	struct bw_mount *items;
	size_t len;
};

/* Reads a file like BW_MOUNTINFO_PATH.  Returns 0 or -errno. */
int bw_mounts_load(const char *path, struct bw_mounts *ret_mounts);
void bw_mounts_done(struct bw_mounts *mounts);

/*
 * Where the whole of a filesystem is mounted; of several places the shortest
 * path.  NULL when only parts of it are, or nothing.  Valid as long as @mounts.
 */
const char *bw_mounts_root(const struct bw_mounts *mounts, uint32_t dev);

/*
 * The host's path of what is @inner within a filesystem ("/base/5/16384", as
 * bw_event_path() tells); of several the shortest.  An @inner that was cut
 * (".../5/16384") can't be matched with a mount of a part.
 *
 * Malloc'ed; NULL when no mount shows it, or without memory.
 */
char *bw_mounts_path(const struct bw_mounts *mounts, uint32_t dev, const char *inner);

/*
 * What follows @directory in @path, "" for @directory itself: "/b/c" of "/a" and
 * "/a/b/c".  NULL when @path isn't below it.  Both absolute and canonical.
 */
const char *bw_path_below(const char *path, const char *directory);

#endif
