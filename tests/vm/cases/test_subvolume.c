// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - btrfs subvolumes below a protected directory: a snapshot lies wherever
 * its maker likes, and shows the same files
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DISK "/srv/disk"
#define DATA DISK "/data"
#define FREE DISK "/free"

static const char policy[] = "set: disk\nversion: 1\nmode: enforce\nseverity: 9\n"
			     "protect: [" DATA "]\ngrants: []\n";

/* Each in a transaction of its own: else they bear one key. */
static int subvolume_make(const char *directory, const char *name)
{
	_cleanup_(closep) int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct btrfs_ioctl_vol_args args = { 0 };

	(void)snprintf(args.name, sizeof(args.name), "%s", name);
	if (ioctl(fd, BTRFS_IOC_SUBVOL_CREATE, &args) < 0)
		return -errno;

	return syncfs(fd) < 0 ? -errno : 0;
}

static int snapshot_make(const char *subvolume, const char *name)
{
	_cleanup_(closep) int source = open(subvolume, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closep) int fd = open(DISK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct btrfs_ioctl_vol_args_v2 args = { .fd = source };

	(void)snprintf(args.name, sizeof(args.name), "%s", name);
	return ioctl(fd, BTRFS_IOC_SNAP_CREATE_V2, &args) < 0 ? -errno : 0;
}

static int read_by_others(const char *path)
{
	int err = -ECHILD;

	(void)live_read(path, 1, &err);
	return err;
}

static bool disk_make(void)
{
	int err;

	rig_mkdir(DISK);
	err = scratch_mount("btrfs", DISK, 128);
	if (err == -ENOENT) {
		skip("no mkfs.btrfs here", "a snapshot is protected");
		return false;
	}
	if (!is(err, 0, "a disk"))
		return false;

	rig_mkdir(DATA "/deep");
	rig_mkdir(FREE);
	if (!is(subvolume_make(DATA "/deep", "nested"), 0, "a subvolume below the set") ||
	    !is(subvolume_make(FREE, "nested"), 0, "and one outside"))
		return false;

	rig_write(DATA "/deep/nested/file", "pension\n");
	rig_write(FREE "/nested/file", "nothing\n");
	return true;
}

static void test_snapshots(void)
{
	is(read_by_others(DATA "/deep/nested/file"), -EACCES, "in the subvolume: refused");
	is(read_by_others(FREE "/nested/file"), 0, "in the one outside: free");
	is(snapshot_make(DATA "/deep/nested", "copy"), 0, "a snapshot outside");
	is(snapshot_make(FREE "/nested", "free-copy"), 0, "and one of the other");
	is(read_by_others(DISK "/copy/file"), -EACCES, "in the snapshot: refused");
	is(read_by_others(DISK "/free-copy/file"), 0, "in that of the other: free");
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	if (!disk_make())
		return done();

	live_prepare();
	live_policy("disk.yaml", policy);
	engine = live_start();
	if (!ok(engine > 0, "the daemon starts"))
		return done();

	ok(live_wait_state("protected", 40), "the host is protected");
	test_snapshots();
	live_finish(engine);
	(void)scratch_unmount(DISK);
	return done();
}
