// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - ioctls on protected files, and those that get at them from another one
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "compat.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DISK "/srv/disk"
#define SET DISK "/set"
#define SECRET SET "/secret"
#define PLAIN DISK "/plain"

#define TEXT "pension of A. Miller: 1234.56"

/* No command of any file. */
#define UNKNOWN_COMMAND 0x12345678UL

/* As linux/xfs_fs.h of xfslibs-dev has it; only the kind is looked at. */
#define XFS_SWAP_EXTENTS _IOWR('X', 109, char[192])

#define SEARCH_BYTES 65536

static int call(int fd, unsigned long command, const void *argument)
{
	return ioctl(fd, command, argument) < 0 ? -errno : 0;
}

static int extents_map(int fd)
{
	struct fiemap map = { .fm_length = FIEMAP_MAX_OFFSET };

	return call(fd, FS_IOC_FIEMAP, &map);
}

static int probe_extents(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : extents_map(fd);
}

static int generation_set(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	int generation = 4711;

	return fd < 0 ? -errno : call(fd, FS_IOC_SETVERSION, &generation);
}

static int generation_get(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	int generation;

	return fd < 0 ? -errno : call(fd, FS_IOC_GETVERSION, &generation);
}

static const struct rig_probe probes[] = {
	{ "extents", probe_extents },
};

static bool disk_make(const char *type)
{
	int err;

	rig_mkdir(DISK);
	err = scratch_mount(type, DISK, 512);
	if (err == -ENOENT) {
		skip("no mkfs", "ioctls of %s", type);
		return false;
	}
	if (!is(err, 0, "%s: a disk", type))
		return false;

	rig_write(SECRET, TEXT);
	rig_write(PLAIN, "nothing\n");
	sync();
	return true;
}

/* As the resolver says it of a filesystem all of whose sets only watch. */
static void filesystem_watch(struct rig *rig)
{
	for (size_t i = 0; i < rig->rules.len; i++)
		if (rig->items[i].key.kind == BW_RULE_FILESYSTEM)
			rig->items[i].rule.mode = BW_MODE_MONITOR;
}

static bool policy_apply(struct rig *rig, enum bw_mode mode)
{
	rig_clear(rig);
	rig_set(rig, 1, mode, SET);
	if (mode == BW_MODE_MONITOR)
		filesystem_watch(rig);
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	return is(rig_apply(rig), 0, "a policy in mode %d", mode);
}

static bool policy_lift(struct rig *rig)
{
	rig_clear(rig);
	return is(rig_apply(rig), 0, "no policy any more");
}

/* Through a descriptor from before: nobody without a grant gets a new one. */
static void test_protected(struct rig *rig)
{
	_cleanup_(closep) int fd = open(SECRET, O_RDONLY | O_CLOEXEC);
	int size;

	is(extents_map(fd), 0, "control: its extents can be listed");
	is(call(fd, UNKNOWN_COMMAND, NULL), -ENOTTY, "control: the filesystem gets the command");
	is(ioctl_compat(fd, UNKNOWN_COMMAND, NULL), -ENOTTY, "control: so it does from 32 bits");
	if (!policy_apply(rig, BW_MODE_ENFORCE))
		return;

	is(extents_map(fd), -EACCES, "list its extents: refused");
	is(call(fd, UNKNOWN_COMMAND, NULL), -EACCES, "an unknown command: refused");
	is(ioctl_compat(fd, UNKNOWN_COMMAND, NULL), -EACCES, "from 32 bits: refused");
	is(call(fd, FIGETBSZ, &size), 0, "a harmless one: served");
	is(call(fd, FIOCLEX, NULL), 0, "one about the descriptor: served");
	is(isatty(fd), 0, "a question that programs ask of any output");
	is(errno, ENOTTY, "gets its true answer");
	is(rig_call(RIG_GRANTED, "extents", SECRET), 0, "with a grant: served");
	is(rig_call(RIG_OTHER, "extents", PLAIN), 0, "beside the set: served");
	(void)policy_lift(rig);
}

/* Not on ext4, whose checksums cover the generation: there it can't be set. */
static void test_generation(struct rig *rig)
{
	__u64 would_refuse;

	is(generation_set(PLAIN), 0, "control: a generation can be set");
	if (!policy_apply(rig, BW_MODE_ENFORCE))
		return;

	is(generation_set(PLAIN), -EACCES, "beside a set: refused");
	is(generation_set(DISK), -EACCES, "of the directory above: refused");
	is(generation_get(PLAIN), 0, "read: served");

	if (!policy_apply(rig, BW_MODE_MONITOR))
		return;

	would_refuse = rig_state(rig).would_refuse;
	is(generation_set(PLAIN), 0, "beside a set that is only watched: served");
	is(rig_state(rig).would_refuse - would_refuse, 1, "and counted");
	(void)policy_lift(rig);
}

static void test_xfs(struct rig *rig)
{
	_cleanup_(closep) int fd = open(PLAIN, O_RDWR | O_CLOEXEC);
	char argument[192] = { 0 };

	is(call(fd, XFS_SWAP_EXTENTS, argument), -EBADF, "control: XFS gets the command");
	if (!policy_apply(rig, BW_MODE_ENFORCE))
		return;

	is(call(fd, XFS_SWAP_EXTENTS, argument), -EACCES, "an exchange of extents: refused");
	(void)policy_lift(rig);
}

/* All items of the tree of files: a small file's content is in them. */
static int tree_search(const char *path, bool *ret_leaked)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) struct btrfs_ioctl_search_args_v2 *args =
		calloc(1, sizeof(*args) + SEARCH_BYTES);
	int err;

	if (fd < 0 || !args)
		return -ENODATA;

	args->key = (struct btrfs_ioctl_search_key){
		.tree_id = BTRFS_FS_TREE_OBJECTID,
		.max_objectid = UINT64_MAX,
		.max_offset = UINT64_MAX,
		.max_transid = UINT64_MAX,
		.max_type = UINT32_MAX,
		.nr_items = UINT32_MAX,
	};
	args->buf_size = SEARCH_BYTES;
	err = call(fd, BTRFS_IOC_TREE_SEARCH_V2, args);
	*ret_leaked = memmem(args->buf, SEARCH_BYTES, TEXT, strlen(TEXT));
	return err;
}

static int snapshot_make(void)
{
	_cleanup_(closep) int fd = open(DISK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct btrfs_ioctl_vol_args_v2 args = {
		.fd = fd,
		.flags = BTRFS_SUBVOL_RDONLY,
		.name = "copy",
	};

	return call(fd, BTRFS_IOC_SNAP_CREATE_V2, &args);
}

static int stream_send(bool *ret_leaked)
{
	_cleanup_(closep) int fd = open(DISK "/copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closep) int out = memfd_create("stream", MFD_CLOEXEC);
	struct btrfs_ioctl_send_args args = { .send_fd = out };
	static char stream[SEARCH_BYTES];
	int err = call(fd, BTRFS_IOC_SEND, &args);
	ssize_t len = pread(out, stream, sizeof(stream), 0);

	*ret_leaked = len > 0 && memmem(stream, len, TEXT, strlen(TEXT));
	return err;
}

/* What would copy every byte to another disk; none of them is one. */
static int device_add(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct btrfs_ioctl_vol_args args = { .name = "/dev/null" };

	return call(fd, BTRFS_IOC_ADD_DEV, &args);
}

static int device_replace(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct btrfs_ioctl_dev_replace_args args = {
		.cmd = BTRFS_IOCTL_DEV_REPLACE_CMD_START,
		.start = {
			.srcdevid = 1,
			.cont_reading_from_srcdev_mode =
				BTRFS_IOCTL_DEV_REPLACE_CONT_READING_FROM_SRCDEV_MODE_ALWAYS,
			.tgtdev_name = "/dev/null",
		},
	};

	return call(fd, BTRFS_IOC_DEV_REPLACE, &args);
}

static void test_btrfs_devices(struct rig *rig)
{
	is(device_add(PLAIN), -ENOTBLK, "control: btrfs looks at the disk to add");
	is(device_replace(PLAIN), -ENOTBLK, "control: and at that to replace it");
	if (!policy_apply(rig, BW_MODE_ENFORCE))
		return;

	is(device_add(PLAIN), -EACCES, "add a disk: refused");
	is(device_replace(PLAIN), -EACCES, "replace it: refused");
	(void)policy_lift(rig);
}

static void test_btrfs(struct rig *rig)
{
	bool leaked = false;

	is(snapshot_make(), 0, "a snapshot that can't be written");
	is(tree_search(PLAIN, &leaked), 0, "control: the tree can be searched");
	ok(leaked, "control: it tells what is in the file");
	is(stream_send(&leaked), 0, "control: the snapshot can be sent");
	ok(leaked, "control: the file is in it");
	if (!policy_apply(rig, BW_MODE_ENFORCE))
		return;

	is(tree_search(PLAIN, &leaked), -EACCES, "search the tree: refused");
	ok(!leaked, "nothing got out");
	is(stream_send(&leaked), -EACCES, "send the snapshot: refused");
	ok(!leaked, "nothing got out");
	(void)policy_lift(rig);
	test_btrfs_devices(rig);
}

static const struct {
	const char *type;
	void (*test)(struct rig *rig);
} filesystems[] = {
	{ "ext3", test_generation },
	{ "ext4", test_protected },
	{ "xfs", test_xfs },
	{ "btrfs", test_btrfs },
};

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	for (size_t i = 0; i < ARRAY_LEN(filesystems); i++) {
		if (!disk_make(filesystems[i].type))
			continue;

		filesystems[i].test(&rig);
		is(scratch_unmount(DISK), 0, "%s: unmounted", filesystems[i].type);
	}
	rig_end(&rig);
	return done();
}
