// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: ways through io_uring
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "uring.h"

/* IORING_OP_FIXED_FD_INSTALL, which older headers don't have. */
#define FIXED_FD_INSTALL 54

static int take_opened(const struct target *target, struct loot *loot)
{
	struct uring ring = { 0 };
	int err = uring_init(&ring, 0);

	return err ? err : loot_read(loot, uring_open(&ring, target, 0));
}

/* Into a slot of the ring, so that there is no descriptor at all. */
static int take_opened_into_slot(const struct target *target, struct loot *loot)
{
	struct uring ring = { 0 };
	int err = uring_init(&ring, 0);

	if (!err)
		err = uring_register(&ring, -1);
	if (!err)
		err = uring_open(&ring, target, 1);
	return err ? err : uring_read(&ring, 0, IOSQE_FIXED_FILE, loot);
}

static int take_with(const struct target *target, uint8_t flags, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct uring ring = { 0 };
	int err = fd < 0 ? fd : uring_init(&ring, 0);

	return err ? err : uring_read(&ring, fd, flags, loot);
}

static int take_read(const struct target *target, struct loot *loot)
{
	return take_with(target, 0, loot);
}

static int take_read_by_worker(const struct target *target, struct loot *loot)
{
	return take_with(target, IOSQE_ASYNC, loot);
}

static int take_readv(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	const struct iovec part = { .iov_base = loot->bytes, .iov_len = sizeof(loot->bytes) };
	const struct io_uring_sqe entry = {
		.opcode = IORING_OP_READV,
		.fd = fd,
		.addr = (uintptr_t)&part,
		.len = 1,
	};
	struct uring ring = { 0 };
	int len = fd < 0 ? fd : uring_init(&ring, 0);

	if (!len)
		len = uring_call(&ring, &entry);
	loot->len = len > 0 ? (size_t)len : 0;
	return len < 0 ? len : 0;
}

/* Registered, and its descriptor closed. */
static int take_registered(const struct target *target, struct loot *loot)
{
	int fd = target_open(target);
	struct uring ring = { 0 };
	int err = fd < 0 ? fd : uring_init(&ring, 0);

	if (!err)
		err = uring_register(&ring, fd);
	closep(&fd);
	return err ? err : uring_read(&ring, 0, IOSQE_FIXED_FILE, loot);
}

static int take_opened2(const struct target *target, struct loot *loot)
{
	struct open_how how = { .flags = O_RDONLY };
	const struct io_uring_sqe entry = {
		.opcode = IORING_OP_OPENAT2,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)target->path,
		.len = sizeof(how),
		.off = (uintptr_t)&how,
	};
	struct uring ring = { 0 };
	int err = uring_init(&ring, 0);

	return err ? err : loot_read(loot, uring_call(&ring, &entry));
}

/* Into memory that the ring has pinned. */
static int take_read_fixed(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	const struct iovec buffer = { .iov_base = loot->bytes, .iov_len = sizeof(loot->bytes) };
	const struct io_uring_sqe entry = {
		.opcode = IORING_OP_READ_FIXED,
		.fd = fd,
		.addr = (uintptr_t)loot->bytes,
		.len = sizeof(loot->bytes),
	};
	struct uring ring = { 0 };
	int len = fd < 0 ? fd : uring_init(&ring, 0);

	if (!len &&
	    syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1) < 0)
		len = -errno;
	if (!len)
		len = uring_call(&ring, &entry);
	loot->len = len > 0 ? (size_t)len : 0;
	return len < 0 ? len : 0;
}

/* By a thread of the kernel's that polls the queue. */
static int take_polled(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct uring ring = { 0 };
	int err = fd < 0 ? fd : uring_init(&ring, IORING_SETUP_SQPOLL);

	return err ? err : uring_read(&ring, fd, 0, loot);
}

static int take_spliced(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct io_uring_sqe entry = {
		.opcode = IORING_OP_SPLICE,
		.splice_fd_in = fd,
		.splice_off_in = 0,
		.off = UINT64_MAX,
		.len = LOOT_SIZE,
	};
	struct uring ring = { 0 };
	int ends[2];
	int len = fd < 0 ? fd : uring_init(&ring, 0);

	if (len)
		return len;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;

	entry.fd = ends[1];
	len = uring_call(&ring, &entry);
	return len < 0 ? len : loot_read(loot, ends[0]);
}

/* Out of one ring's table into another's: never a descriptor of the reader. */
static int take_handed_over(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = target_open(target);
	struct uring from = { 0 }, to = { 0 };
	struct io_uring_sqe entry = {
		.opcode = IORING_OP_MSG_RING,
		.addr = IORING_MSG_SEND_FD,
		.file_index = 1,
		.msg_ring_flags = IORING_MSG_RING_CQE_SKIP,
	};
	int err = fd < 0 ? fd : uring_init(&from, 0);

	if (!err)
		err = uring_init(&to, 0);
	if (!err)
		err = uring_register(&from, fd);
	if (!err)
		err = uring_register(&to, -1);
	if (err)
		return err;

	entry.fd = to.fd;
	err = uring_call(&from, &entry);
	return err < 0 ? err : uring_read(&to, 0, IOSQE_FIXED_FILE, loot);
}

/* A registered file is made a descriptor. */
static int take_installed(const struct target *target, struct loot *loot)
{
	const struct io_uring_sqe entry = {
		.opcode = FIXED_FD_INSTALL,
		.flags = IOSQE_FIXED_FILE,
	};
	int fd = target_open(target);
	struct uring ring = { 0 };
	int err = fd < 0 ? fd : uring_init(&ring, 0);

	if (!err)
		err = uring_register(&ring, fd);
	closep(&fd);
	return err ? err : loot_read(loot, uring_call(&ring, &entry));
}

/* A child reads by the ring that it inherited, in which its parent registered the file. */
static int take_inherited_ring(const struct target *target, struct loot *loot)
{
	struct loot *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = target_open(target);
	struct uring ring = { 0 };
	int err = fd < 0 ? fd : uring_init(&ring, 0);
	pid_t pid;

	if (!err)
		err = uring_register(&ring, fd);
	closep(&fd);
	if (err || shared == MAP_FAILED)
		return err ? err : -ENOMEM;

	pid = fork();
	if (pid == 0)
		_exit(-uring_read(&ring, 0, IOSQE_FIXED_FILE, shared));
	if (pid < 0 || waitpid(pid, &err, 0) < 0)
		return -errno;

	loot_keep(loot, shared->bytes, shared->len);
	return WIFEXITED(err) ? -WEXITSTATUS(err) : -ECHILD;
}

/* With credentials that the ring was given before. */
static int take_opened_as(const struct target *target, struct loot *loot)
{
	struct io_uring_sqe entry = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)target->path,
		.open_flags = O_RDONLY,
	};
	struct uring ring = { 0 };
	int err = uring_init(&ring, 0);
	long who;

	if (err)
		return err;

	who = syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PERSONALITY, NULL, 0);
	if (who < 0)
		return -errno;

	entry.personality = (uint16_t)who;
	return loot_read(loot, uring_call(&ring, &entry));
}

const struct technique techniques_ring[] = {
	{ "ring-open", "D1", "open by io_uring", take_opened, false },
	{ "ring-open-slot", "D1", "open into a slot of the ring", take_opened_into_slot, false },
	{ "ring-open2", "D1", "openat2 by io_uring", take_opened2, false },
	{ "ring-read-fixed", "D2", "read into a registered buffer", take_read_fixed, false },
	{ "ring-polled", "D5", "read by a polling thread", take_polled, false },
	{ "ring-read", "D2", "read by io_uring", take_read, false },
	{ "ring-read-worker", "D2", "read by a worker of it", take_read_by_worker, false },
	{ "ring-readv", "D2", "readv by io_uring", take_readv, false },
	{ "ring-registered", "D3", "read a registered file", take_registered, false },
	{ "ring-message", "D3", "read a file that another ring sent", take_handed_over, false },
	{ "ring-install", "C7", "a registered file made a descriptor", take_installed, false },
	{ "ring-inherited", "C8", "read by a ring that a child inherits", take_inherited_ring,
	  false },
	{ "ring-open-as", "D6", "open with registered credentials", take_opened_as, false },
	{ "ring-splice", "D4", "splice by io_uring", take_spliced, false },
	{ NULL, NULL, NULL, NULL, false },
};
