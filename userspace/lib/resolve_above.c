// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: all that an exception lies in
 *
 * Nobody without a grant moves anything out of a set.  So whoever goes up by ".."
 * from a directory in it comes to what protects it, whatever is renamed meanwhile
 * and by whatever link or pattern the directory was found.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolver.h"

/**
 * struct ascent - One place's way up
 *
 * @unsure: What is above couldn't be told for certain.
 */
struct ascent {
	struct resolver *resolver;
	struct place *place;
	bool unsure;
};

static int mounts_follow(struct ascent *ascent, const struct bw_file_key *key, const char *path);

static int identify(const struct ascent *ascent, int fd, struct bw_file_key *ret_key)
{
	const struct bw_identifier *identifier = ascent->resolver->identifier;

	return identifier->identify(identifier->context, fd, ret_key);
}

/* As anchor, or as a name in it if that isn't 0. */
static int above_add(struct place *place, const struct bw_file_key *file, uint64_t name)
{
	int err = array_reserve(&place->above, place->above_len, sizeof(*place->above));

	if (err)
		return err;

	place->above[place->above_len++] = (struct bw_rule_key){
		.kind = name ? BW_RULE_NAME : BW_RULE_ANCHOR,
		.file = *file,
		.name = name,
	};
	return 0;
}

static bool is_mount_root(int fd)
{
	struct statx status;

	/* Who can't tell looks at mountinfo, which says what is mounted there. */
	return statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, 0, &status) < 0 ||
	       status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int parent_open(int directory)
{
	int fd = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The names of a path that was renamed meanwhile don't end where the ascent does. */
static int root_check(struct ascent *ascent, int fd)
{
	_cleanup_(closep) int above = parent_open(fd);
	struct bw_file_key here, there;
	int err;

	if (above < 0)
		return above;

	err = identify(ascent, fd, &here);
	if (!err)
		err = identify(ascent, above, &there);
	if (!err && file_key_compare(&here, &there) != 0)
		ascent->unsure = true;
	return err;
}

/*
 * From the directory @fd, in which the last name of @path is, to the root.  Takes
 * @fd over.  @mounts: goes up from what is mounted by its other paths, too.
 */
static int ascend(struct ascent *ascent, int fd, char *path, bool mounts)
{
	_cleanup_(closep) int here = fd;
	struct bw_file_key key;
	uint64_t name;
	int above, err;

	for (;;) {
		err = identify(ascent, here, &key);
		if (err)
			return err;

		name = bw_name_hash(strrchr(path, '/') + 1);
		(void)path_ascend(path);
		err = above_add(ascent->place, &key, name);
		if (!err)
			err = above_add(ascent->place, &key, 0);
		if (!err && mounts && is_mount_root(here))
			err = mounts_follow(ascent, &key, path);
		if (err)
			return err;

		if (!path[1])
			return root_check(ascent, here);

		above = parent_open(here);
		if (above < 0)
			return above;

		close(here);
		here = above;
	}
}

/* Goes up by one more path of what is mounted, if it is that still. */
static int other_ascend(struct ascent *ascent, const struct bw_file_key *key, char *path,
			bool *ret_met)
{
	_cleanup_(closep) int fd = path_open(path, O_PATH | O_DIRECTORY);
	struct bw_file_key found;
	int above, err;

	/* Where it can't be looked at, it isn't met. */
	if (fd < 0)
		return fd == -ENOMEM ? fd : 0;

	err = identify(ascent, fd, &found);
	if (err || file_key_compare(&found, key) != 0)
		return err;

	*ret_met = true;
	if (!path[1])
		return 0;

	above = parent_open(fd);
	return above < 0 ? above : ascend(ascent, above, path, false);
}

/* The programs go up to the filesystem's root, whatever part of it is mounted. */
static int mount_follow(struct ascent *ascent, const struct bw_file_key *key,
			const struct bw_mount *mount)
{
	const struct bw_mounts *mounts = &ascent->resolver->mounts;
	bool shown = false;
	bool met = false;
	int err = 0;

	for (size_t i = 0; i < mounts->len && !err; i++) {
		struct bw_mounts alone = { .items = &mounts->items[i], .len = 1 };
		_cleanup_(freep) char *path = NULL;

		if (strcmp(mounts->items[i].path, mount->path) == 0)
			continue;

		path = bw_mounts_path(&alone, mount->dev, mount->root);
		if (!path)
			continue;

		shown = true;
		err = other_ascend(ascent, key, path, &met);
	}
	if (shown && !met)
		ascent->unsure = true;
	return err;
}

static int mounts_follow(struct ascent *ascent, const struct bw_file_key *key, const char *path)
{
	const struct bw_mounts *mounts = &ascent->resolver->mounts;
	const struct bw_mount *top = NULL;

	/* The last of several at one path covers the others. */
	for (size_t i = 0; i < mounts->len; i++)
		if (strcmp(mounts->items[i].path, path) == 0)
			top = &mounts->items[i];

	if (!top)
		ascent->unsure = true;
	return top && strcmp(top->root, "/") != 0 ? mount_follow(ascent, key, top) : 0;
}

static int place_ascend(struct ascent *ascent, const char *path)
{
	struct place *place = ascent->place;
	_cleanup_(freep) char *directory = path_directory(path);
	_cleanup_(freep) char *rest = strdup(path);
	int fd, err;

	if (!directory || !rest)
		return -ENOMEM;

	fd = path_open(directory, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;

	err = ascend(ascent, fd, rest, true);
	if (err)
		return err;

	/* The hole is made in @place->parent: another directory may have replaced it. */
	if (file_key_compare(&place->above[0].file, &place->parent) != 0)
		ascent->unsure = true;
	return place->exists ? above_add(place, &place->key, 0) : 0;
}

int above_collect(struct resolver *resolver, const char *path, struct place *place)
{
	struct ascent ascent = { .resolver = resolver, .place = place };
	int err = place_ascend(&ascent, path);

	if (!err && !ascent.unsure)
		return 0;

	/* Fails closed: such a hole is never taken for new. */
	free(take_ptr(place->above));
	place->above_len = 0;
	return err == -ENOMEM ? err : 0;
}
