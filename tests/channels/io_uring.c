// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with io_uring
 */
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "channel.h"

struct ring {
	int fd;
	struct io_uring_sqe *submissions;
	struct io_uring_cqe *completions;
	uint32_t *submission_tail;
	uint32_t *submission_array;
	uint32_t *completion_head;
};

static void *ring_map(const struct ring *ring, size_t len, off_t what)
{
	void *at =
		mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, what);

	if (at == MAP_FAILED)
		channel_not_tried("mmap the ring");
	return at;
}

/* One entry is enough: each read waits for its completion. */
static void ring_init(struct ring *ring)
{
	struct io_uring_params params = { 0 };
	char *submissions, *completions;

	ring->fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	if (ring->fd < 0)
		channel_not_tried("io_uring_setup");

	submissions = ring_map(ring, params.sq_off.array + sizeof(uint32_t), IORING_OFF_SQ_RING);
	completions =
		ring_map(ring, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
			 IORING_OFF_CQ_RING);

	ring->submissions = ring_map(ring, sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring->submission_tail = (uint32_t *)(submissions + params.sq_off.tail);
	ring->submission_array = (uint32_t *)(submissions + params.sq_off.array);
	ring->completions = (struct io_uring_cqe *)(completions + params.cq_off.cqes);
	ring->completion_head = (uint32_t *)(completions + params.cq_off.head);
}

/* Bytes read or -errno. */
static int ring_read(struct ring *ring, int fd, void *block, unsigned int len, off_t at)
{
	static uint32_t turn;
	int result;

	*ring->submissions = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.fd = fd,
		.addr = (uintptr_t)block,
		.len = len,
		.off = at,
	};
	ring->submission_array[0] = 0;
	__atomic_store_n(ring->submission_tail, turn + 1, __ATOMIC_RELEASE);

	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		channel_not_tried("io_uring_enter");

	/* Two completion slots for one submission slot: they alternate. */
	result = ring->completions[turn & 1].res;
	__atomic_store_n(ring->completion_head, turn + 1, __ATOMIC_RELEASE);
	turn++;
	return result;
}

int main(int argc, char **argv)
{
	static char block[65536];
	struct ring ring;
	off_t size, at = 0;
	int len, fd = channel_open(argc, argv, &size);

	ring_init(&ring);

	while ((len = ring_read(&ring, fd, block, sizeof(block), at)) > 0) {
		channel_put(block, len);
		at += len;
	}
	if (len < 0) {
		errno = -len;
		channel_refused("read through io_uring");
	}
	return CHANNEL_ALLOWED;
}
