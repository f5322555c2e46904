/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the evidence on disk: JSON Lines, one write(2) per record
 *
 * Appended to, never rewritten.  A record is in the file, whole or not at all,
 * before the next one is looked at; it is on the disk once bw_log_file_sync() has
 * returned, which the logger calls every second while there is something new,
 * and before it ends.
 */
#ifndef BULWARK_LOGGER_FILE_H
#define BULWARK_LOGGER_FILE_H

#include <jansson.h>
#include <stdbool.h>

/**
 * struct bw_log_file - An open log
 *
 * @path: Borrowed.
 * @fd: -EBADF while it couldn't be opened.
 * @dirty: Something isn't known to be on the disk yet.
 */
struct bw_log_file {
	const char *path;
	int fd;
	bool dirty;
};

/* Opens, or creates, the file; closes the one before.  Returns 0 or -errno. */
int bw_log_file_open(struct bw_log_file *file, const char *path);
void bw_log_file_close(struct bw_log_file *file);

/* Returns 0, -ENOMEM, or the -errno for which nothing of it is in the file. */
int bw_log_file_append(struct bw_log_file *file, const json_t *record);

int bw_log_file_sync(struct bw_log_file *file);

#endif
