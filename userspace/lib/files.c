// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - files of a directory that decide what the kernel refuses: finds, trusts, reads them
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "files.h"
#include "policy_trust.h"

/* O_NONBLOCK: a fifo must not hold us up. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static const struct bw_position whole_file;

/**
 * struct loading - Files that are being read
 */
struct loading {
	const struct bw_files *files;
	struct bw_diagnostics *diagnostics;
};

/**
 * struct names - Names of a directory's files
 */
struct names {
	char **items;
	size_t len;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->len; i++)
		free(names->items[i]);
	free(names->items);
}

static int complain(struct loading *loading, const char *path, int err, const char *text)
{
	if (bw_diagnostics_add(loading->diagnostics, path, whole_file, false, "%s", text))
		return -ENOMEM;

	return err;
}

static int complain_open(struct loading *loading, const char *path, int err)
{
	_cleanup_(freep) char *text = NULL;

	if (err == -ELOOP)
		return complain(
			loading, path, -EINVAL,
			"it is a symbolic link, which can be turned elsewhere; put the file "
			"itself here");

	if (asprintf(&text, "can't be opened: %s", strerror(-err)) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return complain(loading, path, err, text);
}

/* Reads up to @size bytes; the count read, or -errno. */
static ssize_t bytes_read(int fd, char *bytes, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t count = read(fd, bytes + len, size - len);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (!count)
			break;

		len += count;
	}
	return len;
}

static int text_load(struct loading *loading, const char *path, int fd)
{
	const struct bw_files *files = loading->files;
	/* One byte more shows that the file is too large. */
	_cleanup_(freep) char *text = malloc(files->size_max + 1);
	ssize_t len;

	if (!text)
		return -ENOMEM;

	len = bytes_read(fd, text, files->size_max + 1);
	if (len < 0)
		return complain_open(loading, path, len);

	return files->take(files->context, path, text, len);
}

/* Everything is asked of the open file: the name may bear another by now. */
static int file_load(struct loading *loading, const char *path, int fd)
{
	struct bw_reporter reporter = bw_reporter_begin(loading->diagnostics, path);
	struct stat st;

	if (fstat(fd, &st) < 0)
		return complain_open(loading, path, -errno);

	if (!S_ISREG(st.st_mode))
		return complain(loading, path, -EINVAL, "it is not a regular file");

	if (loading->files->trusted && bw_trust_check(&reporter, fd))
		return bw_reporter_end(&reporter);

	return text_load(loading, path, fd);
}

static int entry_load(struct loading *loading, const char *dir, int dir_fd, const char *name)
{
	_cleanup_(closep) int fd =
		openat(dir_fd, name, OPEN_FLAGS | (loading->files->trusted ? O_NOFOLLOW : 0));
	int open_err = fd < 0 ? -errno : 0;
	_cleanup_(freep) char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return open_err ? complain_open(loading, path, open_err) : file_load(loading, path, fd);
}

static bool name_ends(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return *name != '.' && len > suffix_len && !strcmp(name + len - suffix_len, suffix);
}

static int names_append(struct names *names, const char *name)
{
	char **items = reallocarray(names->items, names->len + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;

	names->items = items;
	items[names->len] = strdup(name);
	if (!items[names->len])
		return -ENOMEM;

	names->len++;
	return 0;
}

/* A file that is silently not read is worse than a wrong one. */
static int name_warn(struct loading *loading, const char *dir, const char *name)
{
	return bw_diagnostics_add(loading->diagnostics, dir, whole_file, true,
				  "'%s' is not read: the names of %s end in '%s'", name,
				  loading->files->what, loading->files->suffix);
}

static int name_take(struct loading *loading, const char *dir, struct names *names,
		     const char *name)
{
	const struct bw_files *files = loading->files;

	if (files->suffix_mistaken && name_ends(name, files->suffix_mistaken))
		return name_warn(loading, dir, name);

	if (!name_ends(name, files->suffix))
		return 0;

	if (names->len >= BW_POLICY_FILES_MAX)
		return complain(loading, dir, -EINVAL, "more files than there can be of them");

	return names_append(names, name);
}

static int names_compare(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

static int names_list(struct loading *loading, const char *dir, int dir_fd, struct names *names)
{
	_cleanup_(closedirp) DIR *stream = NULL;
	struct dirent *entry;
	int err, fd;

	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return complain_open(loading, dir, -errno);

	stream = fdopendir(fd);
	if (!stream) {
		closep(&fd);
		return -ENOMEM;
	}

	while (errno = 0, (entry = readdir(stream))) {
		err = name_take(loading, dir, names, entry->d_name);
		if (err)
			return err;
	}
	if (errno)
		return complain_open(loading, dir, -errno);

	if (names->len)
		qsort(names->items, names->len, sizeof(*names->items), names_compare);
	return 0;
}

static int directory_load(struct loading *loading, const char *dir, int dir_fd)
{
	_cleanup_(names_done) struct names names = { 0 };
	int first = 0, err;

	err = names_list(loading, dir, dir_fd, &names);
	for (size_t i = 0; !err && i < names.len; i++) {
		int entry_err = entry_load(loading, dir, dir_fd, names.items[i]);

		if (entry_err == -ENOMEM)
			return entry_err;
		first = first ? first : entry_err;
	}
	return err ? err : first;
}

/* The directory of a file that was named by its own path. */
static int parent_open(const char *path)
{
	_cleanup_(freep) char *parent = strdup(path);
	char *slash;
	int fd;

	if (!parent)
		return -ENOMEM;

	slash = strrchr(parent, '/');
	if (slash == parent)
		slash++;
	if (slash)
		*slash = 0;

	fd = open(slash ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int directories_trust(struct loading *loading, const char *path, int fd, bool is_dir)
{
	struct bw_reporter reporter = bw_reporter_begin(loading->diagnostics, path);
	_cleanup_(closep) int parent = is_dir ? -EBADF : parent_open(path);

	if (!is_dir && parent < 0)
		return complain_open(loading, path, parent);

	(void)bw_trust_check_directories(&reporter, is_dir ? fd : parent);
	return bw_reporter_end(&reporter);
}

static int path_load(struct loading *loading, const char *path)
{
	_cleanup_(closep) int fd =
		open(path, OPEN_FLAGS | (loading->files->trusted ? O_NOFOLLOW : 0));
	struct stat st;
	bool is_dir;
	int err = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain_open(loading, path, -errno);

	is_dir = S_ISDIR(st.st_mode);
	if (loading->files->trusted)
		err = directories_trust(loading, path, fd, is_dir);
	if (err)
		return err;

	return is_dir ? directory_load(loading, path, fd) : file_load(loading, path, fd);
}

/* "policy.d/" names its files "policy.d/x.yaml" as well. */
static char *path_trimmed(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return strndup(path, len);
}

int bw_files_read(const struct bw_files *files, const char *path,
		  struct bw_diagnostics *diagnostics)
{
	_cleanup_(freep) char *trimmed = path_trimmed(path);
	struct loading loading = { .files = files, .diagnostics = diagnostics };

	return trimmed ? path_load(&loading, trimmed) : -ENOMEM;
}
