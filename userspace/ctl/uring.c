// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: one ring of io_uring, one entry at a time
 *
 * By bare calls: no library is needed for that, and a host on which io_uring is disabled
 * answers as such.
 */
#include "uring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "cleanup.h"

/* Enough for any technique here; no entry is used twice. */
#define ENTRIES 8

static void *ring_map(const struct uring *ring, size_t len, off_t what)
{
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, what);

	return map == MAP_FAILED ? NULL : map;
}

int uring_init(struct uring *ring, uint32_t flags)
{
	struct io_uring_params params = { .flags = flags };
	char *submissions, *completions;

	ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &params);
	if (ring->fd < 0)
		return -errno;

	submissions = ring_map(ring, params.sq_off.array + ENTRIES * sizeof(uint32_t),
			       IORING_OFF_SQ_RING);
	completions =
		ring_map(ring, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
			 IORING_OFF_CQ_RING);
	ring->entries = ring_map(ring, ENTRIES * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	if (!submissions || !completions || !ring->entries)
		return -ENOMEM;

	ring->tail = (uint32_t *)(submissions + params.sq_off.tail);
	ring->array = (uint32_t *)(submissions + params.sq_off.array);
	ring->completions = (struct io_uring_cqe *)(completions + params.cq_off.cqes);
	ring->head = (uint32_t *)(completions + params.cq_off.head);
	return 0;
}

int uring_call(struct uring *ring, const struct io_uring_sqe *entry)
{
	uint32_t slot = ring->used++;

	if (!ring->entries)
		return -EBADF;

	ring->entries[slot] = *entry;
	ring->array[slot] = slot;
	__atomic_store_n(ring->tail, ring->used, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1,
		    IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL, 0) < 0)
		return -errno;

	/* Taken: or the next call would not wait for its own. */
	__atomic_store_n(ring->head, ring->used, __ATOMIC_RELEASE);
	return ring->completions[slot].res;
}

int uring_open(struct uring *ring, const struct target *target, uint32_t slot)
{
	const struct io_uring_sqe entry = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)target->path,
		.open_flags = O_RDONLY,
		.file_index = slot,
	};

	return uring_call(ring, &entry);
}

int uring_read(struct uring *ring, int fd, uint8_t flags, struct loot *loot)
{
	const struct io_uring_sqe entry = {
		.opcode = IORING_OP_READ,
		.flags = flags,
		.fd = fd,
		.addr = (uintptr_t)loot->bytes,
		.len = sizeof(loot->bytes),
	};
	int len = uring_call(ring, &entry);

	loot->len = len > 0 ? (size_t)len : 0;
	return len < 0 ? len : 0;
}

int uring_register(const struct uring *ring, int fd)
{
	long err = syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_FILES, &fd, 1);

	return err < 0 ? -errno : 0;
}
