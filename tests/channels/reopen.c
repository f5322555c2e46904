// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with a descriptor that was opened with O_PATH and again through /proc
 */
#include "channel.h"

int main(int argc, char **argv)
{
	static char block[65536];
	char again[64];
	int path, fd;
	ssize_t len;

	path = argc == 2 ? open(argv[1], O_PATH | O_CLOEXEC) : -1;
	if (path < 0)
		channel_not_tried("open with O_PATH");

	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", path);
	fd = open(again, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		channel_refused("open through /proc/self/fd");

	while ((len = read(fd, block, sizeof(block))) > 0)
		channel_put(block, len);
	if (len < 0)
		channel_refused("read");
	return CHANNEL_ALLOWED;
}
