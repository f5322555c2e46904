// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: looks below a protected directory for files with other
 * names
 *
 * A directory's anchor protects all below it, but a file with several links may
 * be met by its other name, somewhere else: such files get anchors of their own.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "cleanup.h"
#include "resolver.h"

/**
 * struct walk - One tree
 *
 * @path: Of what is being looked at: only for messages and to tell a file's
 *	names apart.  Cut when it is too long.
 */
struct walk {
	struct resolver *resolver;
	const struct place *top;
	unsigned int depth;
	char path[PATH_MAX];
};

#define walk_say(walk, warning, ...) \
	resolver_say((walk)->resolver, (walk)->top->policy, (walk)->top->at, warning, __VA_ARGS__)

/* Appends a name; returns the length before, for walk_leave(). */
static size_t walk_enter(struct walk *walk, const char *name)
{
	size_t len = strlen(walk->path);

	snprintf(walk->path + len, sizeof(walk->path) - len, "%s%s", len == 1 ? "" : "/", name);
	return len;
}

static void walk_leave(struct walk *walk, size_t len)
{
	walk->path[len] = '\0';
}

static int walk_failed(struct walk *walk, int err)
{
	/* Removed while we looked: the database is at work. */
	if (err == -ENOENT)
		return 0;

	if (err == -ENOMEM)
		return err;

	return walk_say(walk, is_unprivileged(err), "can't look at '%s': %s", walk->path,
			strerror(-err));
}

static int entry_look(int directory, const char *name, struct statx *ret_status)
{
	int err =
		statx(directory, name,
		      AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC | AT_EMPTY_PATH,
		      STATX_TYPE | STATX_NLINK | STATX_INO | STATX_SIZE | STATX_BLOCKS, ret_status);

	return err < 0 ? -errno : 0;
}

static bool is_mount(const struct statx *status)
{
	return status->stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* An inode that is a place by another name than the one we came by. */
static int other_name_meet(struct walk *walk, struct place *place)
{
	bool own = place->set == walk->top->set;

	if (place->anchor == BW_ANCHOR_PROTECT && !own)
		return walk_say(
			walk, !place->directory,
			"'%s' is '%s' of set '%s' by another name; sets may not overlap%s (%s)",
			walk->path, place->path, place->policy->set,
			place->directory ? "" : ": it stays in that one", place->policy->file);

	if (place->anchor != BW_ANCHOR_EXCEPT)
		return 0;

	/* In the set by one of its names is in the set, and one set's hole isn't another's. */
	place->anchor = own ? BW_ANCHOR_PROTECT : 0;
	return walk_say(walk, true,
			"'%s' is another name of '%s', which therefore can't be excepted",
			walk->path, place->path);
}

/* Places that are one inode: indices of by_inode. */
struct range {
	size_t from;
	size_t to;
};

static struct place *range_place(const struct walk *walk, size_t index)
{
	return &walk->resolver->places.items[walk->resolver->by_inode[index]];
}

static struct range range_of_inode(const struct walk *walk, const struct statx *status)
{
	uint64_t dev = makedev(status->stx_dev_major, status->stx_dev_minor);
	struct range range;

	range.from = places_by_inode(walk->resolver, dev, status->stx_ino);
	for (range.to = range.from; range.to < walk->resolver->by_inode_len; range.to++) {
		const struct place *place = range_place(walk, range.to);

		if (place->dev != dev || place->ino != status->stx_ino)
			break;
	}
	return range;
}

/* The place that has the path we came by: it was judged by that. */
static const struct place *range_find_path(const struct walk *walk, const struct range *range)
{
	for (size_t i = range->from; i < range->to; i++)
		if (strcmp(range_place(walk, i)->path, walk->path) == 0)
			return range_place(walk, i);
	return NULL;
}

/* True for what is walked as a place of its own. */
static bool range_is_protected(const struct walk *walk, const struct range *range)
{
	for (size_t i = range->from; i < range->to; i++)
		if (range_place(walk, i)->anchor == BW_ANCHOR_PROTECT)
			return true;
	return false;
}

static int range_meet(struct walk *walk, const struct range *range)
{
	int err = 0;

	for (size_t i = range->from; i < range->to && !err; i++)
		err = other_name_meet(walk, range_place(walk, i));
	return err;
}

static int linked_file_add(struct walk *walk, int directory, const char *name)
{
	_cleanup_(closep) int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : finding_add_linked(walk->resolver, walk->top, fd, false);
}

static int file_visit(struct walk *walk, int directory, const char *name,
		      const struct statx *status)
{
	const struct range range = range_of_inode(walk, status);
	const struct place *named = range_find_path(walk, &range);
	int err;

	if (named && named->anchor == BW_ANCHOR_EXCEPT)
		return 0;

	err = named ? 0 : range_meet(walk, &range);
	/* A place has an anchor of its own. */
	if (err || range_is_protected(walk, &range))
		return err;

	coverage_add(walk->resolver, walk->top, status);
	return status->stx_nlink > 1 ? linked_file_add(walk, directory, name) : 0;
}

/*
 * A snapshot of a btrfs subvolume may lie anywhere, and bears the subvolume's own
 * key: only an anchor of its own keeps what is in it protected.
 */
static bool is_subvolume(int fd, const struct statx *status)
{
	struct statfs filesystem;

	return status->stx_ino == BTRFS_FIRST_FREE_OBJECTID && fstatfs(fd, &filesystem) == 0 &&
	       filesystem.f_type == BTRFS_SUPER_MAGIC;
}

static int directory_visit(struct walk *walk, int fd);

static int subdirectory_visit(struct walk *walk, int directory, const char *name)
{
	_cleanup_(closep) int fd = -EBADF;
	struct statx status;
	struct range range;
	int err;

	fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	err = entry_look(fd, "", &status);
	/* What is mounted is looked at by its own line of mountinfo. */
	if (err || is_mount(&status))
		return err;

	range = range_of_inode(walk, &status);
	/* What is a place of its own is walked as such, or is a hole. */
	if (range_find_path(walk, &range))
		return 0;

	err = range_meet(walk, &range);
	if (err || range_is_protected(walk, &range))
		return err;

	err = is_subvolume(fd, &status) ? finding_add_linked(walk->resolver, walk->top, fd, true)
					: 0;
	if (err)
		return err;

	return directory_visit(walk, take_fd(&fd));
}

static int unknown_visit(struct walk *walk, int directory, const char *name)
{
	struct statx status;
	int err;

	err = entry_look(directory, name, &status);
	if (err)
		return err;

	if (S_ISDIR(status.stx_mode))
		return subdirectory_visit(walk, directory, name);

	return S_ISREG(status.stx_mode) && !is_mount(&status)
		       ? file_visit(walk, directory, name, &status)
		       : 0;
}

static int entry_visit(struct walk *walk, int directory, const struct dirent *entry)
{
	size_t len;
	int err;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return 0;

	len = walk_enter(walk, entry->d_name);
	switch (entry->d_type) {
	case DT_DIR:
		err = subdirectory_visit(walk, directory, entry->d_name);
		break;
	case DT_REG:
	case DT_UNKNOWN:
		err = unknown_visit(walk, directory, entry->d_name);
		break;
	default:
		err = 0;
	}
	if (err)
		err = walk_failed(walk, err);
	walk_leave(walk, len);
	return err;
}

static int entries_visit(struct walk *walk, DIR *dir)
{
	const struct dirent *entry;
	int err = 0;

	while (!err) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;

		err = entry_visit(walk, dirfd(dir), entry);
	}
	return err;
}

/* Takes @fd over.  One descriptor and one buffer per level: depth is bounded. */
static int directory_visit(struct walk *walk, int fd)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	int err;

	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	if (walk->depth == BW_DEPTH_MAX)
		return walk_say(walk, true,
				"'%s' is more than %d directories deep: what is below is refused "
				"to everybody",
				walk->path, BW_DEPTH_MAX);

	walk->depth++;
	err = entries_visit(walk, dir);
	walk->depth--;
	return err;
}

int tree_walk(struct resolver *resolver, const struct place *top, const char *path, int fd)
{
	struct walk walk = { .resolver = resolver, .top = top };
	int err;

	snprintf(walk.path, sizeof(walk.path), "%s", path);
	err = directory_visit(&walk, fd);
	return err ? walk_failed(&walk, err) : 0;
}
