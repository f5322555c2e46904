/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: where it works, and the file that proves each
 * technique
 */
#ifndef BULWARK_GROUNDS_H
#define BULWARK_GROUNDS_H

#include "technique.h"

/* As large as a block: a loop device shows nothing of less than a sector. */
#define TWIN_SIZE LOOT_SIZE

/**
 * struct grounds - A directory of our own, on the filesystem of the file to try
 *
 * @directory: Its path.
 * @twin: A file in it, which anybody may read.
 * @work: What a technique gets to work in.
 */
struct grounds {
	char *directory;
	char *twin;
	char *work;
};

/*
 * Makes it in the farthest directory above @path, on its filesystem, in which a new
 * file can be read: outside all sets, and where no pattern of a policy looks.
 *
 * Returns 0, -EXDEV (there is none), or another -errno.
 */
int grounds_make(struct grounds *grounds, const char *path);

/* Is this the beginning of the twin? */
bool grounds_is_twin(const char *bytes, size_t len);

/* Makes an empty @work, and takes it away with what is in it: 0 or -errno. */
int grounds_begin(const struct grounds *grounds);
void grounds_end(const struct grounds *grounds);

void grounds_done(struct grounds *grounds);

#endif
