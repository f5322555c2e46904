// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the evidence on disk: JSON Lines, one write(2) per record
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "logger_file.h"

int bw_log_file_open(struct bw_log_file *file, const char *path)
{
	_cleanup_(closep) int fd = -EBADF;
	struct stat status;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	if (fd < 0)
		return -errno;

	if (fstat(fd, &status) < 0)
		return -errno;

	/* Fails closed: a fifo or a device keeps no evidence. */
	if (!S_ISREG(status.st_mode))
		return -EINVAL;

	bw_log_file_close(file);
	file->path = path;
	file->fd = take_fd(&fd);
	return 0;
}

void bw_log_file_close(struct bw_log_file *file)
{
	(void)bw_log_file_sync(file);
	closep(&file->fd);
	file->fd = -EBADF;
}

/* Half a record is worse than none: what a full disk cut is taken back. */
static int append_text(int fd, const char *text, size_t len)
{
	ssize_t written;
	off_t end;

	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		return -errno;

	written = write(fd, text, len);
	if (written < 0)
		return -errno;

	if ((size_t)written == len)
		return 0;

	if (ftruncate(fd, end) < 0)
		return -errno;
	return -ENOSPC;
}

int bw_log_file_append(struct bw_log_file *file, const json_t *record)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;
	int err;

	if (file->fd < 0)
		return -EBADF;

	text = json_dumps(record, JSON_COMPACT);
	if (!text)
		return -ENOMEM;

	/* The line's end takes the place of the string's. */
	len = strlen(text);
	text[len] = '\n';
	err = append_text(file->fd, text, len + 1);
	if (err)
		return err;

	file->dirty = true;
	return 0;
}

int bw_log_file_sync(struct bw_log_file *file)
{
	if (file->fd < 0 || !file->dirty)
		return 0;

	if (fdatasync(file->fd) < 0)
		return -errno;

	file->dirty = false;
	return 0;
}
