// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with readv(2)
 */
#include <sys/uio.h>

#include "channel.h"

int main(int argc, char **argv)
{
	static char one[4096], two[4096];
	struct iovec parts[] = { { one, sizeof(one) }, { two, sizeof(two) } };
	off_t size;
	ssize_t len;
	int fd = channel_open(argc, argv, &size);

	while ((len = readv(fd, parts, 2)) > 0) {
		size_t first = (size_t)len < sizeof(one) ? (size_t)len : sizeof(one);

		channel_put(one, first);
		channel_put(two, len - first);
	}
	if (len < 0)
		channel_refused("readv");
	return CHANNEL_ALLOWED;
}
