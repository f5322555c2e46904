// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - which files are in a set, wherever they are seen from and whatever
 * has been done to their names
 *
 * Boots with two processors.
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "cleanup.h"
#include "placed.h"
#include "tap.h"

/* More directories than any walk takes. */
#define TOO_DEEP (4 * BW_DEPTH_MAX)

/* More names of one file than are looked at. */
#define MANY_NAMES 80

#define DEEP_NAME "/d"

static int probe_mount_ns(const char *path)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	return rig_read(path);
}

static int probe_chroot(const char *path)
{
	if (chroot(SET) < 0 || chdir("/") < 0)
		return -errno;
	return rig_read(path);
}

static int probe_proc_root(const char *path)
{
	char name[256];

	(void)snprintf(name, sizeof(name), "/proc/1/root%s", path);
	return rig_read(name);
}

static const struct rig_probe probes[] = {
	PLACED_PROBES,
	{ "mount-ns", probe_mount_ns },
	{ "chroot", probe_chroot },
	{ "proc-root", probe_proc_root },
};

static void test_new_files(void)
{
	is(rig_call(RIG_GRANTED, "create", SET "/new"), 0, "a granted subject makes a file");
	check_protected(SET "/new", "a new file");

	rig_mkdir(SET "/a/b/c");
	is(rig_call(RIG_GRANTED, "create", SET "/a/b/c/deep"), 0, "and one in a new directory");
	check_protected(SET "/a/b/c/deep", "a new file in new directories");
	check_free(PLAIN, "a file beside the set");
}

static void test_views(void)
{
	is(mkdir(DISK "/bind", 0755), 0, "a place for a bind mount");
	is(mount(SET, DISK "/bind", NULL, MS_BIND, NULL), 0, "the set is mounted there");
	check_protected(DISK "/bind/secret", "through a bind mount");
	(void)umount(DISK "/bind");

	is(rig_call(RIG_OTHER, "mount-ns", SECRET), -EACCES, "in a mount namespace: refused");
	is(rig_call(RIG_GRANTED, "mount-ns", SECRET), 0, "in one entered after exec: granted");
	is(rig_call(RIG_OTHER, "mount-ns", PLAIN), 0, "in a mount namespace, outside: free");
	is(rig_call(RIG_OTHER, "chroot", "/secret"), -EACCES, "in a chroot: refused");
	is(rig_call(RIG_OTHER, "proc-root", SECRET), -EACCES, "by /proc/PID/root: refused");
	is(rig_call(RIG_OTHER, "proc-root", PLAIN), 0, "by /proc/PID/root, outside: free");
}

static void test_overlay(void)
{
	rig_mkdir("/run/overlay/merged");
	is(mount("overlay", "/run/overlay/merged", "overlay", MS_RDONLY, "lowerdir=" SET ":" OUT),
	   0, "an overlay over the set");
	check_protected("/run/overlay/merged/secret", "through an overlay");
	check_free("/run/overlay/merged/plain", "a file outside through the overlay");
	(void)umount("/run/overlay/merged");
}

static bool kernel_shows_backing(void)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	bool shows = kernel &&
		     btf__find_by_name_kind(kernel, "bpf_lsm_mmap_backing_file", BTF_KIND_FUNC) > 0;

	btf__free(kernel);
	return shows;
}

static int fd_map(int fd)
{
	void *map = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? -errno : munmap(map, 1);
}

/* Opened through an overlay while nothing was protected, and mapped now. */
static void test_old_overlay_file(struct rig *rig)
{
	_cleanup_(closep) int secret = -EBADF;
	_cleanup_(closep) int plain = -EBADF;

	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy for a while");
	is(mount("overlay", "/run/overlay/merged", "overlay", MS_RDONLY, "lowerdir=" SET ":" OUT),
	   0, "an overlay over the set");
	secret = open("/run/overlay/merged/secret", O_RDONLY | O_CLOEXEC);
	plain = open("/run/overlay/merged/plain", O_RDONLY | O_CLOEXEC);
	placed_policy(rig);
	if (kernel_shows_backing())
		is(fd_map(secret), -EACCES, "a file opened before through an overlay: not mapped");
	else
		skip("no hook for it here", "a file opened before through an overlay: not mapped");
	is(fd_map(plain), 0, "one outside: mapped");
	closep(&secret);
	closep(&plain);
	(void)umount("/run/overlay/merged");
}

static void test_many_names(void)
{
	char name[64];

	rig_write(OUT "/many", "1");
	for (int i = 0; i < MANY_NAMES; i++) {
		(void)snprintf(name, sizeof(name), OUT "/many%d", i);
		if (link(OUT "/many", name) < 0)
			break;
	}
	check_free(OUT "/many", "a file of many names");
}

/* Directories upon directories: @levels of them below @path, and a file. */
static void make_deep(char *path, size_t size, unsigned int levels)
{
	for (unsigned int i = 0; i < levels; i++)
		(void)strncat(path, DEEP_NAME, size - strlen(path) - 1);
	rig_mkdir(path);
	(void)strncat(path, "/file", size - strlen(path) - 1);
	make_file(path);
}

static void test_depth(void)
{
	char inside[4096] = SET, outside[4096] = OUT, beyond[4096] = OUT "/beyond";

	make_deep(inside, sizeof(inside), 100);
	make_deep(outside, sizeof(outside), 100);
	make_deep(beyond, sizeof(beyond), TOO_DEEP);
	check_protected(inside, "100 directories below the set");
	check_free(outside, "as deep outside");
	is(rig_call(RIG_OTHER, "read", beyond), -EACCES, "too deep to be placed: refused");
	is(rig_call(RIG_GRANTED, "read", beyond), -EACCES, "to everybody");
}

/* After its inode was forgotten, a handle gives a dentry that hangs in the air. */
static void test_handles(void)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = { .handle.handle_bytes = MAX_HANDLE_SZ };
	_cleanup_(closep) int disk = open(DISK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int mount_id, fd;

	(void)name_to_handle_at(AT_FDCWD, PLAIN, &handle.handle, &mount_id, 0);
	drop_caches();
	fd = open_by_handle_at(disk, &handle.handle, O_RDONLY);
	is(fd < 0 ? -errno : 0, -EACCES, "by handle, nowhere to be found: refused");
	check_free(PLAIN, "by name again");
	fd = open_by_handle_at(disk, &handle.handle, O_RDONLY);
	is(fd < 0 ? -errno : 0, 0, "by handle, placed by its name: free");
	closep(&fd);
}

static void test_links(struct rig *rig)
{
	struct stat st;

	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy for a while");
	rig_write(SET "/two", "1");
	(void)unlink(OUT "/two");
	is(link(SET "/two", OUT "/two"), 0, "a file has a name inside and one outside");
	placed_policy(rig);

	(void)stat(SET "/two", &st);
	(void)stat(OUT "/two", &st);
	check_protected(OUT "/two", "a name outside while the one inside is remembered");

	rig_protect(rig, 1, OUT "/two");
	is(rig_apply(rig), 0, "policy applied with the inode anchored");
	drop_caches();
	check_protected(OUT "/two", "a name outside");
}

static void test_names(struct rig *rig)
{
	rig_mkdir(SET "/log");
	make_file(SET "/log/messages");
	rig_write(OUT "/single", "1");
	rig_name(rig, 1, SET, "log", BW_ANCHOR_EXCEPT);
	rig_name(rig, 1, OUT, "single", BW_ANCHOR_PROTECT);
	is(rig_apply(rig), 0, "policy applied with an exception and a single file");

	check_free(SET "/log/messages", "a file below an exception");
	check_protected(SET "/secret", "a file beside it");
	check_protected(OUT "/single", "a single file");
	is(rename(SET "/secret", SET "/log/secret") < 0 ? -errno : 0, -EACCES,
	   "a rename into the exception is refused");
	rig_write(OUT "/other", "2");
	is(rename(OUT "/other", OUT "/single"), 0, "the single file is replaced");
	check_protected(OUT "/single", "what replaced it");
	check_free(PLAIN, "a file beside it");
}

static void test_monitored_filesystem(struct rig *rig)
{
	char beyond[4096] = OUT "/beyond";

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_MONITOR, SET);
	for (size_t i = 0; i < rig->rules.len; i++)
		if (rig->items[i].key.kind == BW_RULE_FILESYSTEM)
			rig->items[i].rule.mode = BW_MODE_MONITOR;
	is(rig_apply(rig), 0, "all sets of the filesystem only monitor");
	make_deep(beyond, sizeof(beyond), TOO_DEEP);
	check_free(beyond, "too deep to be placed, where nothing is enforced");
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	if (!placed_begin(&rig))
		return done();

	check_protected(SECRET, "a file of the set");
	test_new_files();
	test_views();
	test_overlay();
	test_old_overlay_file(&rig);
	test_many_names();
	test_depth();
	test_handles();
	test_links(&rig);
	test_names(&rig);
	test_monitored_filesystem(&rig);

	placed_end(&rig);
	return done();
}
