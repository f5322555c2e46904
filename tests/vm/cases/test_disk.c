// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - disks under sets: read by their nodes, through loop devices, by old descriptors
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "ring.h"
#include "scratch.h"
#include "tap.h"

#define DISK "/srv/disk"
#define SET DISK "/set"
#define SECRET SET "/secret"
#define NODE "/run/own-node"
#define NODE_IN_SET SET "/node"
#define AGAIN "/srv/again"
#define SECRET_AGAIN AGAIN "/set/secret"
#define CONTROL "/dev/loop-control"
#define MAPPER "/dev/mapper/control"
#define CONTROL_MAJOR 10
#define MEMORY_MAJOR 1

#define DISK_MB 64
#define TEXT "pension of A. Miller: 1234.56"
#define CHUNK 65536

#define FILES 1
#define DISKS 2

#define NO_READING_NO_WRITING 3

/* Is TEXT anywhere on it?  0, -ENOENT, or what open or read said. */
static int text_seek(int fd)
{
	_cleanup_(freep) char *chunk = malloc(CHUNK);
	ssize_t got = 0;

	for (off_t at = 0; chunk && (got = pread(fd, chunk, CHUNK, at)) > 0; at += got)
		if (memmem(chunk, got, TEXT, strlen(TEXT)))
			return 0;
	return got < 0 ? -errno : -ENOENT;
}

static int probe_seek(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : text_seek(fd);
}

static int probe_open(const char *path)
{
	return rig_open(path, O_RDONLY);
}

static int probe_write(const char *path)
{
	return rig_open(path, O_WRONLY);
}

static int probe_mode3(const char *path)
{
	return rig_open(path, NO_READING_NO_WRITING);
}

static int probe_name(const char *path)
{
	return rig_open(path, O_PATH);
}

/* As another filesystem, by numbers that no policy knows. */
static int probe_mount(const char *path)
{
	int err;

	if (mount(path, AGAIN, "ext4", MS_RDONLY, "noload") < 0)
		return -errno;

	err = probe_seek(SECRET_AGAIN);
	(void)umount2(AGAIN, MNT_DETACH);
	return err;
}

/* The filesystem of the set once more: what is in the set stays so. */
static int probe_same(const char *path)
{
	int err;

	if (mount(path, AGAIN, "ext4", 0, NULL) < 0)
		return -errno;

	err = probe_seek(AGAIN "/lost+found/none");
	(void)umount2(AGAIN, MNT_DETACH);
	return err;
}

static int probe_memory(const char *path)
{
	if (mount("none", path, "tmpfs", 0, NULL) < 0)
		return -errno;

	(void)umount2(path, MNT_DETACH);
	return 0;
}

/* What the kernel says of a table for a device that isn't there, once it looks. */
static int probe_table(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDWR | O_CLOEXEC);
	struct dm_ioctl call = {
		.version = { DM_VERSION_MAJOR },
		.data_size = sizeof(call),
		.name = "none",
	};

	return fd < 0 || ioctl(fd, DM_TABLE_LOAD, &call) < 0 ? -errno : 0;
}

/* The null device takes any command of a ring, and does nothing. */
static int ring_ask(int fd)
{
	const struct io_uring_sqe command = { .opcode = IORING_OP_URING_CMD, .fd = fd };

	return ring_run(&command);
}

static int probe_ring(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : ring_ask(fd);
}

static const struct rig_probe probes[] = {
	{ "seek", probe_seek },	  { "open", probe_open },     { "write", probe_write },
	{ "mode3", probe_mode3 }, { "name", probe_name },     { "mount", probe_mount },
	{ "same", probe_same },	  { "memory", probe_memory }, { "ring", probe_ring },
	{ "table", probe_table },
};

static __u32 device_of(const char *path)
{
	struct stat status = { 0 };

	(void)stat(path, &status);
	return major(status.st_dev) << 20 | minor(status.st_dev);
}

static bool disk_make(void)
{
	struct stat status;

	rig_mkdir(DISK);
	if (!is(scratch_mount("ext4", DISK, DISK_MB), 0, "a disk"))
		return false;

	rig_write(SECRET, TEXT);
	sync();
	return is(stat(DISK, &status), 0, "its number") &&
	       is(mknod(NODE, S_IFBLK | 0600, status.st_dev), 0, "a node of one's own") &&
	       is(mknod(NODE_IN_SET, S_IFBLK | 0600, status.st_dev), 0, "one in the set");
}

static void rule_add(struct rig *rig, enum bw_rule_kind kind, __u32 dev, unsigned int set)
{
	struct bw_rule_entry *entry = &rig->items[rig->rules.len++];

	memset(entry, 0, sizeof(*entry));
	entry->key.kind = kind;
	entry->key.file.dev = dev;
	entry->rule.set = set;
}

/* As the resolver has it of `devices: under-sets`, but for the disks that are free. */
static void policy_begin(struct rig *rig, enum bw_mode mode)
{
	rig_clear(rig);
	rig_set(rig, FILES, BW_MODE_ENFORCE, SET);
	rig_set(rig, DISKS, mode, NULL);
	rig_grant(rig, DISKS, RIG_GRANTED, 0);
	rule_add(rig, BW_RULE_DEVICES, 0, DISKS);
}

static void test_without(struct rig *rig)
{
	rig_clear(rig);
	rig_set(rig, FILES, BW_MODE_ENFORCE, SET);
	is(rig_apply(rig), 0, "a policy that says nothing of disks");
	is(rig_call(RIG_OTHER, "seek", SECRET), -EACCES, "the file: refused");
	is(rig_call(RIG_OTHER, "seek", NODE), 0, "by the disk: there");
}

static void test_nodes(struct rig *rig)
{
	__u64 refused;

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "disks are in a set");
	refused = rig_state(rig).refused;
	is(rig_call(RIG_OTHER, "seek", NODE), -EACCES, "by the disk: refused");
	ok(rig_state(rig).refused == refused + 1, "and counted");
	is(rig_call(RIG_GRANTED, "seek", NODE), 0, "with a grant: there");
	is(rig_call(RIG_OTHER, "write", NODE), -EACCES, "to write: refused");
	is(rig_call(RIG_OTHER, "mode3", NODE), -EACCES, "for neither: refused");
	is(rig_call(RIG_OTHER, "name", NODE), 0, "its mere name: free");
	is(rig_call(RIG_OTHER, "seek", NODE_IN_SET), -EACCES, "by a node in the set: refused");
	is(rig_call(RIG_GRANTED, "seek", NODE_IN_SET), 0, "with a grant: there");
	is(rig_call(RIG_OTHER, "seek", "/dev/null"), -ENOENT, "what is no disk: free");
}

static void test_free(struct rig *rig)
{
	policy_begin(rig, BW_MODE_ENFORCE);
	rule_add(rig, BW_RULE_DISK, device_of(DISK), 0);
	rig->items[rig->rules.len - 1].rule.anchor = BW_ANCHOR_PROTECT;
	is(rig_apply(rig), 0, "a set lies on the disk");
	is(rig_call(RIG_OTHER, "seek", NODE), -EACCES, "by the disk: refused");

	rig->items[rig->rules.len - 1].rule.anchor = BW_ANCHOR_EXCEPT;
	is(rig_apply(rig), 0, "the disk is free of sets");
	is(rig_call(RIG_OTHER, "seek", NODE), 0, "by the disk: free");
}

static void test_monitor(struct rig *rig)
{
	__u64 would_refuse;

	policy_begin(rig, BW_MODE_MONITOR);
	is(rig_apply(rig), 0, "disks are watched");
	would_refuse = rig_state(rig).would_refuse;
	is(rig_call(RIG_OTHER, "seek", NODE), 0, "by the disk: not refused");
	ok(rig_state(rig).would_refuse > would_refuse, "but counted");
}

static int map(int fd)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		return -errno;

	(void)munmap(at, 4096);
	return 0;
}

static int size_ask(int fd)
{
	__u64 size;

	return ioctl(fd, BLKGETSIZE64, &size) < 0 ? -errno : 0;
}

static void test_descriptor(struct rig *rig)
{
	_cleanup_(closep) int fd = -EBADF;

	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy");
	fd = open(NODE, O_RDONLY | O_CLOEXEC);
	ok(fd >= 0, "a descriptor from before");
	is(text_seek(fd), 0, "read: there");
	is(map(fd), 0, "mapped");
	is(size_ask(fd), 0, "asked");

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "disks are in a set");
	is(text_seek(fd), -EACCES, "read by the old descriptor: refused");
	is(map(fd), -EACCES, "mapped: refused");
	is(size_ask(fd), -EACCES, "asked: refused");
}

/* A loop device that nobody uses, by a descriptor and its path. */
static int loop_find(char path[32])
{
	_cleanup_(closep) int control = open(CONTROL, O_RDWR | O_CLOEXEC);

	(void)snprintf(path, 32, "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A loop device that is there before, and a descriptor of a protected file. */
static void test_loop(struct rig *rig)
{
	_cleanup_(closep) int loop = -EBADF;
	_cleanup_(closep) int file = -EBADF;
	char path[32];

	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy");
	loop = loop_find(path);
	file = open(SECRET, O_RDONLY | O_CLOEXEC);
	is(truncate(SECRET, 4096), 0, "a file of whole sectors");
	is(ioctl(loop, LOOP_SET_FD, file), 0, "a loop device over the file");
	is(text_seek(loop), 0, "shows it");
	is(ioctl(loop, LOOP_CLR_FD), 0, "and is let go");
	closep(&loop);
	loop = open(path, O_RDONLY | O_CLOEXEC);

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "disks are in a set");
	ok(ioctl(loop, LOOP_SET_FD, file) < 0 && errno == EACCES,
	   "a loop device over an old descriptor: refused");
	is(rig_call(RIG_OTHER, "open", path), -EACCES, "nor can it be opened");
	is(rig_call(RIG_GRANTED, "open", path), 0, "but with a grant");
}

static int disk_copy(const char *to)
{
	_cleanup_(closep) int in = open(NODE, O_RDONLY | O_CLOEXEC);
	_cleanup_(closep) int out = open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ssize_t got;

	while ((got = sendfile(out, in, NULL, 1 << 20)) > 0)
		continue;
	return got < 0 ? -errno : take_fd(&out);
}

/* A loop device from before, over this: mounted by whoever has no grant. */
static int loop_mount(struct rig *rig, int backing, int *ret_granted)
{
	_cleanup_(closep) int loop = -EBADF;
	char path[32];
	int err;

	test_without(rig);
	loop = loop_find(path);
	is(ioctl(loop, LOOP_SET_FD, backing), 0, "a loop device");
	is(rig_call(RIG_OTHER, "mount", path), 0, "mounted: there");

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "disks are in a set");
	err = rig_call(RIG_OTHER, "mount", path);
	*ret_granted = rig_call(RIG_GRANTED, "mount", path);

	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy");
	is(ioctl(loop, LOOP_CLR_FD), 0, "the loop device is let go");
	return err;
}

static void test_mount(struct rig *rig)
{
	_cleanup_(closep) int disk = -EBADF;
	_cleanup_(closep) int copy = -EBADF;
	int err, granted;

	rig_mkdir(AGAIN);
	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy");
	disk = open(NODE, O_RDONLY | O_CLOEXEC);
	copy = disk_copy("/run/copy");
	/* H2.  Where the kernel's worker reads by a hook it is the first to be refused. */
	err = loop_mount(rig, disk, &granted);
	ok(err == -EACCES || err == -EIO, "over the disk, mounted: refused");
	is(loop_mount(rig, copy, &granted), -EACCES, "over a copy, mounted: refused");
	is(granted, 0, "with a grant: mounted");

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "disks are in a set");
	is(rig_call(RIG_OTHER, "same", NODE), -ENOENT, "the set's own filesystem once more: free");
	is(rig_call(RIG_OTHER, "memory", AGAIN), 0, "one without a disk: free");
}

/* D7: as NVMe's commands come. */
static void test_raw_ring(struct rig *rig)
{
	_cleanup_(closep) int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "a driver that hands out no disk");
	is(ring_ask(fd), 0, "its commands in a ring: free");

	rule_add(rig, BW_RULE_RAW, MEMORY_MAJOR << 20, 0);
	is(rig_apply(rig), 0, "one that does");
	is(ring_ask(fd), -EACCES, "its commands in a ring by an old descriptor: refused");
	is(rig_call(RIG_GRANTED, "ring", "/dev/null"), 0, "with a grant: free");
}

/* H4. */
static void test_table(struct rig *rig)
{
	is(scratch_run("/sbin/modprobe", "dm_mod", NULL), 0, "the device mapper");
	test_without(rig);
	is(rig_call(RIG_OTHER, "table", MAPPER), -ENXIO, "a table: taken where disks are free");

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "disks are in a set");
	is(rig_call(RIG_OTHER, "table", MAPPER), -EACCES, "a table: refused");
	is(rig_call(RIG_GRANTED, "table", MAPPER), -ENXIO, "with a grant: taken");
	is(rig_call(RIG_OTHER, "open", MAPPER), 0, "the mapper itself: free");
}

static int free_ask(int control)
{
	return ioctl(control, LOOP_CTL_GET_FREE) < 0 ? -errno : 0;
}

/* Any character device can stand for a disk's own. */
static void test_raw(struct rig *rig)
{
	_cleanup_(closep) int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	policy_begin(rig, BW_MODE_ENFORCE);
	is(rig_apply(rig), 0, "a driver that hands out no disk");
	is(rig_call(RIG_OTHER, "open", CONTROL), 0, "its device: free");
	is(free_ask(fd), 0, "its commands: free");

	rule_add(rig, BW_RULE_RAW, CONTROL_MAJOR << 20, 0);
	is(rig_apply(rig), 0, "one that does");
	is(rig_call(RIG_OTHER, "open", CONTROL), -EACCES, "its device: refused");
	is(free_ask(fd), -EACCES, "its commands by an old descriptor: refused");
	is(rig_call(RIG_GRANTED, "open", CONTROL), 0, "with a grant: free");
	is(rig_call(RIG_OTHER, "open", "/dev/null"), 0, "another driver's: free");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, sizeof(probes) / sizeof(*probes));
	if (!is(rig_arm(&rig), 0, "armed") || !disk_make())
		return done();

	test_without(&rig);
	test_nodes(&rig);
	test_free(&rig);
	test_monitor(&rig);
	test_descriptor(&rig);
	test_loop(&rig);
	test_mount(&rig);
	test_raw_ring(&rig);
	test_table(&rig);
	/* Leaves the module's own device refused as well. */
	test_raw(&rig);

	rig_clear(&rig);
	is(rig_apply(&rig), 0, "no policy");
	is(scratch_unmount(DISK), 0, "the disk is let go");
	rig_end(&rig);
	return done();
}
