// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - commands through io_uring, one at a time
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
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

int ring_open(struct ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = (int)syscall(SYS_io_uring_setup, 1, &ring->params);
	if (ring->fd < 0)
		return -errno;

	ring->queues = ring_map(ring->fd, IORING_OFF_SQ_RING);
	ring->entry = ring_map(ring->fd, IORING_OFF_SQES);
	return ring->queues == MAP_FAILED || ring->entry == MAP_FAILED ? -errno : 0;
}

void ring_close(struct ring *ring)
{
	(void)munmap(ring->entry, RING_SIZE);
	(void)munmap(ring->queues, RING_SIZE);
	closep(&ring->fd);
}

static uint32_t *ring_number(const struct ring *ring, uint32_t offset)
{
	return (uint32_t *)(ring->queues + offset);
}

int ring_queue(struct ring *ring, const struct io_uring_sqe *submission)
{
	uint32_t *tail = ring_number(ring, ring->params.sq_off.tail);

	*ring->entry = *submission;
	*ring_number(ring, ring->params.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) < 0 ? -errno : 0;
}

int ring_take(struct ring *ring)
{
	const struct io_uring_cqe *results =
		(struct io_uring_cqe *)(ring->queues + ring->params.cq_off.cqes);
	uint32_t *head = ring_number(ring, ring->params.cq_off.head);
	int result;

	if (syscall(SYS_io_uring_enter, ring->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;

	result = results[*head % ring->params.cq_entries].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

int ring_submit(struct ring *ring, const struct io_uring_sqe *submission)
{
	int err = ring_queue(ring, submission);

	return err ? err : ring_take(ring);
}

int ring_run(const struct io_uring_sqe *submission)
{
	struct ring ring;
	int err = ring_open(&ring);
	int result = err ? err : ring_submit(&ring, submission);

	ring_close(&ring);
	return result;
}
