// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the event log and its rotated files, line by line
 */
#include <glob.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cleanup.h"
#include "logfiles.h"

/**
 * struct bw_logfiles - The log that is being read
 *
 * @path: Of the file that is written now.
 * @file: The one that was it when it was opened; NULL while there is none.
 * @number: Lines read of @file.
 * @leaving: Another file has come in its place.
 */
struct bw_logfiles {
	char *path;
	FILE *file;
	unsigned long number;
	bool leaving;
};

static ssize_t gz_read(void *cookie, char *buffer, size_t size)
{
	return gzread(cookie, buffer, (unsigned int)size);
}

static int gz_close(void *cookie)
{
	return gzclose(cookie);
}

/* Opens a file, compressed or not. */
static FILE *open_any(const char *path)
{
	static const cookie_io_functions_t functions = { .read = gz_read, .close = gz_close };
	gzFile gz = gzopen(path, "re");
	FILE *file;

	if (!gz)
		return NULL;

	file = fopencookie(gz, "r", functions);
	if (!file)
		(void)gzclose(gz);
	return file;
}

/* Gives all complete lines of @file; returns how many, or -errno. */
static int lines_read(FILE *file, const char *name, unsigned long *number, bw_line_each each,
		      void *context)
{
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;
	int count = 0;
	ssize_t len;

	while ((len = getline(&line, &size, file)) > 0) {
		if (line[len - 1] != '\n') {
			/* Still being written: it is read again when it has its end. */
			(void)fseeko(file, -(off_t)len, SEEK_CUR);
			break;
		}
		line[--len] = '\0';
		each(context, name, ++*number, line, (size_t)len);
		count++;
	}

	if (ferror(file))
		return errno ? -errno : -EIO;

	clearerr(file);
	return count;
}

struct rotated {
	char *path;
	struct timespec written;
};

static int rotated_compare(const void *one, const void *other)
{
	const struct timespec *a = &((const struct rotated *)one)->written;
	const struct timespec *b = &((const struct rotated *)other)->written;

	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;

	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

static int rotated_read(const char *path, bw_line_each each, void *context)
{
	_cleanup_(fclosep) FILE *file = open_any(path);
	unsigned long number = 0;
	int count;

	if (!file)
		return errno == ENOENT ? 0 : -errno;

	count = lines_read(file, path, &number, each, context);
	return count < 0 ? count : 0;
}

/* The files that count, by age: not the log itself, if it was rotated just now. */
static size_t rotated_choose(const glob_t *found, const struct stat *log, int64_t from_s,
			     struct rotated *ret_files)
{
	struct stat stat_buf;
	size_t len = 0;

	for (size_t i = 0; i < found->gl_pathc; i++) {
		if (stat(found->gl_pathv[i], &stat_buf) || stat_buf.st_mtim.tv_sec < from_s)
			continue;

		if (stat_buf.st_ino == log->st_ino && stat_buf.st_dev == log->st_dev)
			continue;

		ret_files[len].path = found->gl_pathv[i];
		ret_files[len++].written = stat_buf.st_mtim;
	}

	qsort(ret_files, len, sizeof(*ret_files), rotated_compare);
	return len;
}

static int rotated_read_all(const glob_t *found, const struct stat *log, int64_t from_s,
			    bw_line_each each, void *context, char **ret_file)
{
	_cleanup_(freep) struct rotated *files = calloc(found->gl_pathc + 1, sizeof(*files));
	size_t len;
	int err = 0;

	if (!files)
		return -ENOMEM;

	len = rotated_choose(found, log, from_s, files);
	for (size_t i = 0; i < len && !err; i++) {
		err = rotated_read(files[i].path, each, context);
		if (err)
			*ret_file = strdup(files[i].path);
	}
	return err;
}

static int older_read(const struct bw_logfiles *files, int64_t from_s, bw_line_each each,
		      void *context, char **ret_file)
{
	_cleanup_(freep) char *pattern = NULL;
	const char *path = files->path;
	glob_t found = { 0 };
	struct stat log;
	int err = 0;

	if (fstat(fileno(files->file), &log))
		return -errno;

	/* A log's name that is a pattern itself has no rotated files. */
	if (strpbrk(path, "*?[\\") || asprintf(&pattern, "%s[-.][0-9]*", path) < 0)
		return 0;

	if (!glob(pattern, 0, NULL, &found))
		err = rotated_read_all(&found, &log, from_s, each, context, ret_file);
	globfree(&found);
	return err;
}

int bw_logfiles_read(const char *path, int64_t from_s, bw_line_each each, void *context,
		     struct bw_logfiles **ret_files, char **ret_file)
{
	_cleanup_(bw_logfiles_freep) struct bw_logfiles *files = calloc(1, sizeof(*files));
	int err;

	*ret_file = NULL;
	if (!files)
		return -ENOMEM;

	files->path = strdup(path);
	if (!files->path)
		return -ENOMEM;

	/* Opened first: a rotation meanwhile moves it out of no reader's sight. */
	files->file = fopen(path, "re");
	if (!files->file)
		err = -errno;
	else
		err = older_read(files, from_s, each, context, ret_file);

	if (!err)
		err = lines_read(files->file, path, &files->number, each, context);

	if (err < 0) {
		if (!*ret_file)
			*ret_file = strdup(path);
		return err;
	}

	*ret_files = take_ptr(files);
	return 0;
}

/* Has another file come in the place of the one that is open? */
static bool is_replaced(const struct bw_logfiles *files)
{
	struct stat open_stat;
	struct stat path_stat;

	if (stat(files->path, &path_stat) || fstat(fileno(files->file), &open_stat))
		return false;

	return path_stat.st_ino != open_stat.st_ino || path_stat.st_dev != open_stat.st_dev;
}

/* A file cut short in place begins anew (logrotate's copytruncate). */
static void rewind_if_cut(struct bw_logfiles *files)
{
	struct stat stat_buf;

	if (fstat(fileno(files->file), &stat_buf) || stat_buf.st_size >= ftello(files->file))
		return;

	rewind(files->file);
	files->number = 0;
}

/* Goes on to the file that is written now. */
static int move_on(struct bw_logfiles *files)
{
	FILE *next = fopen(files->path, "re");

	if (!next)
		return -errno;

	(void)fclose(files->file);
	files->file = next;
	files->number = 0;
	files->leaving = false;
	return 0;
}

int bw_logfiles_more(struct bw_logfiles *files, bw_line_each each, void *context)
{
	bool leaving = files->leaving;
	int count;
	int more;
	int err;

	files->leaving = is_replaced(files);
	rewind_if_cut(files);
	count = lines_read(files->file, files->path, &files->number, each, context);

	/* One look more at the old file: its writer may be late to leave it, too. */
	if (count < 0 || !files->leaving || !leaving)
		return count;

	err = move_on(files);
	if (err)
		return err == -ENOENT ? count : err;

	more = lines_read(files->file, files->path, &files->number, each, context);
	return more < 0 ? more : count + more;
}

void bw_logfiles_free(struct bw_logfiles *files)
{
	if (!files)
		return;

	if (files->file)
		(void)fclose(files->file);
	free(files->path);
	free(files);
}
