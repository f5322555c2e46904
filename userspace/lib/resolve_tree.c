// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: all protected trees, and what is mounted in them
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolver.h"

#define place_say(resolver, place, warning, ...) \
	resolver_say(resolver, (place)->policy, (place)->at, warning, __VA_ARGS__)

/* Filesystems of the kernel's own: no data, and mounted in many places at once. */
static bool type_is_pseudo(const char *type)
{
	static const char *const pseudo[] = {
		"autofs",  "binfmt_misc", "bpf",      "cgroup",	    "cgroup2",	  "configfs",
		"debugfs", "devpts",	  "devtmpfs", "efivarfs",   "fusectl",	  "mqueue",
		"nsfs",	   "proc",	  "pstore",   "rpc_pipefs", "securityfs", "selinuxfs",
		"smackfs", "sysfs",	  "tracefs",
	};

	for (size_t i = 0; i < ARRAY_LEN(pseudo); i++)
		if (strcmp(type, pseudo[i]) == 0)
			return true;
	return false;
}

/*
 * A bind mount shows a directory that has another path too.  An anchor protects
 * it there as well, so a jail's /usr must not take the host's away.
 *
 * Returns the other path, one that the host needs if there is one; or NULL.
 */
static char *mount_other_path(const struct resolver *resolver, const struct bw_mount *mount)
{
	char *found = NULL;

	for (size_t i = 0; i < resolver->mounts.len; i++) {
		struct bw_mount *other = &resolver->mounts.items[i];
		struct bw_mounts alone = { .items = other, .len = 1 };
		char *path;

		if (other->dev != mount->dev || strcmp(other->path, mount->path) == 0)
			continue;

		path = bw_mounts_path(&alone, mount->dev, mount->root);
		if (!path)
			continue;

		free(found);
		found = path;
		if (path_host_runs_from(path))
			break;
	}
	return found;
}

static int mount_walk(struct resolver *resolver, const struct place *top,
		      const struct bw_mount *mount)
{
	_cleanup_(closep) int fd = path_open(mount->path, O_PATH);
	struct stat status;
	int tree, err;

	if (fd < 0)
		return fd;

	if (fstat(fd, &status) < 0)
		return -errno;

	err = finding_add_linked(resolver, top, fd, S_ISDIR(status.st_mode));
	if (err || !S_ISDIR(status.st_mode))
		return err;

	tree = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return tree < 0 ? -errno : tree_walk(resolver, top, mount->path, tree);
}

static int mount_visit(struct resolver *resolver, const struct bw_mount *mount)
{
	const struct place *top = places_nearest(resolver, mount->path);
	_cleanup_(freep) char *other = NULL;
	uint64_t bytes;
	int err = 0;

	/* The place itself was opened through its mount already. */
	if (!top || top->anchor != BW_ANCHOR_PROTECT || strcmp(top->path, mount->path) == 0)
		return 0;

	if (type_is_pseudo(mount->type))
		return place_say(resolver, top, true, "'%s' (%s) is left out: no data there",
				 mount->path, mount->type);

	other = mount_other_path(resolver, mount);
	if (other && path_host_runs_from(other))
		return place_say(resolver, top, true,
				 "'%s' is left out: it shows '%s', which the host needs to run",
				 mount->path, other);

	if (other)
		err = place_say(resolver, top, true, "'%s' shows '%s', which is protected with it",
				mount->path, other);
	if (err)
		return err;

	/* It may show once more what counts already. */
	bytes = resolver->set_bytes[top->set];
	err = mount_walk(resolver, top, mount);
	resolver->set_bytes[top->set] = bytes;
	if (err == -ENOMEM || !err)
		return err;

	return place_say(resolver, top, is_unprivileged(err), "can't look at mount point '%s': %s",
			 mount->path, strerror(-err));
}

static int directory_walk(struct resolver *resolver, const struct place *place)
{
	int fd = path_open(place->path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return place_say(resolver, place, is_unprivileged(fd), "can't look below '%s': %s",
				 place->path, strerror(-fd));

	return tree_walk(resolver, place, place->path, fd);
}

/* What is protected by two paths counts once. */
static int place_walk(struct resolver *resolver, const struct place *place)
{
	uint64_t *bytes = &resolver->set_bytes[place->set];
	uint64_t before = *bytes;
	int err = 0;

	if (place->directory)
		err = directory_walk(resolver, place);
	else
		*bytes += place->bytes;
	if (!place_is_first(resolver, place))
		*bytes = before;
	return err;
}

int trees_walk(struct resolver *resolver)
{
	int err = 0;

	for (size_t i = 0; i < resolver->places.len && !err; i++) {
		const struct place *place = &resolver->places.items[i];

		if (place->anchor == BW_ANCHOR_PROTECT && place->exists)
			err = place_walk(resolver, place);
	}
	for (size_t i = 0; i < resolver->mounts.len && !err; i++)
		err = mount_visit(resolver, &resolver->mounts.items[i]);

	return err;
}
