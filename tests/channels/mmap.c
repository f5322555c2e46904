// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with a private memory mapping
 */
#include <sys/mman.h>

#include "channel.h"

int main(int argc, char **argv)
{
	off_t size;
	void *bytes;
	int fd = channel_open(argc, argv, &size);

	bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		channel_refused("mmap");

	channel_put(bytes, size);
	return CHANNEL_ALLOWED;
}
