// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with io_submit(2), the kernel's asynchronous reads
 */
#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "channel.h"

/* One read at @at; its result as the kernel reports it. */
static long long read_at(aio_context_t context, int fd, void *block, size_t len, off_t at)
{
	struct iocb job = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = fd,
		.aio_buf = (uintptr_t)block,
		.aio_nbytes = len,
		.aio_offset = at,
	};
	struct iocb *jobs[] = { &job };
	struct io_event event;

	if (syscall(SYS_io_submit, context, 1, jobs) != 1)
		channel_refused("io_submit");

	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		channel_not_tried("io_getevents");

	return event.res;
}

int main(int argc, char **argv)
{
	static char block[65536];
	aio_context_t context = 0;
	long long len;
	off_t size, at = 0;
	int fd = channel_open(argc, argv, &size);

	if (syscall(SYS_io_setup, 1, &context) < 0)
		channel_not_tried("io_setup");

	while ((len = read_at(context, fd, block, sizeof(block), at)) > 0) {
		channel_put(block, len);
		at += len;
	}
	if (len < 0) {
		errno = (int)-len;
		channel_refused("asynchronous read");
	}
	return CHANNEL_ALLOWED;
}
