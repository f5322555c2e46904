// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with sendfile(2)
 */
#include <sys/sendfile.h>

#include "channel.h"

int main(int argc, char **argv)
{
	off_t size;
	ssize_t len;
	int fd = channel_open(argc, argv, &size);

	while ((len = sendfile(STDOUT_FILENO, fd, NULL, 65536)) > 0)
		;
	if (len < 0)
		channel_refused("sendfile");
	return CHANNEL_ALLOWED;
}
