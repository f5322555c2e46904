// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what crosses the border of a set: renames, links, and how long what
 * crossed is remembered
 *
 * Boots with two processors.
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "placed.h"
#include "tap.h"

/* A probe has one path: what it moves is made of it. */
#define MOVED OUT "/moved"
#define EXCHANGED OUT "/exchanged"

#define RACE_SECONDS 5

/* Until a rename has come to where it waits. */
#define RENAME_US 2000000

/* A second set, on the same filesystem. */
#define ELSEWHERE DISK "/elsewhere"

#define PAGE 4096

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

static const struct rig_probe probes[] = {
	PLACED_PROBES,
	{ "move-out", probe_move_out },
	{ "move-within", probe_move_within },
	{ "link-out", probe_link_out },
	{ "link-by-fd", probe_link_by_fd },
	{ "exchange", probe_exchange },
	{ "tmpfile", probe_tmpfile },
};

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

static void test_hole_race(struct rig *rig)
{
	rig_name(rig, 1, SET, "log", BW_ANCHOR_EXCEPT);
	is(rig_apply(rig), 0, "policy applied with an exception");
	test_race();
}

/* --- A rename that waits ------------------------------------------------------ */

/**
 * struct stall - A write that holds its file's lock until it is let go
 *
 * @file: What is written to.
 * @faults: The userfaultfd of @page.
 * @page: Nothing is there yet: whoever reads it waits.
 * @thread: That writes.
 */
struct stall {
	int file;
	int faults;
	void *page;
	pthread_t thread;
};

static void *stall_write(void *argument)
{
	const struct stall *stall = argument;

	return (void *)(intptr_t)write(stall->file, stall->page, 1);
}

static int stall_begin(struct stall *stall, const char *path)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register wanted = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	stall->file = open(path, O_WRONLY | O_CLOEXEC);
	stall->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	stall->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	wanted.range = (struct uffdio_range){ .start = (uintptr_t)stall->page, .len = PAGE };
	if (stall->file < 0 || stall->faults < 0 || stall->page == MAP_FAILED ||
	    ioctl(stall->faults, UFFDIO_API, &api) < 0 ||
	    ioctl(stall->faults, UFFDIO_REGISTER, &wanted) < 0)
		return -errno;

	return -pthread_create(&stall->thread, NULL, stall_write, stall);
}

static void stall_end(struct stall *stall)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)stall->page, .len = PAGE },
	};
	void *written = NULL;

	if (ioctl(stall->faults, UFFDIO_ZEROPAGE, &zero) < 0)
		diag("cannot let the write go: %s", strerror(errno));
	(void)pthread_join(stall->thread, &written);
	is((intptr_t)written, 1, "the write goes on");
	closep(&stall->file);
	closep(&stall->faults);
	(void)munmap(stall->page, PAGE);
}

static int fd_read(int fd)
{
	char byte;

	return pread(fd, &byte, 1, 0) < 0 ? -errno : 0;
}

/*
 * INV-1: the hook has let the rename pass, and the move itself waits for the
 * file's lock.  @err is what reading must be, by a descriptor and by names.
 */
static void test_waiting_rename(const char *from, const char *to, int err)
{
	_cleanup_(closep) int fd = -EBADF;
	struct stall stall;
	int status = -1;
	pid_t pid;

	rig_write(from, "1");
	check_free(from, "before it moves");
	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (!is(stall_begin(&stall, from), 0, "a write holds '%s'", from))
		return;

	(void)usleep(RENAME_US / 2);
	pid = fork();
	if (pid == 0)
		_exit(rename(from, to) < 0 ? errno : 0);

	(void)usleep(RENAME_US);
	is(waitpid(pid, &status, WNOHANG), 0, "its rename to '%s' waits", to);
	is(fd_read(fd), err, "meanwhile by its descriptor");
	is(rig_read(from), err, "and by its name");

	stall_end(&stall);
	is(waitpid(pid, &status, 0), pid, "the rename goes on");
	is(status, 0, "and is done");
	is(fd_read(fd), err, "then by its descriptor");
	is(rig_read(to), err, "and by its new name");
	is(rig_call(RIG_GRANTED, "read", to), 0, "by who is granted");
}

/* --- What was carried, and its set --------------------------------------------- */

/* A policy with another set, and that one granted to the other probe. */
static void policy_without(struct rig *rig, unsigned int set, const char *name)
{
	rig_clear(rig);
	rig_set(rig, set, BW_MODE_ENFORCE, ELSEWHERE);
	(void)rig_grant(rig, set, RIG_GRANTED, 0);
	(void)snprintf(rig->rules.set_names[set].name, BW_SET_NAME_SIZE, "%s", name);
	if (set != 1)
		(void)snprintf(rig->rules.set_names[1].name, BW_SET_NAME_SIZE, "set-1");
	is(rig_apply(rig), 0, "policy applied: set '%s' is number %u", name, set);
}

static void test_set_gone(struct rig *rig)
{
	__u64 carried;

	rig_mkdir(ELSEWHERE);
	rig_write(ELSEWHERE "/secret", "1");
	placed_policy(rig);
	(void)unlink(MOVED);
	make_file(SET "/leaves");
	is(rig_call(RIG_GRANTED, "move-out", SET "/leaves"), 0, "a file is carried out");
	check_protected(MOVED, "what was carried out");

	policy_without(rig, 2, "set-2");
	check_protected(ELSEWHERE "/secret", "a file of the set that there is");
	check_free(MOVED, "what was carried out of one that is gone");
	placed_policy(rig);
	check_protected(MOVED, "that, when its set is there again");

	carried = rig_state(rig).carried;
	policy_without(rig, 1, "another");
	check_protected(ELSEWHERE "/secret", "a file of the set that has its number now");
	check_free(MOVED, "what was carried out of the number's former set");
	ok(rig_state(rig).carried < carried, "it is forgotten");
	(void)unlink(MOVED);
}

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	if (!placed_begin(&rig))
		return done();

	test_leaving();
	rig_mkdir(SET "/a/b/c");
	make_file(SET "/a/b/c/deep");
	test_carrying(&rig);
	test_entering();
	test_unlinked();
	test_waiting_rename(OUT "/waits", SET "/waited", -EACCES);
	test_waiting_rename(OUT "/idles", OUT "/idled", 0);
	test_set_gone(&rig);
	placed_policy(&rig);
	test_hole_race(&rig);
	placed_end(&rig);
	return done();
}
