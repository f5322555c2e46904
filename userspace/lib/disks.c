// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - block devices: which of them carry a filesystem, and which are free of it
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "disks.h"

#define VIRTUAL "/devices/virtual/block/"
#define ATTRIBUTE_SIZE 4096

/*
 * Filesystems that keep nothing on a block device of this host: in memory, or elsewhere.
 * An overlay keeps its files on others, which no number tells.
 */
static const char *const diskless[] = {
	"tmpfs", "ramfs", "rootfs", "hugetlbfs", "nfs",	     "nfs4",
	"cifs",	 "smb3",  "ceph",   "9p",	 "virtiofs",
};

/* Character devices beside the block device, by the numbers of linux/major.h: sg, mtd. */
static const uint32_t raw_majors[] = { 21, 90 };

/* Those without a fixed number: /proc/devices' names of their drivers. */
static const char *const raw_drivers[] = { "bsg", "nvme", "nvme-generic", "dax" };

static bool is_listed(const char *const *words, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

void bw_disks_done(struct bw_disks *disks)
{
	for (size_t i = 0; i < disks->len; i++) {
		free(disks->items[i].path);
		free(disks->items[i].wwid);
	}
	free(disks->items);
	*disks = (struct bw_disks){ 0 };
}

static char *path_below(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* The one line of DISK/NAME, "" if there is none. */
static char *attribute_read(const char *disk, const char *name)
{
	_cleanup_(freep) char *path = path_below(disk, name);
	_cleanup_(fclosep) FILE *file = path ? fopen(path, "re") : NULL;
	char line[ATTRIBUTE_SIZE] = "";

	if (!path)
		return NULL;

	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	return strdup(line);
}

static bool attribute_exists(const char *disk, const char *name)
{
	_cleanup_(freep) char *path = path_below(disk, name);

	return path && access(path, F_OK) == 0;
}

/* "device/wwid" of SCSI, "wwid" of NVMe. */
static char *wwid_read(const char *disk)
{
	return attribute_read(disk, attribute_exists(disk, "device/wwid") ? "device/wwid" : "wwid");
}

static int disk_fill(struct bw_disk *disk, const char *sysfs, uint32_t dev)
{
	_cleanup_(freep) char *link = NULL;

	*disk = (struct bw_disk){ .dev = dev };
	if (asprintf(&link, "%s/dev/block/%u:%u", sysfs, dev >> 20, dev & 0xfffff) < 0) {
		link = NULL;
		return -ENOMEM;
	}

	disk->path = realpath(link, NULL);
	if (!disk->path)
		return -errno;

	disk->wwid = wwid_read(disk->path);
	disk->partition = attribute_exists(disk->path, "partition");
	disk->unstable = strstr(disk->path, VIRTUAL) != NULL;
	return disk->wwid ? 0 : -ENOMEM;
}

static int disk_add(struct bw_disks *disks, const char *sysfs, uint32_t dev)
{
	struct bw_disk *items;
	int err;

	items = reallocarray(disks->items, disks->len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;

	disks->items = items;
	err = disk_fill(&items[disks->len], sysfs, dev);
	/* Counted all the same: what it has allocated is freed with the others. */
	disks->len++;
	return err;
}

/* A device that went while its directory was read is none. */
static int disk_add_if_there(struct bw_disks *disks, const char *sysfs, uint32_t dev)
{
	int err = disk_add(disks, sysfs, dev);

	if (err != -ENOENT)
		return err;

	free(disks->items[--disks->len].path);
	return 0;
}

/*
 * Calls @each for the names in a directory.  Returns 0, what @each returned if not 0,
 * or -errno: a name that is missed could be the one that counts.
 */
static int names_each(const char *path, int (*each)(void *context, const char *name), void *context)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;

	while (!err && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			err = each(context, entry->d_name);
	return err ? err : -errno;
}

/**
 * struct loading - Disks that are being loaded
 */
struct loading {
	struct bw_disks disks;
	const char *sysfs;
};

static int name_load(void *context, const char *name)
{
	struct loading *loading = context;
	unsigned int major, minor;

	if (sscanf(name, "%u:%u", &major, &minor) != 2)
		return 0;

	return disk_add_if_there(&loading->disks, loading->sysfs, major << 20 | minor);
}

int bw_disks_load(const char *sysfs, struct bw_disks *ret_disks)
{
	_cleanup_(freep) char *path = path_below(sysfs, "dev/block");
	struct loading loading = { .sysfs = sysfs };
	int err = path ? names_each(path, name_load, &loading) : -ENOMEM;

	if (err)
		bw_disks_done(&loading.disks);
	*ret_disks = loading.disks;
	return err;
}

static struct bw_disk *disk_by_path(struct bw_disks *disks, const char *path)
{
	for (size_t i = 0; i < disks->len; i++)
		if (strcmp(disks->items[i].path, path) == 0)
			return &disks->items[i];
	return NULL;
}

static void disk_hold(struct bw_disk *disk, bool *changed)
{
	*changed |= !disk->holds;
	disk->holds = true;
}

static void disk_set_under(struct bw_disk *disk, bool *changed)
{
	*changed |= !disk->under;
	disk->under = true;
}

/**
 * struct spreading - Links to disks that are being followed
 *
 * @path: Of the directory of links.
 * @mark: What becomes of the disks.
 * @changed: Set if anything did.
 */
struct spreading {
	struct bw_disks *disks;
	const char *path;
	void (*mark)(struct bw_disk *disk, bool *changed);
	bool *changed;
};

static int link_follow(void *context, const char *name)
{
	const struct spreading *spreading = context;
	_cleanup_(freep) char *link = path_below(spreading->path, name);
	_cleanup_(freep) char *target = link ? realpath(link, NULL) : NULL;
	struct bw_disk *disk;

	if (!link)
		return -ENOMEM;

	/* One that isn't known isn't called free. */
	disk = target ? disk_by_path(spreading->disks, target) : NULL;
	if (disk)
		spreading->mark(disk, spreading->changed);
	return 0;
}

/* Marks the disks that the links in DIRECTORY/NAME lead to.  A missing one is empty. */
static int links_mark(struct bw_disks *disks, const char *directory, const char *name,
		      void (*mark)(struct bw_disk *disk, bool *changed), bool *changed)
{
	_cleanup_(freep) char *path = path_below(directory, name);
	struct spreading spreading = { disks, path, mark, changed };
	int err = path ? names_each(path, link_follow, &spreading) : -ENOMEM;

	return err == -ENOENT ? 0 : err;
}

/**
 * struct searching - The disks of btrfs that are being looked for
 *
 * @path: Of the directory of all its filesystems.
 */
struct searching {
	struct bw_disks *disks;
	const char *path;
};

static int btrfs_hold_one(void *context, const char *name)
{
	const struct searching *searching = context;
	_cleanup_(freep) char *path = path_below(searching->path, name);
	bool changed = false;

	if (!path)
		return -ENOMEM;

	return links_mark(searching->disks, path, "devices", disk_hold, &changed);
}

/* Which of them is its own can't be told by its number: all that any btrfs lies on. */
static int btrfs_hold(struct bw_disks *disks, const char *sysfs)
{
	_cleanup_(freep) char *path = path_below(sysfs, "fs/btrfs");
	struct searching searching = { disks, path };

	return path ? names_each(path, btrfs_hold_one, &searching) : -ENOMEM;
}

static bool device_hold(struct bw_disks *disks, uint32_t dev, bool *changed)
{
	for (size_t i = 0; i < disks->len; i++) {
		if (disks->items[i].dev != dev)
			continue;

		disk_hold(&disks->items[i], changed);
		return true;
	}
	return false;
}

static void all_hold(struct bw_disks *disks, bool *changed)
{
	for (size_t i = 0; i < disks->len; i++)
		disk_hold(&disks->items[i], changed);
}

int bw_disks_hold(struct bw_disks *disks, const char *sysfs, uint32_t dev, const char *type)
{
	bool changed = false;

	if (device_hold(disks, dev, &changed))
		return 0;

	if (strcmp(type, "btrfs") == 0)
		return btrfs_hold(disks, sysfs);

	if (!is_listed(diskless, ARRAY_LEN(diskless), type))
		all_hold(disks, &changed);
	return 0;
}

/* Is @part a partition of @whole? */
static bool is_part_of(const struct bw_disk *part, const struct bw_disk *whole)
{
	size_t len = strlen(whole->path);

	return part->partition && strncmp(part->path, whole->path, len) == 0 &&
	       part->path[len] == '/';
}

static bool is_same_disk(const struct bw_disk *one, const struct bw_disk *other)
{
	return one->wwid[0] && !one->partition && !other->partition &&
	       strcmp(one->wwid, other->wwid) == 0;
}

/*
 * A loop device's bytes are those of a file, wherever that lies.  Fails closed: one
 * that is deleted, or on a filesystem without a device, may lie on any disk.
 */
static int backing_hold(struct bw_disks *disks, const struct bw_disk *disk, bool *changed)
{
	_cleanup_(freep) char *file = attribute_read(disk->path, "loop/backing_file");
	struct stat status;

	if (!file)
		return -ENOMEM;

	if (*file == '\0')
		return 0;

	if (stat(file, &status) < 0 ||
	    !device_hold(disks, major(status.st_dev) << 20 | minor(status.st_dev), changed))
		all_hold(disks, changed);
	return 0;
}

static void relatives_spread(struct bw_disks *disks, const struct bw_disk *disk, bool *changed)
{
	for (size_t i = 0; i < disks->len; i++) {
		struct bw_disk *other = &disks->items[i];

		if (disk->holds && (is_part_of(other, disk) || is_same_disk(disk, other)))
			disk_hold(other, changed);

		/* The disk shows its partition's bytes; other partitions of it don't. */
		if (disk->under && is_part_of(disk, other))
			disk_set_under(other, changed);

		if (disk->under && is_same_disk(disk, other))
			disk_set_under(other, changed);
	}
}

static int disk_spread(struct bw_disks *disks, struct bw_disk *disk, bool *changed)
{
	int err;

	if (disk->holds)
		disk_set_under(disk, changed);

	relatives_spread(disks, disk, changed);
	/* What it is made of holds what it holds; what is made of it may show that. */
	err = disk->holds ? links_mark(disks, disk->path, "slaves", disk_hold, changed) : 0;
	if (!err && disk->holds)
		err = backing_hold(disks, disk, changed);
	if (!err && disk->under)
		err = links_mark(disks, disk->path, "holders", disk_set_under, changed);
	return err;
}

int bw_disks_spread(struct bw_disks *disks, const char *sysfs)
{
	bool changed = true;
	int err = 0;

	while (changed && !err) {
		changed = false;
		for (size_t i = 0; i < disks->len && !err; i++)
			err = disk_spread(disks, &disks->items[i], &changed);
	}
	return err;
}

int bw_raw_majors(const char *path, int (*each)(void *context, uint32_t major), void *context)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	char line[128], name[64];
	bool characters = false;
	unsigned int major;
	int err = 0;

	if (!file)
		return -errno;

	for (size_t i = 0; i < ARRAY_LEN(raw_majors) && !err; i++)
		err = each(context, raw_majors[i]);

	while (!err && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Character", 9) == 0)
			characters = true;
		else if (strncmp(line, "Block", 5) == 0)
			characters = false;
		else if (characters && sscanf(line, "%u %63s", &major, name) == 2 &&
			 is_listed(raw_drivers, ARRAY_LEN(raw_drivers), name))
			err = each(context, major);
	}
	return err;
}
