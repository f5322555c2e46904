// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - where the kernel puts memory that it needs elsewhere
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "swaps.h"
#include "text.h"

/* "/dev/sda2    partition    1048572    0    -2" */
static int line_pass(char *line, int (*each)(void *context, const char *device), void *context)
{
	char *save = NULL;
	char *device = strtok_r(line, " \t\n", &save);
	char *type = strtok_r(NULL, " \t\n", &save);

	if (!device || !type)
		return -EBADMSG;

	if (strcmp(type, "partition") != 0)
		return 0;

	bw_text_unescape_octal(device);
	return each(context, device);
}

int bw_swaps_each(const char *path, int (*each)(void *context, const char *device), void *context)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;

	/* The first line is the table's head. */
	if (getline(&line, &size, file) < 0)
		return ferror(file) ? -EIO : 0;

	while (!err && getline(&line, &size, file) > 0)
		err = line_pass(line, each, context);
	return !err && ferror(file) ? -EIO : err;
}
