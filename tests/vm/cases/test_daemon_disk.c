// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the daemon and disks: those under a set, those that are free, one that comes later
 *
 * The kernel's own debugging disks (scsi_debug): real ones in all that sysfs shows.
 *
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "cleanup.h"
#include "live.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DRIVER "/sys/bus/pseudo/drivers/scsi_debug/"
#define UNDER "/dev/sda"
#define UNDER_RAW "/dev/sg0"
#define FREE "/dev/sdb"
#define LATER "/dev/sdc"
#define OWN_NODE "/run/own-node"
#define DISK "/srv/disk"

#define PATIENCE_S 60

static bool is_there(const char *path)
{
	for (int i = 0; i < PATIENCE_S * 10; i++) {
		if (access(path, F_OK) == 0)
			return true;
		(void)usleep(100000);
	}
	return false;
}

static bool driver_tell(const char *attribute, const char *value)
{
	char path[128];
	_cleanup_(closep) int fd = -EBADF;

	(void)snprintf(path, sizeof(path), DRIVER "%s", attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
}

/* Without a store of its own each would show the first one's bytes. */
static bool disk_add(const char *node)
{
	return driver_tell("per_host_store", "1") && driver_tell("add_host", "1") && is_there(node);
}

static bool disks_make(void)
{
	struct stat status;

	for (size_t i = 0; i < 3; i++) {
		static const char *const modules[] = { "sd_mod", "sg", "scsi_debug" };

		if (!is(scratch_run("/sbin/modprobe", modules[i], NULL), 0, "%s", modules[i]))
			return false;
	}

	rig_mkdir(DISK);
	return ok(is_there(UNDER) && is_there(UNDER_RAW), "a disk") &&
	       ok(disk_add(FREE), "another one") &&
	       is(scratch_run("/usr/sbin/mkfs.ext4", "-q", UNDER, NULL), 0, "a filesystem") &&
	       is(mount(UNDER, DISK, "ext4", 0, NULL), 0, "mounted") &&
	       is(stat(UNDER, &status), 0, "its number") &&
	       is(mknod(OWN_NODE, S_IFBLK | 0600, status.st_rdev), 0, "a node of one's own");
}

static int reads(const char *path)
{
	int err;

	(void)live_read(path, 1, &err);
	return err;
}

static void test_disks(void)
{
	is(reads(UNDER), -EACCES, "the disk under the set: refused");
	is(reads(OWN_NODE), -EACCES, "by a node of one's own: refused");
	is(rig_open(UNDER_RAW, O_RDONLY), -EACCES, "by its character device: refused");
	is(reads(FREE), 0, "the other one: free");
	ok(live_wait_line(LIVE_EVENTS, "\"" UNDER "\"", "\"disks\"", PATIENCE_S), "it is told");
}

/* The engine hears of its node. */
static void test_later(void)
{
	int err = -EACCES;

	ok(disk_add(LATER), "one more disk comes");
	for (int i = 0; i < PATIENCE_S && err; i++) {
		err = reads(LATER);
		(void)sleep(err ? 1 : 0);
	}
	is(err, 0, "it is free as well");
	is(reads(UNDER), -EACCES, "the disk under the set: still refused");
}

/* Root takes the filesystem away and waits until the engine has looked. */
static void test_unmounted(void)
{
	json_int_t generation = live_number("generation");

	is(umount(DISK), 0, "the set's filesystem is unmounted");
	ok(live_wait_number("generation", generation + 1, PATIENCE_S), "the engine has seen it");
	is(reads(UNDER), -EACCES, "its disk: still refused");
	is(reads(FREE), 0, "the other one: still free");
}

/* What mkswap(8) writes on a disk of 8 MB: version, last page, and the magic at a page's end. */
static int swap_make(const char *path)
{
	static const __u32 head[] = { 1, 2047, 0 };
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (pwrite(fd, head, sizeof(head), 1024) != sizeof(head) ||
	    pwrite(fd, "SWAPSPACE2", 10, 4086) != 10 || fsync(fd) < 0)
		return -errno;
	return swapon(path, 0) < 0 ? -errno : 0;
}

/* What the server had in memory would be read from there. */
static void test_swap(void)
{
	int err = 0;

	is(swap_make(FREE), 0, "a free disk is swapped to");
	for (int i = 0; i < PATIENCE_S && !err; i++) {
		err = reads(FREE);
		(void)sleep(err ? 0 : 1);
	}
	is(err, -EACCES, "it is refused from then on");
	is(reads(LATER), 0, "another one: still free");
}

int main(int argc, char **argv)
{
	pid_t engine;

	live_probe_main(argc, argv);
	live_prepare();
	if (!disks_make())
		return done();

	rig_mkdir(DISK "/set");
	is(reads(UNDER), 0, "without Bulwark: free");
	live_policy("files.yaml",
		    "set: files\nversion: 1\nmode: enforce\nprotect: [" DISK "/set]\ngrants: []\n");
	live_policy("disks.yaml", "set: disks\nversion: 1\nmode: enforce\ndevices: under-sets\n"
				  "protect: []\ngrants: []\n");
	engine = live_start();
	if (ok(engine > 0, "the daemon starts")) {
		test_disks();
		test_later();
		test_unmounted();
		test_swap();
	}
	live_finish(engine);
	is(reads(UNDER), 0, "released: free");
	is(swapoff(FREE), 0, "nothing is swapped to any more");
	return done();
}
