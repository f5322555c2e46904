// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a disk with a set and a place outside, for the tests of what is in it
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "placed.h"
#include "scratch.h"
#include "tap.h"

int placed_probe_read(const char *path)
{
	return rig_read(path);
}

int placed_probe_create(const char *path)
{
	return rig_open(path, O_RDWR | O_CREAT | O_EXCL);
}

void drop_caches(void)
{
	_cleanup_(closep) int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (fd < 0 || write(fd, "3", 1) != 1)
		diag("cannot drop the caches: %s", strerror(errno));
}

void make_file(const char *path)
{
	(void)unlink(path);
	(void)rig_call(RIG_GRANTED, "create", path);
}

void check_protected(const char *path, const char *what)
{
	is(rig_call(RIG_OTHER, "read", path), -EACCES, "%s: refused", what);
	is(rig_call(RIG_GRANTED, "read", path), 0, "%s: granted", what);
}

void check_free(const char *path, const char *what)
{
	is(rig_call(RIG_OTHER, "read", path), 0, "%s: free", what);
}

void placed_policy(struct rig *rig)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "policy applied");
}

bool placed_begin(struct rig *rig)
{
	rig_mkdir(DISK);
	if (!is(scratch_mount("ext4", DISK, 64), 0, "a disk"))
		return false;

	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	if (!is(rig_arm(rig), 0, "armed"))
		return false;

	placed_policy(rig);
	return true;
}

void placed_end(struct rig *rig)
{
	rig_end(rig);
	(void)scratch_unmount(DISK);
}
