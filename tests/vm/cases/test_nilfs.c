// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 for what NILFS keeps: a checkpoint, mounted beside the filesystem
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nilfs2_api.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DISK "/srv/disk"
#define SET DISK "/set"
#define SECRET SET "/secret"
#define GONE SET "/gone"
#define PLAIN DISK "/plain"

#define PAST "/srv/past"

#define DISK_MB 256

static const struct rig_probe probes[] = {
	{ "read", rig_read },
};

/* Keeps what there is now: its number, or 0. */
static __u64 checkpoint_make(void)
{
	_cleanup_(closep) int fd = open(DISK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct nilfs_cpmode mode = { .cm_mode = NILFS_SNAPSHOT };
	struct nilfs_cpstat all = { .cs_cno = 0 };

	if (fd < 0 || syncfs(fd) < 0 || ioctl(fd, NILFS_IOCTL_GET_CPSTAT, &all) < 0)
		return 0;

	/* That is the next one's. */
	mode.cm_cno = all.cs_cno - 1;
	return ioctl(fd, NILFS_IOCTL_CHANGE_CPMODE, &mode) < 0 ? 0 : mode.cm_cno;
}

static int checkpoint_mount(__u64 number)
{
	char device[32], option[32];
	struct stat status;

	if (stat(DISK, &status) < 0)
		return -errno;

	(void)snprintf(device, sizeof(device), "/dev/loop%u", minor(status.st_dev));
	(void)snprintf(option, sizeof(option), "cp=%llu", number);
	rig_mkdir(PAST);
	return mount(device, PAST, "nilfs2", MS_RDONLY, option) < 0 ? -errno : 0;
}

/* Asked once before the policy and once under it. */
static void test_files(int err, const char *when)
{
	is(rig_call(RIG_OTHER, "read", SECRET), err, "%s: the file", when);
	is(rig_call(RIG_OTHER, "read", PAST "/set/secret"), err, "%s: in the checkpoint", when);
	is(rig_call(RIG_OTHER, "read", PAST "/set/gone"), err, "%s: what is there alone", when);
}

static void test_checkpoint(struct rig *rig)
{
	test_files(0, "control: without a policy");
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy");
	test_files(-EACCES, "refused");
	is(rig_call(RIG_OTHER, "read", PLAIN), 0, "outside: free");
	is(rig_call(RIG_GRANTED, "read", SECRET), 0, "with a grant: the file");
	is(rig_call(RIG_GRANTED, "read", PAST "/set/secret"), 0, "with a grant: the checkpoint");

	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy any more");
}

static void disk_fill(void)
{
	rig_write(SECRET, "pension\n");
	rig_write(GONE, "pension\n");
	rig_write(PLAIN, "nothing\n");
}

int main(int argc, char **argv)
{
	struct rig rig;
	__u64 number;
	int err;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	rig_mkdir(DISK);
	is(scratch_run("/sbin/modprobe", "nilfs2", NULL), 0, "NILFS");
	/* Its mkfs looks there whether the disk is in use. */
	is(symlink("/proc/self/mounts", "/etc/mtab"), 0, "a list of mounts");
	err = scratch_mount("nilfs2", DISK, DISK_MB);
	if (err == -ENOENT) {
		skip("no mkfs.nilfs2", "in the checkpoint: refused");
	} else if (is(err, 0, "a disk")) {
		disk_fill();
		number = checkpoint_make();
		ok(number > 0, "a checkpoint is kept");
		(void)unlink(GONE);
		if (is(checkpoint_mount(number), 0, "and mounted"))
			test_checkpoint(&rig);
		(void)umount(PAST);
		is(scratch_unmount(DISK), 0, "the disk is let go");
	}
	rig_end(&rig);
	return done();
}
