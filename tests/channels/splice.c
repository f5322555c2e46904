// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with splice(2) into a pipe
 */
#include "channel.h"

int main(int argc, char **argv)
{
	static char block[4096];
	off_t size;
	ssize_t len;
	int ends[2], fd = channel_open(argc, argv, &size);

	if (pipe(ends) < 0)
		channel_not_tried("pipe");

	while ((len = splice(fd, NULL, ends[1], NULL, sizeof(block), 0)) > 0) {
		len = read(ends[0], block, sizeof(block));
		if (len < 0)
			channel_not_tried("read from the pipe");
		channel_put(block, len);
	}
	if (len < 0)
		channel_refused("splice");
	return CHANNEL_ALLOWED;
}
