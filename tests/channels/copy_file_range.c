// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with copy_file_range(2) into an unnamed file
 */
#include "channel.h"

/* Tells what arrived in the copy. */
static void put_copy(int copy)
{
	static char block[65536];
	ssize_t len;

	if (lseek(copy, 0, SEEK_SET) < 0)
		channel_not_tried("lseek");

	while ((len = read(copy, block, sizeof(block))) > 0)
		channel_put(block, len);
	if (len < 0)
		channel_not_tried("read the copy");
}

int main(int argc, char **argv)
{
	off_t size;
	ssize_t len;
	int fd = channel_open(argc, argv, &size);
	int copy = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (copy < 0)
		channel_not_tried("/var/tmp");

	while ((len = copy_file_range(fd, NULL, copy, NULL, 65536, 0)) > 0)
		;
	if (len < 0)
		channel_refused("copy_file_range");

	put_copy(copy);
	return CHANNEL_ALLOWED;
}
