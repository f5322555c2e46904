// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: ways to read through a descriptor
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/btrfs.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "technique.h"

/* Keeps what a call put into the loot: @len as it returned it. */
static int loot_got(struct loot *loot, ssize_t len)
{
	if (len < 0)
		return -errno;

	loot->len = (size_t)len;
	return 0;
}

static int take_pread(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);

	return fd < 0 ? fd : loot_got(loot, pread(fd, loot->bytes, sizeof(loot->bytes), 0));
}

static int take_readv(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct iovec part = { .iov_base = loot->bytes, .iov_len = sizeof(loot->bytes) };

	return fd < 0 ? fd : loot_got(loot, readv(fd, &part, 1));
}

static int take_preadv2(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct iovec part = { .iov_base = loot->bytes, .iov_len = sizeof(loot->bytes) };

	return fd < 0 ? fd : loot_got(loot, preadv2(fd, &part, 1, 0, RWF_HIPRI));
}

static int take_preadv(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct iovec parts[] = {
		{ .iov_base = loot->bytes, .iov_len = 7 },
		{ .iov_base = loot->bytes + 7, .iov_len = sizeof(loot->bytes) - 7 },
	};

	return fd < 0 ? fd : loot_got(loot, preadv(fd, parts, ARRAY_LEN(parts), 0));
}

/* Only what is in memory already: it was just written, or nobody may have it. */
static int take_cached(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct iovec part = { .iov_base = loot->bytes, .iov_len = sizeof(loot->bytes) };

	return fd < 0 ? fd : loot_got(loot, preadv2(fd, &part, 1, 0, RWF_NOWAIT));
}

/* Past the page cache. */
static int take_direct(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	_cleanup_(freep) void *block = aligned_alloc(LOOT_SIZE, LOOT_SIZE);
	ssize_t len;

	if (fd < 0)
		return -errno;

	if (!block)
		return -ENOMEM;

	len = read(fd, block, LOOT_SIZE);
	if (len > 0)
		loot_keep(loot, block, (size_t)len);
	return len < 0 ? -errno : 0;
}

static int pipe_make(int ends[2])
{
	return pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

/* What came into a pipe, if anything did. */
static int pipe_take(int ends[2], ssize_t moved, struct loot *loot)
{
	int err = moved < 0 ? -errno : 0;
	int read_err;

	closep(&ends[1]);
	read_err = loot_read(loot, take_fd(&ends[0]));
	return err ? err : read_err;
}

static int take_sendfile(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	int ends[2];
	int err = fd < 0 ? fd : pipe_make(ends);

	return err ? err : pipe_take(ends, sendfile(ends[1], fd, NULL, LOOT_SIZE), loot);
}

static int take_splice(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	int ends[2];
	int err = fd < 0 ? fd : pipe_make(ends);

	if (err)
		return err;

	return pipe_take(ends, splice(fd, NULL, ends[1], NULL, LOOT_SIZE, 0), loot);
}

/* From pipe to pipe, after the first one has it. */
static int take_tee(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	int first[2], second[2];
	int err = fd < 0 ? fd : pipe_make(first);

	if (!err)
		err = pipe_make(second);
	if (err)
		return err;

	if (splice(fd, NULL, first[1], NULL, LOOT_SIZE, 0) < 0)
		return -errno;

	return pipe_take(second, tee(first[0], second[1], LOOT_SIZE, 0), loot);
}

static int socket_make(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0 ? -errno
											    : 0;
}

static int take_sent_to_socket(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	int ends[2];
	int err = fd < 0 ? fd : socket_make(ends);

	return err ? err : pipe_take(ends, sendfile(ends[1], fd, NULL, LOOT_SIZE), loot);
}

static int take_sent_to_file(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	_cleanup_(closep) int copy = memfd_create("copy", MFD_CLOEXEC);

	if (fd < 0)
		return fd;

	if (copy < 0 || sendfile(copy, fd, NULL, LOOT_SIZE) < 0)
		return -errno;

	return loot_got(loot, pread(copy, loot->bytes, sizeof(loot->bytes), 0));
}

/* Through a pipe, into a socket. */
static int take_spliced_on(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	int first[2], second[2];
	int err = fd < 0 ? fd : pipe_make(first);

	if (!err)
		err = socket_make(second);
	if (err)
		return err;

	if (splice(fd, NULL, first[1], NULL, LOOT_SIZE, 0) < 0)
		return -errno;

	return pipe_take(second, splice(first[0], NULL, second[1], NULL, LOOT_SIZE, 0), loot);
}

/* A child reads with what it inherited, and hands the bytes back. */
static int take_inherited(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	int ends[2];
	int err = fd < 0 ? fd : pipe_make(ends);
	pid_t pid;

	if (err)
		return err;

	pid = fork();
	if (pid == 0) {
		err = loot_read(loot, fd);
		_exit(err ? -err : write(ends[1], loot->bytes, loot->len) < 0);
	}
	if (pid < 0 || waitpid(pid, &err, 0) != pid)
		return -ECHILD;

	if (WEXITSTATUS(err))
		return -WEXITSTATUS(err);

	return loot_read(loot, ends[0]);
}

/* A child has it, and the parent takes it from there. */
static int take_fetched(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	long process, fetched;
	pid_t pid;

	if (fd < 0)
		return fd;

	pid = fork();
	if (pid == 0)
		for (;;)
			(void)pause();
	/* A signal to -1 would end all that there is. */
	if (pid < 0)
		return -errno;

	process = syscall(SYS_pidfd_open, pid, 0);
	fetched = syscall(SYS_pidfd_getfd, (int)process, fd, 0);
	if (fetched < 0)
		fetched = -errno;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return loot_read(loot, (int)fetched);
}

static int take_aio(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct iocb request = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = (uint32_t)fd,
		.aio_buf = (uintptr_t)loot->bytes,
		.aio_nbytes = sizeof(loot->bytes),
	};
	struct iocb *requests[] = { &request };
	struct io_event event = { 0 };
	aio_context_t context = 0;

	if (fd < 0)
		return fd;

	if (syscall(SYS_io_setup, 1, &context) < 0 ||
	    syscall(SYS_io_submit, context, 1, requests) < 0 ||
	    syscall(SYS_io_getevents, context, 1, 1, &event, NULL) < 0)
		return -errno;

	if (event.res < 0)
		return (int)event.res;

	loot->len = (size_t)event.res;
	return 0;
}

/* Goes with its last descriptor. */
static int loop_make(int file)
{
	struct loop_config config = {
		.fd = (uint32_t)file,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR,
	};
	_cleanup_(closep) int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	_cleanup_(closep) int loop = -EBADF;
	char path[32];
	int number;

	number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);
	if (number < 0)
		return -errno;

	(void)snprintf(path, sizeof(path), "/dev/loop%d", number);
	loop = open(path, O_RDONLY | O_CLOEXEC);
	if (loop < 0 || ioctl(loop, LOOP_CONFIGURE, &config) < 0)
		return -errno;

	return take_fd(&loop);
}

static int take_loop(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);

	return fd < 0 ? fd : loot_read(loot, loop_make(fd));
}

/* As it lies on the disk: the same bytes, unless they are compressed. */
static int take_encoded(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	const struct iovec part = { .iov_base = loot->bytes, .iov_len = sizeof(loot->bytes) };
	struct btrfs_ioctl_encoded_io_args request = { .iov = &part, .iovcnt = 1 };

	return fd < 0 ? fd : loot_got(loot, ioctl(fd, BTRFS_IOC_ENCODED_READ, &request));
}

const struct technique techniques_read[] = {
	{ "pread", "A7", "pread", take_pread, false },
	{ "readv", "A7", "readv", take_readv, false },
	{ "preadv", "A7", "preadv", take_preadv, false },
	{ "cached", "A7", "preadv2 of what is in memory", take_cached, false },
	{ "preadv2", "A7", "preadv2", take_preadv2, false },
	{ "direct", "A7", "read past the page cache", take_direct, false },
	{ "sendfile", "E1", "sendfile", take_sendfile, false },
	{ "sendfile-socket", "E1", "sendfile to a socket", take_sent_to_socket, false },
	{ "sendfile-file", "E1", "sendfile to a file", take_sent_to_file, false },
	{ "splice-on", "E5", "splice by a pipe to a socket", take_spliced_on, false },
	{ "inherited", "C2", "a descriptor that a child inherits", take_inherited, false },
	{ "fetched", "C4", "pidfd_getfd from a child", take_fetched, false },
	{ "splice", "E2", "splice", take_splice, false },
	{ "tee", "E3", "tee", take_tee, false },
	{ "aio", "D11", "io_submit", take_aio, false },
	{ "encoded", "F4", "BTRFS_IOC_ENCODED_READ", take_encoded, false },
	{ "loop", "H3", "a loop device over the file", take_loop, false },
	{ NULL, NULL, NULL, NULL, false },
};
