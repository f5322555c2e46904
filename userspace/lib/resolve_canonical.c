// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: symbolic links, and whose they are
 *
 * Whoever can make a link chooses what it leads to.  Followed blindly, one in a
 * database's directory would have the host's libraries protected from everybody,
 * or, where an exception is expected, the database from nobody.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolver.h"

/* As many as the kernel follows. */
#define LINKS_MAX 40

/**
 * struct following - A path on its way to its canonical form
 *
 * @path: So far: without links, "" for the root.
 * @links: Met so far.
 * @by_root: Follows root's links alone.
 * @blamed: A link that isn't followed; NULL for none.
 */
struct following {
	char path[PATH_MAX];
	unsigned int links;
	bool by_root;
	char *blamed;
};

static int path_follow(struct following *following, const char *rest);

static void name_cut(struct following *following)
{
	char *slash = strrchr(following->path, '/');

	if (slash)
		*slash = '\0';
}

static int look(const struct following *following, struct stat *ret_status)
{
	const char *path = *following->path ? following->path : "/";

	return lstat(path, ret_status) < 0 ? -errno : 0;
}

static int blame(struct following *following, const char *link)
{
	following->blamed = strdup(link);
	return following->blamed ? -EXDEV : -ENOMEM;
}

/* As fs.protected_symlinks: root's links lead anywhere, others' to what is their own. */
static int target_judge(struct following *following, const char *link, const struct stat *status)
{
	struct stat target;
	int err;

	if (status->st_uid == 0)
		return 0;

	err = look(following, &target);
	if (err || target.st_uid == status->st_uid)
		return err;

	return blame(following, link);
}

static int link_follow(struct following *following, const struct stat *status)
{
	_cleanup_(freep) char *link = strdup(following->path);
	char target[PATH_MAX];
	ssize_t len;
	int err;

	if (!link)
		return -ENOMEM;

	if (following->by_root && status->st_uid != 0)
		return blame(following, link);

	if (following->links++ == LINKS_MAX)
		return -ELOOP;

	len = readlink(link, target, sizeof(target));
	if (len < 0)
		return -errno;

	if (len == sizeof(target))
		return -ENAMETOOLONG;

	target[len] = '\0';
	if (*target == '/')
		following->path[0] = '\0';
	else
		name_cut(following);

	err = path_follow(following, target);
	return err ? err : target_judge(following, link, status);
}

static int name_follow(struct following *following, const char *name, size_t len)
{
	size_t at = strlen(following->path);
	struct stat status;
	int err;

	if (len == 0 || (len == 1 && name[0] == '.'))
		return 0;

	if (len == 2 && name[0] == '.' && name[1] == '.') {
		name_cut(following);
		return 0;
	}
	if (at + 1 + len >= sizeof(following->path))
		return -ENAMETOOLONG;

	following->path[at] = '/';
	memcpy(following->path + at + 1, name, len);
	following->path[at + 1 + len] = '\0';
	err = look(following, &status);
	if (err)
		return err;

	return S_ISLNK(status.st_mode) ? link_follow(following, &status) : 0;
}

static int path_follow(struct following *following, const char *rest)
{
	int err = 0;

	while (*rest && !err) {
		size_t len = strcspn(rest, "/");

		err = name_follow(following, rest, len);
		rest += len + (rest[len] == '/');
	}
	return err;
}

static int canonical_find(const char *path, bool by_root, char **ret_canonical, char **ret_blamed)
{
	_cleanup_(freep) struct following *following = calloc(1, sizeof(*following));
	char *canonical;
	int err;

	if (!following)
		return -ENOMEM;

	following->by_root = by_root;
	err = path_follow(following, path);
	if (err == -EXDEV)
		*ret_blamed = following->blamed;
	if (err)
		return err;

	canonical = strdup(*following->path ? following->path : "/");
	if (!canonical)
		return -ENOMEM;

	*ret_canonical = canonical;
	return 0;
}

int path_canonical(const char *path, char **ret_canonical, char **ret_blamed)
{
	return canonical_find(path, false, ret_canonical, ret_blamed);
}

int path_canonical_by_root(const char *path, char **ret_canonical, char **ret_blamed)
{
	return canonical_find(path, true, ret_canonical, ret_blamed);
}

bool leads_nowhere(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -ELOOP || err == -ENAMETOOLONG;
}

int path_open(const char *canonical, int flags)
{
	_cleanup_(closep) int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(freep) char *names = strdup(canonical + 1);
	char *name = names;
	char *next;
	int fd;

	if (directory < 0)
		return -errno;

	if (!names)
		return -ENOMEM;

	while ((next = strchr(name, '/'))) {
		*next++ = '\0';
		fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;

		close(directory);
		directory = fd;
		name = next;
	}
	fd = openat(directory, *name ? name : ".", flags | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
