// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - which files are in a set, wherever they are seen from and whatever
 * has been done to their names
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DISK "/srv/disk"
#define SET DISK "/set"
#define OUT DISK "/out"
#define SECRET SET "/secret"
#define PLAIN OUT "/plain"
#define EXCHANGED OUT "/exchanged"

/* More directories than any walk takes. */
#define TOO_DEEP (4 * BW_DEPTH_MAX)

/* More names of one file than are looked at. */
#define MANY_NAMES 80

#define RACE_SECONDS 5

#define DEEP_NAME "/d"

/* A probe has one path: what it moves is made of it. */
#define MOVED OUT "/moved"

static int probe_read(const char *path)
{
	return rig_read(path);
}

static int probe_create(const char *path)
{
	return rig_open(path, O_RDWR | O_CREAT | O_EXCL);
}

static int probe_move_out(const char *path)
{
	return rename(path, MOVED) < 0 ? -errno : 0;
}

static int probe_link_out(const char *path)
{
	return link(path, MOVED) < 0 ? -errno : 0;
}

static int probe_move_within(const char *path)
{
	return rename(path, SET "/renamed") < 0 ? -errno : 0;
}

static int probe_exchange(const char *path)
{
	return renameat2(AT_FDCWD, path, AT_FDCWD, EXCHANGED, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

/* By the descriptor: no name of the source is looked up. */
static int probe_link_by_fd(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC);
	char name[64];

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, name, AT_FDCWD, MOVED, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* A file that never had a name gets one outside. */
static int probe_tmpfile(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char name[64];

	if (fd < 0 || write(fd, "x", 1) < 0)
		return -errno;

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, name, AT_FDCWD, MOVED, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

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
	{ "read", probe_read },		  { "create", probe_create },
	{ "move-out", probe_move_out },	  { "move-within", probe_move_within },
	{ "link-out", probe_link_out },	  { "link-by-fd", probe_link_by_fd },
	{ "exchange", probe_exchange },	  { "tmpfile", probe_tmpfile },
	{ "mount-ns", probe_mount_ns },	  { "chroot", probe_chroot },
	{ "proc-root", probe_proc_root },
};

static void drop_caches(void)
{
	_cleanup_(closep) int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (fd < 0 || write(fd, "3", 1) != 1)
		diag("cannot drop the caches: %s", strerror(errno));
}

/* The test itself may not write in the set.  Where nobody may, there is a file all the same. */
static void make_file(const char *path)
{
	(void)unlink(path);
	(void)rig_call(RIG_GRANTED, "create", path);
}

/* Refused to one, granted to the other: the pair that each place has. */
static void check_protected(const char *path, const char *what)
{
	is(rig_call(RIG_OTHER, "read", path), -EACCES, "%s: refused", what);
	is(rig_call(RIG_GRANTED, "read", path), 0, "%s: granted", what);
}

static void check_free(const char *path, const char *what)
{
	is(rig_call(RIG_OTHER, "read", path), 0, "%s: free", what);
}

/* The policy of most tests: one set, one grant. */
static void policy_apply(struct rig *rig)
{
	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_ENFORCE, SET);
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "policy applied");
}

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
	bool shows = kernel && btf__find_by_name_kind(kernel, "bpf_lsm_mmap_backing_file",
						      BTF_KIND_FUNC) > 0;

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
	policy_apply(rig);
	if (kernel_shows_backing())
		is(fd_map(secret), -EACCES, "a file opened before through an overlay: not mapped");
	else
		skip("no hook for it here", "a file opened before through an overlay: not mapped");
	is(fd_map(plain), 0, "one outside: mapped");
	closep(&secret);
	closep(&plain);
	(void)umount("/run/overlay/merged");
}

static void test_leaving(void)
{
	make_file(SET "/one");
	rig_write(EXCHANGED, "1");
	is(rig_call(RIG_OTHER, "move-out", SET "/one"), -EACCES, "a rename out is refused");
	is(rig_call(RIG_OTHER, "link-out", SET "/one"), -EACCES, "a link out is refused");
	is(rig_call(RIG_OTHER, "link-by-fd", SET "/one"), -EACCES, "one by descriptor too");
	is(rig_call(RIG_OTHER, "exchange", SET "/one"), -EACCES, "an exchange is refused");
	check_free(EXCHANGED, "what would have come in by it");
	is(rig_call(RIG_OTHER, "move-out", SET), -EACCES, "the set's own directory stays");
	is(rig_call(RIG_OTHER, "move-within", SET "/one"), 0, "a rename within is free");
	check_protected(SET "/renamed", "what was renamed within");
}

static void test_carrying(struct rig *rig)
{
	__u64 carried = rig_state(rig).carried;

	is(rig_call(RIG_GRANTED, "move-out", SET "/renamed"), 0, "a granted one may rename out");
	check_protected(MOVED, "what was carried out");
	drop_caches();
	check_protected(MOVED, "that, after its inode was forgotten");
	is(rig_state(rig).carried, carried + 1, "it is remembered");
	is(unlink(MOVED), 0, "it is deleted");
	drop_caches();
	is(rig_state(rig).carried, carried, "and forgotten");

	is(rig_call(RIG_GRANTED, "link-out", SECRET), 0, "a granted one may link out");
	check_protected(MOVED, "a link outside");
	check_protected(SECRET, "the file that was linked");
	(void)unlink(MOVED);

	is(rig_call(RIG_GRANTED, "move-out", SET "/a"), 0, "and move a directory out");
	check_protected(MOVED "/b/c/deep", "a file below a directory that was moved out");
	is(rename(MOVED, SET "/a"), 0, "anybody may move it back");

	make_file(SET "/one");
	is(rig_call(RIG_GRANTED, "exchange", SET "/one"), 0, "and exchange a file for one outside");
	check_protected(EXCHANGED, "what went out");
	check_protected(SET "/one", "what came in");
	(void)unlink(EXCHANGED);

	is(rig_call(RIG_GRANTED, "tmpfile", SET), 0, "a nameless file gets a name outside");
	check_protected(MOVED, "that file");
	is(rig_call(RIG_OTHER, "tmpfile", SET), -EACCES, "others get no nameless file");
	(void)unlink(MOVED);
}

static void test_entering(void)
{
	rig_write(OUT "/coming", "1");
	check_free(OUT "/coming", "a file before it moves in");
	is(rename(OUT "/coming", SET "/come"), 0, "anybody may move in");
	check_protected(SET "/come", "a file that moved in");

	rig_write(OUT "/linked", "1");
	check_free(OUT "/linked", "a file before it is linked in");
	is(link(OUT "/linked", SET "/linked"), 0, "anybody may link in");
	check_protected(SET "/linked", "a file that was linked in");
	check_protected(OUT "/linked", "its name outside");

	rig_write(OUT "/first", "1");
	is(link(OUT "/first", OUT "/second"), 0, "a file has two names");
	is(rename(OUT "/first", SET "/first"), 0, "one of them moves in");
	drop_caches();
	check_protected(OUT "/second", "the other one");
	check_protected(SET "/first", "the one that moved in");
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

static void test_unlinked(void)
{
	_cleanup_(closep) int fd = -EBADF;
	char link[64], byte;

	rig_write(OUT "/gone", "1");
	fd = open(OUT "/gone", O_RDONLY | O_CLOEXEC);
	is(rename(OUT "/gone", SET "/gone"), 0, "an open file moves in");
	is(unlink(SET "/gone"), 0, "and is deleted");
	is(read(fd, &byte, 1) < 0 ? -errno : 0, -EACCES, "a deleted file: refused");
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	is(rig_read(link), -EACCES, "reopened: refused");
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
	policy_apply(rig);

	(void)stat(SET "/two", &st);
	(void)stat(OUT "/two", &st);
	check_protected(OUT "/two", "a name outside while the one inside is remembered");

	rig_protect(rig, 1, OUT "/two");
	is(rig_apply(rig), 0, "policy applied with the inode anchored");
	drop_caches();
	check_protected(OUT "/two", "a name outside");
}

/* INV-1: back and forth between a place and an excepted name elsewhere in the set. */
static _Noreturn void shuffle_forever(void)
{
	for (;;) {
		(void)rename(SET "/shuffled", SET "/sub/log");
		(void)rename(SET "/sub/log", SET "/shuffled");
	}
}

/* A new file that enters the set makes all cached places worthless: each open looks anew. */
static unsigned int opened_while_shuffled(int path)
{
	time_t end = time(NULL) + RACE_SECONDS;
	unsigned int opened = 0;
	char name[64];

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
	while (time(NULL) < end) {
		rig_write(OUT "/junk", "1");
		(void)rename(OUT "/junk", SET "/junk");
		(void)unlink(SET "/junk");
		opened += rig_read(name) != -EACCES;
	}
	return opened;
}

static void test_race(void)
{
	_cleanup_(closep) int path = -EBADF;
	pid_t child;

	rig_mkdir(SET "/sub");
	/* Made inside: one that had moved in would be carried, and be in the set by itself. */
	make_file(SET "/shuffled");
	path = open(SET "/shuffled", O_PATH | O_CLOEXEC);

	child = fork();
	if (child == 0)
		shuffle_forever();

	is(opened_while_shuffled(path), 0, "a rename never takes a file through a hole");
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
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
	test_race();
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
	rig_mkdir(DISK);
	if (!is(scratch_mount("ext4", DISK, 64), 0, "a disk"))
		return done();

	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	policy_apply(&rig);
	check_protected(SECRET, "a file of the set");
	test_new_files();
	test_views();
	test_overlay();
	test_old_overlay_file(&rig);
	test_leaving();
	test_carrying(&rig);
	test_entering();
	test_many_names();
	test_depth();
	test_unlinked();
	test_handles();
	test_links(&rig);
	test_names(&rig);
	test_monitored_filesystem(&rig);

	rig_disarm(&rig);
	(void)scratch_unmount(DISK);
	return done();
}
