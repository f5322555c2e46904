// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the channels that a budget counts, each as a call that brings so many bytes
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channels.h"
#include "cleanup.h"
#include "compat.h"
#include "rig.h"
#include "ring.h"
#include "scratch.h"

#define KIB 1024U
#define PAGE (4 * KIB)
#define FILE_BYTES CHANNEL_FILE_BYTES

#define SINK "/run/sink"

/* Of a filesystem that can clone, and hands out what it has as it lies on the disk. */
#define DISK "/srv"
#define DISK_MB 256
/* Copies by copy_file_range(2) and clones stay on it. */
#define SINK_BESIDE DISK "/sink"
#define GUESS DISK "/guess"

#define NR_READ_OF_32_BITS 3

static char buffer[FILE_BYTES];

static long or_errno(long result)
{
	return result < 0 ? -errno : result;
}

static void pair_close(const int ends[2])
{
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* --- Calls ------------------------------------------------------------------------- */

static long by_read(int fd)
{
	return or_errno(read(fd, buffer, PAGE));
}

static long by_pread(int fd)
{
	return or_errno(pread(fd, buffer, PAGE, 6 * KIB));
}

static long by_readv(int fd)
{
	struct iovec parts[] = { { buffer, KIB }, { buffer + KIB, 2 * KIB } };

	return or_errno(readv(fd, parts, 2));
}

static long by_preadv2(int fd)
{
	struct iovec parts[] = { { buffer, KIB }, { buffer + KIB, 2 * KIB } };

	return or_errno(preadv2(fd, parts, 2, 0, 0));
}

/* As programs of 32 bits do. */
static long by_compat(int fd)
{
	void *low = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long len;

	if (low == MAP_FAILED)
		return -errno;

	len = compat_call(NR_READ_OF_32_BITS, fd, (unsigned long)low, PAGE);
	(void)munmap(low, PAGE);
	return len;
}

static long by_aio(int fd)
{
	struct iocb job = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = (__u32)fd,
		.aio_buf = (__u64)(uintptr_t)buffer,
		.aio_nbytes = FILE_BYTES,
	};
	struct iocb *jobs[] = { &job };
	aio_context_t context = 0;
	struct io_event event = { 0 };
	long len = syscall(SYS_io_setup, 1, &context);

	if (len == 0)
		len = syscall(SYS_io_submit, context, 1, jobs);
	if (len == 1)
		len = syscall(SYS_io_getevents, context, 1, 1, &event, NULL);
	len = len < 0 ? -errno : (long)event.res;
	(void)syscall(SYS_io_destroy, context);
	return len;
}

/* --- Copies within the kernel ------------------------------------------------------ */

static long by_sendfile(int fd)
{
	_cleanup_(closep) int sink = open(SINK, O_WRONLY | O_CLOEXEC);

	return or_errno(sendfile(sink, fd, NULL, PAGE));
}

static long by_splice(int fd)
{
	int ends[2];
	long len;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	len = or_errno(splice(fd, NULL, ends[1], NULL, PAGE, 0));
	pair_close(ends);
	return len;
}

static long by_copy(int fd)
{
	_cleanup_(closep) int sink = open(SINK_BESIDE, O_WRONLY | O_CLOEXEC);

	return or_errno(copy_file_range(fd, NULL, sink, NULL, PAGE, 0));
}

static long by_clone(int fd)
{
	_cleanup_(closep) int sink = open(SINK_BESIDE, O_WRONLY | O_CLOEXEC);

	return ioctl(sink, FICLONE, fd) < 0 ? -errno : (long)FILE_BYTES;
}

/* What comes is whether they are what was guessed, as they are. */
static long by_dedupe(int fd)
{
	_cleanup_(closep) int guess = open(GUESS, O_RDONLY | O_CLOEXEC);
	union {
		struct file_dedupe_range range;
		char room[sizeof(struct file_dedupe_range) + sizeof(struct file_dedupe_range_info)];
	} call = { .range = { .src_length = FILE_BYTES, .dest_count = 1 } };

	call.range.info[0].dest_fd = fd;
	if (ioctl(guess, FIDEDUPERANGE, &call.range) < 0)
		return -errno;

	if (call.range.info[0].status < 0)
		return call.range.info[0].status;

	return (long)call.range.info[0].bytes_deduped;
}

static long by_encoded(int fd)
{
	const struct iovec part = { buffer, FILE_BYTES };
	struct btrfs_ioctl_encoded_io_args request = { .iov = &part, .iovcnt = 1 };

	return or_errno(ioctl(fd, BTRFS_IOC_ENCODED_READ, &request));
}

/* --- Mappings ---------------------------------------------------------------------- */

static long by_mapping(int fd)
{
	char *map = mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED)
		return -errno;

	memcpy(buffer, map, FILE_BYTES);
	(void)munmap(map, FILE_BYTES);
	return FILE_BYTES;
}

/* One page is asked for, and grows unseen. */
static long by_remapping(int fd)
{
	char *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), *map;

	if (page == MAP_FAILED)
		return -errno;

	map = mremap(page, PAGE, FILE_BYTES, MREMAP_MAYMOVE);
	if (map == MAP_FAILED)
		return -errno;

	memcpy(buffer, map, FILE_BYTES);
	(void)munmap(map, FILE_BYTES);
	return FILE_BYTES;
}

/* --- io_uring ---------------------------------------------------------------------- */

static struct io_uring_sqe ring_reading(int fd, unsigned int flags)
{
	return (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.flags = (__u8)flags,
		.fd = fd,
		.addr = (__u64)(uintptr_t)buffer,
		.len = FILE_BYTES,
	};
}

static long by_ring(int fd)
{
	const struct io_uring_sqe reading = ring_reading(fd, 0);

	return ring_run(&reading);
}

static long by_ring_worker(int fd)
{
	const struct io_uring_sqe reading = ring_reading(fd, IOSQE_ASYNC);

	return ring_run(&reading);
}

static long by_ring_splice(int fd)
{
	struct io_uring_sqe splicing = {
		.opcode = IORING_OP_SPLICE,
		.splice_fd_in = fd,
		.splice_off_in = ~0ULL,
		.off = ~0ULL,
		.len = PAGE,
	};
	int ends[2];
	long len;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	splicing.fd = ends[1];
	len = ring_run(&splicing);
	pair_close(ends);
	return len;
}

/* Wakes the ring while its owner waits in a call, and then ends that call. */
static void wake(int ring_end, int call_end)
{
	if (fork() > 0)
		return;

	(void)usleep(200000);
	(void)!write(ring_end, "", 1);
	(void)usleep(500000);
	(void)!write(call_end, "", 1);
	_exit(EXIT_SUCCESS);
}

/* On the way out of a call that asks for one byte of something else. */
static long by_ring_later(int fd)
{
	const struct io_uring_sqe reading = ring_reading(fd, IOSQE_IO_DRAIN);
	struct io_uring_sqe waiting = { .opcode = IORING_OP_POLL_ADD, .poll32_events = POLLIN };
	int ring_pipe[2], call_pipe[2];
	struct ring ring;
	char byte;
	long len;

	if (pipe2(ring_pipe, O_CLOEXEC) < 0 || pipe2(call_pipe, O_CLOEXEC) < 0 || ring_open(&ring))
		return -errno;

	waiting.fd = ring_pipe[0];
	(void)ring_queue(&ring, &waiting);
	(void)ring_queue(&ring, &reading);
	wake(ring_pipe[1], call_pipe[1]);
	(void)!read(call_pipe[0], &byte, 1);
	(void)ring_take(&ring);
	len = ring_take(&ring);
	ring_close(&ring);
	pair_close(ring_pipe);
	pair_close(call_pipe);
	return len;
}

/* --- All of them ------------------------------------------------------------------- */

const struct channel channels[] = {
	{ "read", 0, by_read },
	{ "pread", 6 * KIB, by_pread },
	{ "readv", 0, by_readv },
	{ "preadv2", 0, by_preadv2 },
	{ "read of 32 bits", 0, by_compat },
	{ "io_submit", 0, by_aio },
	{ "sendfile", 0, by_sendfile },
	{ "splice", 0, by_splice },
	{ "copy_file_range", 0, by_copy },
	{ "FICLONE", 0, by_clone },
	{ "FIDEDUPERANGE", 0, by_dedupe },
	{ "BTRFS_IOC_ENCODED_READ", 0, by_encoded },
	{ "mmap", 0, by_mapping },
	{ "mremap", 0, by_remapping },
	{ "io_uring", 0, by_ring },
	{ "io_uring, by a worker", 0, by_ring_worker },
	{ "io_uring, splice", 0, by_ring_splice },
	{ "io_uring, later", 0, by_ring_later },
};

const size_t channels_len = ARRAY_LEN(channels);

void channel_file(const char *path)
{
	static char text[FILE_BYTES + 1];

	memset(text, 'x', FILE_BYTES);
	rig_write(path, text);
}

int channels_prepare(void)
{
	int err = scratch_mount("btrfs", DISK, DISK_MB);

	rig_write(SINK, "");
	rig_write(SINK_BESIDE, "");
	channel_file(GUESS);
	return err;
}

int channels_end(void)
{
	return scratch_unmount(DISK);
}

long channel_run(size_t index, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : channels[index].run(fd);
}
