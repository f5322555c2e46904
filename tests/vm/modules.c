// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - loads kernel modules in the fast guest
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "modules.h"

int load_module(const char *path)
{
	int fd;
	int err = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		err = -errno;
	close(fd);
	return err;
}

/* NAME.order lists a module's files, what it depends on first. */
static int load_in_order(const char *name)
{
	char path[256];
	FILE *order;
	int err = 0;

	snprintf(path, sizeof(path), MODULES_DIR "/%s.order", name);
	order = fopen(path, "re");
	if (!order)
		return -errno;

	while (!err && fgets(path, sizeof(path), order)) {
		path[strcspn(path, "\n")] = '\0';
		err = load_module(path);
	}
	fclose(order);
	return err;
}

int modprobe(int argc, char **argv)
{
	const char *name;

	if (argc < 2)
		return EXIT_FAILURE;

	name = argv[argc - 1];
	if (!strncmp(name, "fs-", 3))
		name += 3;
	return load_in_order(name) ? EXIT_FAILURE : EXIT_SUCCESS;
}
