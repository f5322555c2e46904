// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reads a file with open_by_handle_at(2), past every directory
 */
#include <libgen.h>

#include "channel.h"

int main(int argc, char **argv)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} name = { .handle.handle_bytes = MAX_HANDLE_SZ };
	static char block[65536];
	int mount_id, mount, fd;
	ssize_t len;

	if (argc != 2)
		channel_not_tried("usage: handle FILE");

	if (name_to_handle_at(AT_FDCWD, argv[1], &name.handle, &mount_id, 0) < 0)
		channel_not_tried("name_to_handle_at");

	/* Any directory of the filesystem will do. */
	mount = open(dirname(argv[1]), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount < 0)
		channel_not_tried("open the directory");

	fd = open_by_handle_at(mount, &name.handle, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		channel_refused("open_by_handle_at");

	while ((len = read(fd, block, sizeof(block))) > 0)
		channel_put(block, len);
	if (len < 0)
		channel_refused("read");
	return CHANNEL_ALLOWED;
}
