// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 where EROFS takes a protected file for a device that its image names
 *
 * The image is made here: a directory, and in it a file whose only block is the first
 * one of the device.
 *
 * Boots with others.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DISK "/srv/disk"
#define SECRET DISK "/set/secret"
#define IMAGE DISK "/image"
#define MOUNTED "/srv/mounted"
#define SHOWN MOUNTED "/f"

#define TEXT "pension\n"
#define BLOCK 4096

/* --- The image, as the kernel's Documentation/filesystems/erofs.rst has it ---- */

#define MAGIC 0xe0f5e1e2
#define FEATURE_DEVICES 8

#define SUPER_AT 1024
#define DEVICE_AT (SUPER_AT + 128)
#define ROOT_AT 2048
#define FILE_AT (ROOT_AT + 64)
#define DIRECTORY_AT BLOCK

/* The block by which the device's first one is known. */
#define DEVICE_BLOCK 16

/* An inode's number is its place, in units of its size. */
#define INODE_SIZE 32

struct super {
	__le32 magic;
	__le32 checksum;
	__le32 feature_compat;
	__u8 block_bits;
	__u8 slots;
	__le16 root;
	__le64 inodes;
	__u8 times[12];
	__le32 blocks;
	__u8 places[8];
	__u8 names[32];
	__le32 features;
	__le16 algorithms;
	__le16 devices;
	__le16 device_slot;
	__u8 rest[38];
};

_Static_assert(sizeof(struct super) == 128, "EROFS's superblock has 128 bytes");

struct device {
	__u8 tag[64];
	__le32 blocks;
	__le32 known_by;
	__u8 rest[56];
};

struct inode {
	__le16 format;
	__le16 attributes;
	__le16 mode;
	__le16 links;
	__le32 size;
	__le32 time;
	__le32 block;
	__le32 number;
	__le16 uid;
	__le16 gid;
	__le32 rest;
};

_Static_assert(sizeof(struct inode) == INODE_SIZE, "EROFS's small inode has 32 bytes");

struct entry {
	__le64 inode;
	__le16 name_at;
	__u8 type;
	__u8 rest;
} __attribute__((packed));

static const struct super super = {
	.magic = MAGIC,
	.block_bits = 12,
	.root = ROOT_AT / INODE_SIZE,
	.inodes = 2,
	.blocks = 2,
	.features = FEATURE_DEVICES,
	.devices = 1,
	.device_slot = DEVICE_AT / 128,
};

static const struct device device = { .blocks = 1, .known_by = DEVICE_BLOCK };

static const struct {
	struct entry entries[3];
	char names[4];
} __attribute__((packed)) directory = {
	.entries = {
		{ ROOT_AT / INODE_SIZE, sizeof(directory.entries), 2, 0 },
		{ ROOT_AT / INODE_SIZE, sizeof(directory.entries) + 1, 2, 0 },
		{ FILE_AT / INODE_SIZE, sizeof(directory.entries) + 3, 1, 0 },
	},
	.names = { '.', '.', '.', 'f' },
};

static const struct inode root = {
	.mode = S_IFDIR | 0755,
	.links = 2,
	.size = sizeof(directory),
	.block = DIRECTORY_AT / BLOCK,
	.number = 1,
};

static const struct inode file = {
	.mode = S_IFREG | 0644,
	.links = 1,
	.size = BLOCK,
	.block = DEVICE_BLOCK,
	.number = 2,
};

/* Numbers are little-endian, as this processor's are. */
_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "the image is made on a little-endian machine");

static int image_make(void)
{
	_cleanup_(closep) int fd = open(IMAGE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, 2L * BLOCK) < 0 ||
	    pwrite(fd, &super, sizeof(super), SUPER_AT) < 0 ||
	    pwrite(fd, &device, sizeof(device), DEVICE_AT) < 0 ||
	    pwrite(fd, &root, sizeof(root), ROOT_AT) < 0 ||
	    pwrite(fd, &file, sizeof(file), FILE_AT) < 0 ||
	    pwrite(fd, &directory, sizeof(directory), DIRECTORY_AT) < 0)
		return -errno;
	return 0;
}

/* --- Probes ------------------------------------------------------------------- */

static int probe_read(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[sizeof(TEXT)] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	return strcmp(text, TEXT) == 0 ? 0 : -EBADMSG;
}

static int probe_mount(const char *path)
{
	char option[64];

	(void)snprintf(option, sizeof(option), "device=%s", path);
	return mount(IMAGE, MOUNTED, "erofs", MS_RDONLY, option) < 0 ? -errno : 0;
}

static int probe_mount_and_read(const char *path)
{
	int err = probe_mount(path);

	if (err)
		return err;

	err = probe_read(SHOWN);
	(void)umount2(MOUNTED, MNT_DETACH);
	return err;
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "mount", probe_mount },
	{ "mount-and-read", probe_mount_and_read },
};

/* --- Tests --------------------------------------------------------------------- */

static void policy_apply(struct rig *rig)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, DISK "/set");
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy");
}

static void policy_lift(struct rig *rig)
{
	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy any more");
}

static void test_mount(struct rig *rig)
{
	is(rig_call(RIG_OTHER, "mount-and-read", SECRET), 0,
	   "control: without a policy it is mounted, and read");
	policy_apply(rig);
	is(rig_call(RIG_OTHER, "mount-and-read", SECRET), -EACCES, "mounted: refused");
	is(rig_call(RIG_GRANTED, "mount-and-read", SECRET), 0, "with a grant: mounted, and read");
	policy_lift(rig);
}

/* The kernel says EIO of a page that it couldn't get: that it was ours is counted. */
static void test_mounted_before(struct rig *rig)
{
	__u64 refused;

	is(rig_call(RIG_OTHER, "mount", SECRET), 0, "mounted before there is a policy");
	policy_apply(rig);
	refused = rig_state(rig).refused;
	is(rig_call(RIG_OTHER, "read", SHOWN), -EIO, "read then: refused");
	ok(rig_state(rig).refused > refused, "by Bulwark");
	is(rig_call(RIG_GRANTED, "read", SHOWN), 0, "with a grant: read");
	/* G9 of docs/channels.md: pages of EROFS's own. */
	is(rig_call(RIG_OTHER, "read", SHOWN), 0, "what it has read is shown to all, as is known");
	(void)umount2(MOUNTED, MNT_DETACH);
	policy_lift(rig);
}

static void secret_write(void)
{
	char text[BLOCK + 1];

	for (size_t i = 0; i < BLOCK; i++)
		text[i] = TEXT[i % strlen(TEXT)];
	text[BLOCK] = '\0';
	rig_write(SECRET, text);
	sync();
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_mkdir(DISK);
	if (!is(rig_arm(&rig), 0, "armed") || !is(scratch_mount("ext4", DISK, 64), 0, "a disk"))
		return done();

	secret_write();
	rig_mkdir(MOUNTED);
	is(image_make(), 0, "an image");
	is(scratch_run("/sbin/modprobe", "erofs", NULL), 0, "EROFS");
	if (rig_call(RIG_OTHER, "mount", SECRET) == -ENOTBLK) {
		skip("this kernel's EROFS mounts no files", "mounted: refused");
	} else {
		(void)umount2(MOUNTED, MNT_DETACH);
		test_mount(&rig);
		test_mounted_before(&rig);
	}
	is(scratch_unmount(DISK), 0, "the disk is let go");
	rig_end(&rig);
	return done();
}
