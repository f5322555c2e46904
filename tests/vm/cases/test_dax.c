// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 where a mapping is the disk itself: ext4 in persistent memory
 *
 * Boots with: memmap=64M!1G
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DEVICE "/dev/pmem0"
#define DISK "/srv/disk"
#define SECRET DISK "/set/secret"
#define TEXT "pension\n"

static int map(int fd)
{
	char *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	int err;

	if (at == MAP_FAILED)
		return -errno;

	err = memcmp(at, TEXT, strlen(TEXT)) == 0 ? 0 : -EBADMSG;
	(void)munmap(at, 4096);
	return err;
}

/* Straight into the memory that is the disk, which nothing but DAX can give. */
static int map_sync(int fd)
{
	void *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0);

	if (at == MAP_FAILED)
		return -errno;

	(void)munmap(at, 4096);
	return 0;
}

static int text_of(int fd)
{
	char text[sizeof(TEXT)] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return -errno;
	return strcmp(text, TEXT) == 0 ? 0 : -EBADMSG;
}

static int probe_read(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : text_of(fd);
}

static int probe_map(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : map(fd);
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "map", probe_map },
};

/* Needs no file's own attribute: everything there is DAX. */
static bool disk_make(void)
{
	static const char *const modules[] = { "ext4", "nd_e820", "nd_pmem" };

	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		is(scratch_run("/sbin/modprobe", modules[i], NULL), 0, "%s", modules[i]);
	for (int i = 0; i < 100 && access(DEVICE, F_OK) < 0; i++)
		(void)usleep(10000);

	rig_mkdir(DISK);
	return is(scratch_run("/sbin/mkfs.ext4", "-q", "-b", "4096", DEVICE, NULL), 0,
		  "a filesystem in persistent memory") &&
	       ok(mount(DEVICE, DISK, "ext4", 0, "dax=always") == 0, "mounted as DAX");
}

static void test_dax(struct rig *rig)
{
	_cleanup_(closep) int fd = open(SECRET, O_RDONLY | O_CLOEXEC);

	is(map_sync(fd), 0, "control: a mapping is the disk itself");
	is(map(fd), 0, "control: and shows the file");
	is(rig_call(RIG_OTHER, "map", SECRET), 0, "control: to who opens it, too");
	is(rig_call(RIG_OTHER, "read", SECRET), 0, "control: it can be read");

	rig_set(rig, 1, BW_MODE_ENFORCE, DISK "/set");
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy");
	is(rig_call(RIG_OTHER, "read", SECRET), -EACCES, "read: refused");
	is(rig_call(RIG_OTHER, "map", SECRET), -EACCES, "mapped: refused");
	is(map(fd), -EACCES, "mapped by an old descriptor: refused");
	is(map_sync(fd), -EACCES, "to be the disk itself: refused");
	is(text_of(fd), -EACCES, "read by an old descriptor: refused");
	is(rig_call(RIG_GRANTED, "read", SECRET), 0, "with a grant: read");
	is(rig_call(RIG_GRANTED, "map", SECRET), 0, "with a grant: mapped");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	if (!is(rig_arm(&rig), 0, "armed") || !disk_make())
		return done();

	rig_write(SECRET, TEXT);
	sync();
	test_dax(&rig);
	rig_clear(&rig);
	is(rig_apply(&rig), 0, "no policy any more");
	is(umount(DISK), 0, "the disk is let go");
	rig_end(&rig);
	return done();
}
