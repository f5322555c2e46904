/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the event log and its rotated files, line by line
 */
#ifndef BULWARK_LOGFILES_H
#define BULWARK_LOGFILES_H

#include <stdint.h>
#include <stdio.h>

struct bw_logfiles;

/* Called with each complete line, its newline cut off. */
typedef void (*bw_line_each)(void *context, const char *file, unsigned long number,
			     const char *line, size_t len);

/*
 * Reads all of @path and, before it, its rotated files (@path.1, @path.2.gz,
 * @path-20261124), the oldest first; those last written before @from_s (seconds
 * since 1970) are left out.  A last line without an end isn't there yet.
 *
 * Returns 0 or -errno; then @ret_file names the file that couldn't be read,
 * malloc'ed.
 */
int bw_logfiles_read(const char *path, int64_t from_s, bw_line_each each, void *context,
		     struct bw_logfiles **ret_files, char **ret_file);

/*
 * Reads what has been added since, over a rotation too.  Returns the number of
 * lines, or -errno.
 */
int bw_logfiles_more(struct bw_logfiles *files, bw_line_each each, void *context);

void bw_logfiles_free(struct bw_logfiles *files);

static inline void bw_logfiles_freep(struct bw_logfiles **files)
{
	bw_logfiles_free(*files);
}

#endif
