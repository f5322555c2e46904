/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - path patterns of a policy: how they are written, what they cover
 *
 * As in glob(7): `*` and `?` don't match '/', nor a dot at the start of a name.
 */
#ifndef BULWARK_PATTERN_H
#define BULWARK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is this path or pattern absolute, without "." and "..", doubled or trailing
 * '/'?  NULL if so, else what is wrong with it.
 */
const char *bw_path_fault(const char *path);

/* The same path as it would be right; malloc'ed, NULL without memory. */
char *bw_path_normalise(const char *path);

/* Holds characters that glob(7) gives a meaning. */
bool bw_pattern_has_glob(const char *pattern);

/*
 * How many bytes of @path, from its start, @pattern names: all of them for the
 * file itself, fewer for a directory above it, 0 if it covers @path not at all.
 */
size_t bw_pattern_covers(const char *pattern, const char *path);

/* How what two patterns match lies to each other. */
enum bw_relation {
	BW_RELATION_APART = 1,
	/* Two patterns: only the files that exist could tell. */
	BW_RELATION_MAYBE = 2,
	/* All that the inner one matches is, or lies below, what the outer one matches. */
	BW_RELATION_INSIDE = 3,
};

enum bw_relation bw_pattern_relation(const char *outer, const char *inner);

/*
 * Why this can't be protected, NULL if it can: "the system runs from it".
 * @ret_path: The directory that it matches or lies in.
 */
const char *bw_pattern_vital(const char *pattern, const char **ret_path);

#endif
