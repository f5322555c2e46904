// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - one command through io_uring
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "ring.h"

/* Both queues of the smallest ring fit in it. */
#define RING_SIZE 4096

static void *ring_map(int fd, off_t what)
{
	return mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, what);
}

int ring_run(const struct io_uring_sqe *submission)
{
	struct io_uring_params params = { 0 };
	_cleanup_(closep) int fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	char *queues = fd < 0 ? MAP_FAILED : ring_map(fd, IORING_OFF_SQ_RING);
	struct io_uring_sqe *entry = fd < 0 ? MAP_FAILED : ring_map(fd, IORING_OFF_SQES);
	int result;

	if (queues == MAP_FAILED || entry == MAP_FAILED)
		return -errno;

	*entry = *submission;
	*(uint32_t *)(queues + params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(queues + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		result = -errno;
	else
		result = ((struct io_uring_cqe *)(queues + params.cq_off.cqes))->res;

	(void)munmap(entry, RING_SIZE);
	(void)munmap(queues, RING_SIZE);
	return result;
}
