// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 for open, read and mmap: who may not read gets no byte
 *
 * Boots with others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain/file"
/* Opened before arming; apart from the others, because who writes can't be run. */
#define OLD_SECRET "/srv/set/old"
#define OLD_PLAIN "/srv/plain/old"
#define SIZE 8

/* --- Ways to read, each on its own ---------------------------------------- */

static int probe_read(const char *path)
{
	return rig_read(path);
}

static int probe_write(const char *path)
{
	return rig_open(path, O_WRONLY);
}

static int probe_append(const char *path)
{
	return rig_open(path, O_RDWR | O_APPEND);
}

/* Neither for reading nor for writing, and good for ioctls all the same. */
static int probe_mode3(const char *path)
{
	return rig_open(path, 3);
}

static int probe_reopen(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC);
	char link[64];

	if (fd < 0)
		return -errno;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return rig_read(link);
}

static int probe_handle(const char *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = { .handle.handle_bytes = MAX_HANDLE_SZ };
	_cleanup_(closep) int mount = open("/srv", O_RDONLY | O_DIRECTORY);
	_cleanup_(closep) int fd = -EBADF;
	int mount_id;

	if (mount < 0 || name_to_handle_at(AT_FDCWD, path, &handle.handle, &mount_id, 0) < 0)
		return -errno;

	fd = open_by_handle_at(mount, &handle.handle, O_RDONLY);
	return fd < 0 ? -errno : 0;
}

static int probe_exec(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, NULL);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static int probe_map(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = fd < 0 ? MAP_FAILED : mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? -errno : 0;
}

static int probe_path_only(const char *path)
{
	return rig_open(path, O_PATH);
}

static int probe_stat(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -errno : 0;
}

/* --- Ways to read through a descriptor that is there already --------------- */

static int passed_fd;

static int fd_read(int fd)
{
	char byte;

	return pread(fd, &byte, 1, 0) < 0 ? -errno : 0;
}

static int fd_readv(int fd)
{
	char byte;
	struct iovec vector = { &byte, 1 };

	return preadv(fd, &vector, 1, 0) < 0 ? -errno : 0;
}

static int fd_map(int fd)
{
	void *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

	return map == MAP_FAILED ? -errno : 0;
}

/* Nothing is asked for now: mprotect(2) would do it later. */
static int fd_map_none(int fd)
{
	void *map = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? -errno : 0;
}

static int fd_sendfile(int fd)
{
	_cleanup_(closep) int out = memfd_create("out", 0);
	off_t offset = 0;

	return sendfile(out, fd, &offset, SIZE) < 0 ? -errno : 0;
}

static int fd_splice(int fd)
{
	off64_t offset = 0;
	int pipes[2];
	int err;

	if (pipe(pipes) < 0)
		return -errno;

	err = splice(fd, &offset, pipes[1], NULL, SIZE, 0) < 0 ? -errno : 0;
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	return err;
}

static int fd_copy(int fd)
{
	_cleanup_(closep) int out = open("/srv/plain/copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
	off64_t offset = 0;

	return copy_file_range(fd, &offset, out, NULL, SIZE, 0) < 0 ? -errno : 0;
}

static int fd_write(int fd)
{
	return pwrite(fd, "x", 1, 0) < 0 ? -errno : 0;
}

static const struct {
	const char *name;
	int (*run)(int fd);
} fd_ways[] = {
	{ "pread", fd_read },
	{ "preadv", fd_readv },
	{ "mmap", fd_map },
	{ "mmap PROT_NONE", fd_map_none },
	{ "sendfile", fd_sendfile },
	{ "splice", fd_splice },
	{ "copy_file_range", fd_copy },
	{ "pwrite", fd_write },
};

/* As a probe: the descriptor is an inherited one, numbered by @text. */
static int probe_inherited(const char *text)
{
	return fd_read(atoi(text));
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },		  { "write", probe_write },
	{ "append", probe_append },	  { "mode3", probe_mode3 },
	{ "reopen", probe_reopen },	  { "handle", probe_handle },
	{ "exec", probe_exec },		  { "map", probe_map },
	{ "path-only", probe_path_only }, { "stat", probe_stat },
	{ "inherited", probe_inherited },
};

static const char *const opening[] = { "read",	 "write",  "append", "mode3",
				       "reopen", "handle", "exec",   "map" };

static void test_opening(void)
{
	for (size_t i = 0; i < ARRAY_LEN(opening); i++) {
		/* The file is no program: whoever may run it learns that. */
		int allowed = strcmp(opening[i], "exec") == 0 ? -ENOEXEC : 0;

		is(rig_call(RIG_OTHER, opening[i], SECRET), -EACCES, "%s is refused", opening[i]);
		is(rig_call(RIG_GRANTED, opening[i], SECRET), allowed, "%s is granted", opening[i]);
		is(rig_call(RIG_OTHER, opening[i], PLAIN), allowed, "%s outside is free",
		   opening[i]);
	}
	is(rig_call(RIG_OTHER, "path-only", SECRET), 0, "O_PATH stays allowed");
	is(rig_call(RIG_OTHER, "stat", SECRET), 0, "stat stays allowed");
	is(rig_open("/srv/set", O_RDONLY | O_DIRECTORY), 0, "directories can be listed");
}

static void test_descriptors(int secret, int plain)
{
	for (size_t i = 0; i < ARRAY_LEN(fd_ways); i++) {
		is(fd_ways[i].run(secret), -EACCES, "%s on an old descriptor is refused",
		   fd_ways[i].name);
		is(fd_ways[i].run(plain), 0, "%s on an old descriptor outside is free",
		   fd_ways[i].name);
	}
}

/* A descriptor without O_CLOEXEC goes along with fork and exec. */
static void test_inheritance(void)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", passed_fd);
	is(rig_call(RIG_OTHER, "inherited", number), -EACCES, "an inherited descriptor is refused");
	is(rig_call(RIG_GRANTED, "inherited", number), 0, "an inherited descriptor is granted");
}

static int pass_and_read(int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec vector = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int ends[2], got;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return -errno;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	if (sendmsg(ends[0], &message, 0) < 0 || recvmsg(ends[1], &message, 0) < 0)
		return -errno;

	header = CMSG_FIRSTHDR(&message);
	if (!header)
		return -EBADMSG;

	memcpy(&got, CMSG_DATA(header), sizeof(int));
	return fd_read(got);
}

static void test_counters(struct rig *rig)
{
	struct bw_state before = rig_state(rig);

	(void)rig_read(SECRET);
	(void)rig_read(SECRET);
	is(rig_state(rig).refused - before.refused, 2, "each refusal is counted");
	ok(rig_state(rig).sequence - before.sequence <= 1, "and told once at most");
}

static void test_monitor(struct rig *rig)
{
	struct bw_state before;

	rig_clear(rig);
	rig_set(rig, 1, BW_MODE_MONITOR, "/srv/set");
	is(rig_apply(rig), 0, "the set only monitors now");

	before = rig_state(rig);
	is(rig_call(RIG_OTHER, "read", SECRET), 0, "what would be refused passes");
	ok(rig_state(rig).would_refuse > before.would_refuse, "and is counted");
	is(rig_state(rig).refused - before.refused, 0, "not as a refusal");
}

int main(int argc, char **argv)
{
	_cleanup_(closep) int secret = -EBADF;
	_cleanup_(closep) int plain = -EBADF;
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");
	(void)chmod(SECRET, 0755);
	(void)chmod(PLAIN, 0755);
	rig_write(OLD_SECRET, "pension\n");
	rig_write(OLD_PLAIN, "nothing\n");
	secret = open(OLD_SECRET, O_RDWR | O_CLOEXEC);
	plain = open(OLD_PLAIN, O_RDWR | O_CLOEXEC);
	passed_fd = open(OLD_SECRET, O_RDONLY);

	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	is(rig_read(SECRET), 0, "nothing is refused before there is a policy");
	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(&rig, 1, RIG_GRANTED, 0);
	is(rig_apply(&rig), 0, "policy applied");

	test_opening();
	test_descriptors(secret, plain);
	test_inheritance();
	is(pass_and_read(secret), -EACCES, "a descriptor passed by SCM_RIGHTS is refused");
	is(pass_and_read(plain), 0, "one of a file outside is free");
	test_counters(&rig);
	is(bw_enforcer_prove(rig.enforcer), 0, "the canary is refused");
	test_monitor(&rig);

	rig_disarm(&rig);
	is(rig_read(SECRET), 0, "nothing is refused once the keeper has let go");
	return done();
}
