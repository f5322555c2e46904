// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what is mounted where: device numbers and paths
 */
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "mounts.h"
#include "text.h"

const char *bw_path_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	/* The root directory is the only one that ends with a slash. */
	if (len == 1)
		return path[1] ? path : "";

	if (strncmp(path, directory, len) != 0)
		return NULL;

	return path[len] == '\0' || path[len] == '/' ? path + len : NULL;
}

static char *field_dup(const char *field)
{
	char *copy = strdup(field);

	if (copy)
		bw_text_unescape_octal(copy);
	return copy;
}

static void mount_done(struct bw_mount *mount)
{
	free(mount->root);
	free(mount->path);
	free(mount->type);
}

static int mount_fill(struct bw_mount *mount, uint32_t dev, const char *root, const char *path,
		      const char *type)
{
	*mount = (struct bw_mount){
		.dev = dev,
		.root = field_dup(root),
		.path = field_dup(path),
		.type = field_dup(type),
	};
	if (mount->root && mount->path && mount->type)
		return 0;

	mount_done(mount);
	return -ENOMEM;
}

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static int line_parse(char *line, struct bw_mount *ret_mount)
{
	unsigned int major_number, minor_number;
	char *fields[6];
	char *save = NULL;
	char *field = strtok_r(line, " \n", &save);
	size_t len = 0;

	for (; field && len < ARRAY_LEN(fields); field = strtok_r(NULL, " \n", &save))
		fields[len++] = field;

	/* Then any number of optional fields, and a lone dash. */
	while (field && strcmp(field, "-") != 0)
		field = strtok_r(NULL, " \n", &save);

	field = field ? strtok_r(NULL, " \n", &save) : NULL;
	if (!field || sscanf(fields[2], "%u:%u", &major_number, &minor_number) != 2)
		return -EBADMSG;

	return mount_fill(ret_mount, major_number << 20 | minor_number, fields[3], fields[4],
			  field);
}

static int mounts_add(struct bw_mounts *mounts, const struct bw_mount *mount)
{
	struct bw_mount *grown;

	grown = reallocarray(mounts->items, mounts->len + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;

	grown[mounts->len++] = *mount;
	mounts->items = grown;
	return 0;
}

static int mounts_read(struct bw_mounts *mounts, FILE *file)
{
	_cleanup_(freep) char *line = NULL;
	struct bw_mount mount;
	size_t size = 0;
	int err;

	while (getline(&line, &size, file) > 0) {
		err = line_parse(line, &mount);
		if (err)
			return err;

		err = mounts_add(mounts, &mount);
		if (err) {
			mount_done(&mount);
			return err;
		}
	}
	return ferror(file) ? -EIO : 0;
}

int bw_mounts_load(const char *path, struct bw_mounts *ret_mounts)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	struct bw_mounts mounts = { 0 };
	int err;

	if (!file)
		return -errno;

	err = mounts_read(&mounts, file);
	if (err) {
		bw_mounts_done(&mounts);
		return err;
	}
	*ret_mounts = mounts;
	return 0;
}

void bw_mounts_done(struct bw_mounts *mounts)
{
	for (size_t i = 0; i < mounts->len; i++)
		mount_done(&mounts->items[i]);
	free(mounts->items);
	*mounts = (struct bw_mounts){ 0 };
}

const char *bw_mounts_root(const struct bw_mounts *mounts, uint32_t dev)
{
	const char *best = NULL;

	for (size_t i = 0; i < mounts->len; i++) {
		const struct bw_mount *mount = &mounts->items[i];

		if (mount->dev != dev || strcmp(mount->root, "/") != 0)
			continue;

		if (!best || strlen(mount->path) < strlen(best))
			best = mount->path;
	}
	return best;
}

static char *path_join(const char *directory, const char *rest)
{
	bool is_root = strcmp(directory, "/") == 0;
	const char *slash = *rest && *rest != '/' ? "/" : "";
	char *joined;

	if (is_root && *rest == '/')
		return strdup(rest);

	if (asprintf(&joined, "%s%s%s", directory, is_root ? "" : slash, rest) < 0)
		return NULL;
	return joined;
}

/* @inner as this mount shows it, or NULL if it doesn't. */
static const char *inner_in_mount(const struct bw_mount *mount, const char *inner)
{
	if (*inner != '/')
		return strcmp(mount->root, "/") == 0 ? inner : NULL;

	return bw_path_below(inner, mount->root);
}

char *bw_mounts_path(const struct bw_mounts *mounts, uint32_t dev, const char *inner)
{
	const struct bw_mount *best = NULL;
	const char *best_rest = NULL;

	for (size_t i = 0; i < mounts->len; i++) {
		const struct bw_mount *mount = &mounts->items[i];
		const char *rest = mount->dev == dev ? inner_in_mount(mount, inner) : NULL;

		if (!rest)
			continue;

		if (!best ||
		    strlen(mount->path) + strlen(rest) < strlen(best->path) + strlen(best_rest)) {
			best = mount;
			best_rest = rest;
		}
	}
	return best ? path_join(best->path, best_rest) : NULL;
}
