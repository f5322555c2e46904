// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - sets that are named by an overlay's paths: whether they outlast what the
 * overlay forgets, and what their layers are
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define DISK "/srv/layers"
#define LOWER DISK "/lower"
#define OVER DISK "/over"
#define MERGED "/srv/merged"
#define SET MERGED "/set"

static int layers_mount(bool apart)
{
	rig_mkdir(DISK);
	rig_mkdir(MERGED);
	if (mount("none", DISK, "tmpfs", 0, NULL) < 0)
		return -errno;

	rig_mkdir(OVER);
	if (apart && mount("none", OVER, "tmpfs", 0, NULL) < 0)
		return -errno;

	rig_mkdir(OVER "/upper");
	rig_mkdir(OVER "/work");
	rig_write(LOWER "/set/below", "pension");
	if (mount("overlay", MERGED, "overlay", 0,
		  "lowerdir=" LOWER ",upperdir=" OVER "/upper,workdir=" OVER "/work") < 0)
		return -errno;

	rig_write(SET "/above", "pension");
	return 0;
}

static void layers_unmount(bool apart)
{
	is(umount(MERGED), 0, "the overlay is unmounted");
	if (apart)
		(void)umount(OVER);
	(void)umount(DISK);
}

/* As the kernel does by itself when memory is short. */
static void caches_drop(void)
{
	_cleanup_(closep) int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	is(write(fd, "3", 1), 1, "what nobody uses is forgotten");
}

static void both_are(int err, const char *what, const char *when)
{
	is(rig_read(SET "/below"), err, "%s: of the lower layer, %s", what, when);
	is(rig_read(SET "/above"), err, "%s: of the upper layer, %s", what, when);
}

static void test_layers(struct rig *rig, bool apart, const char *what)
{
	if (!is(layers_mount(apart), 0, "%s: an overlay", what))
		return;

	both_are(0, what, "without a policy: free");
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	is(rig_apply(rig), 0, "%s: a policy", what);
	both_are(-EACCES, what, "refused");
	caches_drop();
	/* docs/limitations.md: over two filesystems a directory comes back as another. */
	if (apart)
		both_are(0, what, "forgotten and looked up again: free, as is known");
	else
		both_are(-EACCES, what, "forgotten and looked up again: refused");
	is(rig_read(LOWER "/set/below"), 0, "%s: the lower layer itself is in no set: free", what);
	is(rig_read(OVER "/upper/set/above"), 0, "%s: nor is the upper one: free", what);

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, LOWER "/set");
	rig_protect(rig, 1, OVER "/upper/set");
	is(rig_apply(rig), 0, "%s: a policy for the layers", what);
	both_are(-EACCES, what, "its layers named: refused");
	caches_drop();
	both_are(-EACCES, what, "its layers named, forgotten: refused");
	is(rig_read(LOWER "/set/below"), -EACCES, "%s: the lower layer itself: refused", what);
	is(rig_read(OVER "/upper/set/above"), -EACCES, "%s: the upper one: refused", what);

	rig_clear(rig);
	is(rig_apply(rig), 0, "%s: no policy any more", what);
	layers_unmount(apart);
}

/* Whoever opened it through the overlay before is asked at each read. */
static void test_opened_before(struct rig *rig)
{
	_cleanup_(closep) int fd = -EBADF;
	char byte;

	if (!is(layers_mount(false), 0, "an overlay over what will be a set"))
		return;

	fd = open(SET "/below", O_RDONLY | O_CLOEXEC);
	is(pread(fd, &byte, 1, 0), 1, "control: opened through it, and read");
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, LOWER "/set");
	is(rig_apply(rig), 0, "a policy for the layer below");
	is(pread(fd, &byte, 1, 0) < 0 ? -errno : 0, -EACCES, "the old descriptor: refused");

	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy any more");
	is(pread(fd, &byte, 1, 0), 1, "control: it reads again");
	closep(&fd);
	fd = -EBADF;
	layers_unmount(false);
}

int main(void)
{
	struct rig rig;

	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	test_layers(&rig, false, "on one filesystem");
	test_layers(&rig, true, "on two");
	test_opened_before(&rig);
	rig_end(&rig);
	return done();
}
