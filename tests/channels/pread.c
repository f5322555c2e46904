// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with pread(2)
 */
#include "channel.h"

int main(int argc, char **argv)
{
	static char block[65536];
	off_t size, at = 0;
	ssize_t len;
	int fd = channel_open(argc, argv, &size);

	while ((len = pread(fd, block, sizeof(block), at)) > 0) {
		channel_put(block, len);
		at += len;
	}
	if (len < 0)
		channel_refused("pread");
	return CHANNEL_ALLOWED;
}
