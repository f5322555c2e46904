// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: overlays over the file
 *
 * Each lies in a mount namespace of the process's own, with its layers in memory.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "cleanup.h"
#include "technique.h"

/* Two layers that can't be written need no third; they may not lie in each other. */
static int overlay_mount(const struct target *target, const char *room)
{
	char options[2 * PATH_MAX + 32];
	char empty[PATH_MAX], view[PATH_MAX];

	(void)snprintf(empty, sizeof(empty), "%s/empty", room);
	(void)snprintf(view, sizeof(view), "%s/overlay", room);
	(void)snprintf(options, sizeof(options), "lowerdir=%s:%s", empty, target->directory);
	if (mkdir(empty, 0700) < 0 || mkdir(view, 0700) < 0)
		return -errno;

	return mount("overlay", view, "overlay", MS_RDONLY, options) < 0 ? -errno : 0;
}

/* The overlay's own copy of what is opened for writing. */
static int overlay_copy_up(const struct target *target, const char *room, struct loot *loot)
{
	char options[3 * PATH_MAX + 64];
	char path[PATH_MAX];
	int fd;

	(void)snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s/upper,workdir=%s/work",
		       target->directory, room, room);
	(void)snprintf(path, sizeof(path), "%s/view", room);
	if (chdir(room) < 0 || mkdir("upper", 0700) < 0 || mkdir("work", 0700) < 0 ||
	    mkdir("view", 0700) < 0 || mount("overlay", path, "overlay", 0, options) < 0)
		return -errno;

	(void)snprintf(path, sizeof(path), "%s/view/%s", room, target->name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	closep(&fd);
	(void)snprintf(path, sizeof(path), "%s/upper", room);
	return read_below(path, target->name, loot);
}

static int take_copied_up(const struct target *target, struct loot *loot)
{
	const char *room = work_path(target, "room");
	int err = namespace_enter(0);

	if (err)
		return err;

	if (mkdir(room, 0700) < 0 || mount("none", room, "tmpfs", 0, NULL) < 0)
		return -errno;

	return overlay_copy_up(target, room, loot);
}

static int overlay_and_read(const struct target *target, struct loot *loot)
{
	const char *room = work_path(target, "room");
	int err;

	if (mkdir(room, 0700) < 0 || mount("none", room, "tmpfs", 0, NULL) < 0)
		return -errno;

	err = overlay_mount(target, room);
	return err ? err : read_below(work_path(target, "room/overlay"), target->name, loot);
}

static int take_overlay(const struct target *target, struct loot *loot)
{
	int err = namespace_enter(0);

	return err ? err : overlay_and_read(target, loot);
}

static int take_overlay_as_user(const struct target *target, struct loot *loot)
{
	int err = user_namespace_enter();

	return err ? err : overlay_and_read(target, loot);
}

/*
 * A file of the right size in @layer that has no bytes: they are another layer's,
 * below the path @redirect or the same name.
 */
static int shell_make(const struct target *target, const char *layer, const char *redirect)
{
	_cleanup_(closep) int directory = -EBADF;
	_cleanup_(closep) int fd = -EBADF;
	struct stat status;

	if (stat(target->path, &status) < 0 || mkdir(layer, 0700) < 0)
		return -errno;

	directory = open(layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = openat(directory, target->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, status.st_size) < 0 ||
	    fsetxattr(fd, "trusted.overlay.metacopy", "", 0, 0) < 0)
		return -errno;

	if (redirect &&
	    fsetxattr(fd, "trusted.overlay.redirect", redirect, strlen(redirect), 0) < 0)
		return -errno;

	return 0;
}

/* @between: What stands between two layers in the options. */
static int take_shell(const struct target *target, const char *redirect, const char *between,
		      struct loot *loot)
{
	char options[2 * PATH_MAX + 64];
	char layer[PATH_MAX], view[PATH_MAX];
	const char *room = work_path(target, "room");
	int err = namespace_enter(0);

	if (err)
		return err;

	(void)snprintf(layer, sizeof(layer), "%s/room/layer", target->work);
	(void)snprintf(view, sizeof(view), "%s/room/view", target->work);
	(void)snprintf(options, sizeof(options), "metacopy=on,lowerdir=%s%s%s", layer, between,
		       target->directory);
	if (mkdir(room, 0700) < 0 || mount("none", room, "tmpfs", 0, NULL) < 0 ||
	    mkdir(view, 0700) < 0)
		return -errno;

	err = shell_make(target, layer, redirect);
	if (err)
		return err;

	if (mount("overlay", view, "overlay", MS_RDONLY, options) < 0)
		return -errno;

	return read_below(view, target->name, loot);
}

static int take_metadata(const struct target *target, struct loot *loot)
{
	return take_shell(target, NULL, ":", loot);
}

/* The file's directory is no part of the tree: its files are found by name alone. */
static int take_data_only(const struct target *target, struct loot *loot)
{
	char redirect[PATH_MAX];

	(void)snprintf(redirect, sizeof(redirect), "/%s", target->name);
	return take_shell(target, redirect, "::", loot);
}

const struct technique techniques_overlay[] = {
	{ "overlay-copy-up", "G9", "copy up in an overlay", take_copied_up, false },
	{ "overlay", "G1", "open through an overlay", take_overlay, false },
	{ "overlay-user", "G1", "the same, in a user namespace", take_overlay_as_user, false },
	{ "overlay-metadata", "G3", "the same, as a layer of data", take_metadata, false },
	{ "overlay-data-only", "G3", "the same, as a layer of data alone", take_data_only, false },
	{ NULL, NULL, NULL, NULL, false },
};
