// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - block devices: which of them carry a filesystem, and which are free of it
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
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

/* Character devices beside the block device: /proc/devices' names of their drivers. */
static const char *const raw_drivers[] = { "sg", "bsg", "nvme", "nvme-generic", "mtd", "dax" };

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

/* The one line of DISK/NAME, "" if there is none. */
static char *attribute_read(const char *disk, const char *name)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(fclosep) FILE *file = NULL;
	char line[ATTRIBUTE_SIZE] = "";

	if (asprintf(&path, "%s/%s", disk, name) < 0) {
		path = NULL;
		return NULL;
	}

	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	return strdup(line);
}

static bool attribute_exists(const char *disk, const char *name)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof(path), "%s/%s", disk, name) < sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* "device/wwid" of SCSI, "wwid" of NVMe. */
static char *wwid_read(const char *disk)
{
	return attribute_read(disk, attribute_exists(disk, "device/wwid") ? "device/wwid" : "wwid");
}

static int disk_fill(struct bw_disk *disk, const char *sysfs, uint32_t dev)
{
	char link[PATH_MAX];

	*disk = (struct bw_disk){ .dev = dev };
	if ((size_t)snprintf(link, sizeof(link), "%s/dev/block/%u:%u", sysfs, dev >> 20,
			     dev & 0xfffff) >= sizeof(link))
		return -ENAMETOOLONG;

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

int bw_disks_load(const char *sysfs, struct bw_disks *ret_disks)
{
	_cleanup_(bw_disks_done) struct bw_disks disks = { 0 };
	_cleanup_(closedirp) DIR *dir = NULL;
	_cleanup_(freep) char *path = NULL;
	struct dirent *entry;

	if (asprintf(&path, "%s/dev/block", sysfs) < 0) {
		path = NULL;
		return -ENOMEM;
	}

	dir = opendir(path);
	if (!dir)
		return -errno;

	while ((entry = readdir(dir))) {
		unsigned int major, minor;
		int err;

		if (sscanf(entry->d_name, "%u:%u", &major, &minor) != 2)
			continue;

		err = disk_add_if_there(&disks, sysfs, major << 20 | minor);
		if (err)
			return err;
	}

	*ret_disks = disks;
	disks = (struct bw_disks){ 0 };
	return 0;
}

static struct bw_disk *disk_by_path(struct bw_disks *disks, const char *path)
{
	for (size_t i = 0; i < disks->len; i++)
		if (strcmp(disks->items[i].path, path) == 0)
			return &disks->items[i];
	return NULL;
}

static void all_hold(struct bw_disks *disks)
{
	for (size_t i = 0; i < disks->len; i++)
		disks->items[i].holds = true;
}

/* Calls @each for what the links in a directory lead to.  A missing directory is empty. */
static int links_each(struct bw_disks *disks, const char *path,
		      void (*each)(struct bw_disk *disk, bool *changed), bool *changed)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;

	while ((entry = readdir(dir))) {
		_cleanup_(freep) char *link = NULL;
		_cleanup_(freep) char *target = NULL;
		struct bw_disk *disk;

		if (entry->d_name[0] == '.')
			continue;

		if (asprintf(&link, "%s/%s", path, entry->d_name) < 0) {
			link = NULL;
			return -ENOMEM;
		}
		target = realpath(link, NULL);
		disk = target ? disk_by_path(disks, target) : NULL;
		if (disk)
			each(disk, changed);
	}
	return 0;
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

/* Which of them is its own can't be told by its number: all that any btrfs lies on. */
static int btrfs_hold(struct bw_disks *disks, const char *sysfs)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(closedirp) DIR *dir = NULL;
	bool changed = false;
	struct dirent *entry;

	if (asprintf(&path, "%s/fs/btrfs", sysfs) < 0) {
		path = NULL;
		return -ENOMEM;
	}

	dir = opendir(path);
	if (!dir)
		return -errno;

	while ((entry = readdir(dir))) {
		_cleanup_(freep) char *devices = NULL;
		int err;

		if (entry->d_name[0] == '.')
			continue;

		if (asprintf(&devices, "%s/%s/devices", path, entry->d_name) < 0) {
			devices = NULL;
			return -ENOMEM;
		}
		err = links_each(disks, devices, disk_hold, &changed);
		if (err)
			return err;
	}
	return 0;
}

int bw_disks_hold(struct bw_disks *disks, const char *sysfs, uint32_t dev, const char *type)
{
	for (size_t i = 0; i < disks->len; i++) {
		if (disks->items[i].dev == dev) {
			disks->items[i].holds = true;
			return 0;
		}
	}

	if (strcmp(type, "btrfs") == 0)
		return btrfs_hold(disks, sysfs);

	if (!is_listed(diskless, ARRAY_LEN(diskless), type))
		all_hold(disks);
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

static void device_hold(struct bw_disks *disks, uint32_t dev, bool *changed)
{
	for (size_t i = 0; i < disks->len; i++)
		if (disks->items[i].dev == dev)
			disk_hold(&disks->items[i], changed);
}

/* A loop device's bytes are those of a file, wherever that lies. */
static int backing_hold(struct bw_disks *disks, const struct bw_disk *disk, bool *changed)
{
	_cleanup_(freep) char *file = attribute_read(disk->path, "loop/backing_file");
	struct stat status;

	if (!file)
		return -ENOMEM;

	if (*file && stat(file, &status) == 0)
		device_hold(disks, major(status.st_dev) << 20 | minor(status.st_dev), changed);
	return 0;
}

/* What @disk is made of holds what it holds. */
static int slaves_hold(struct bw_disks *disks, const struct bw_disk *disk, bool *changed)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/slaves", disk->path) >= sizeof(path))
		return -ENAMETOOLONG;

	return links_each(disks, path, disk_hold, changed);
}

/* What is made of @disk may show what lies on it. */
static int holders_under(struct bw_disks *disks, const struct bw_disk *disk, bool *changed)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/holders", disk->path) >= sizeof(path))
		return -ENAMETOOLONG;

	return links_each(disks, path, disk_set_under, changed);
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
	err = disk->holds ? slaves_hold(disks, disk, changed) : 0;
	if (!err && disk->holds)
		err = backing_hold(disks, disk, changed);
	if (err)
		return err;

	return disk->under ? holders_under(disks, disk, changed) : 0;
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
