// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: where it works, and the file that proves each
 * technique
 */
#include "grounds.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

static const char twin_line[] = "Bulwark's selftest: a twin that anybody may read, for control.\n";

static char twin_byte(size_t at)
{
	return twin_line[at % (sizeof(twin_line) - 1)];
}

bool grounds_is_twin(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != twin_byte(i))
			return false;
	return true;
}

static int twin_write(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char bytes[TWIN_SIZE];

	if (fd < 0)
		return -errno;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = twin_byte(i);
	if (write(fd, bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes) || fsync(fd) < 0)
		return -EIO;
	return 0;
}

/* Not so in a set, of which a new file is part at once. */
static int twin_prove(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	return fd < 0 || read(fd, &byte, 1) != 1 ? -EACCES : 0;
}

static int directory_make(struct grounds *grounds, const char *above)
{
	if (asprintf(&grounds->directory, "%s/bulwark-selftest.XXXXXX", *above ? above : "") < 0 ||
	    !mkdtemp(grounds->directory))
		return -errno;

	if (asprintf(&grounds->twin, "%s/twin", grounds->directory) < 0 ||
	    asprintf(&grounds->work, "%s/work", grounds->directory) < 0)
		return -ENOMEM;

	return 0;
}

static int grounds_try(struct grounds *grounds, const char *above)
{
	int err = directory_make(grounds, above);

	if (!err)
		err = twin_write(grounds->twin);
	if (!err)
		err = twin_prove(grounds->twin);
	if (err)
		grounds_done(grounds);
	return err;
}

static bool is_on_filesystem(const char *directory, dev_t device)
{
	struct stat status;

	return stat(*directory ? directory : "/", &status) == 0 && status.st_dev == device;
}

int grounds_make(struct grounds *grounds, const char *path)
{
	char above[PATH_MAX];
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;

	for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
		(void)snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		if (is_on_filesystem(above, status.st_dev) && !grounds_try(grounds, above))
			return 0;
	}
	return -EXDEV;
}

int grounds_begin(const struct grounds *grounds)
{
	return mkdir(grounds->work, 0700) < 0 ? -errno : 0;
}

/* Techniques make files, and directories to mount on: nothing deeper. */
void grounds_end(const struct grounds *grounds)
{
	_cleanup_(closedirp) DIR *work = opendir(grounds->work);
	const struct dirent *entry;

	while (work && (entry = readdir(work)))
		if (unlinkat(dirfd(work), entry->d_name, 0) < 0)
			(void)unlinkat(dirfd(work), entry->d_name, AT_REMOVEDIR);
	(void)rmdir(grounds->work);
}

void grounds_done(struct grounds *grounds)
{
	if (grounds->twin)
		(void)unlink(grounds->twin);
	if (grounds->directory)
		(void)rmdir(grounds->directory);
	free(grounds->directory);
	free(grounds->twin);
	free(grounds->work);
	memset(grounds, 0, sizeof(*grounds));
}
