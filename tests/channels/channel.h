/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the programs that each read a file in one way have in common
 *
 * `NAME FILE` writes the bytes of FILE that it got to standard output and ends
 * with one of four statuses: that a way was refused and that it couldn't be
 * tried must never look alike.
 */
#ifndef BULWARK_CHANNEL_H
#define BULWARK_CHANNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum channel_result {
	CHANNEL_ALLOWED = 0,
	CHANNEL_DENIED = 1,	  /* EACCES: what Bulwark answers */
	CHANNEL_NOT_TRIED = 2,	  /* the way isn't there on this kernel or filesystem */
	CHANNEL_DENIED_OTHER = 3, /* refused by something else */
};

/* Ends the program after a failed system call. */
static inline _Noreturn void channel_refused(const char *what)
{
	int err = errno;

	fprintf(stderr, "%s: %s\n", what, strerror(err));
	exit(err == EACCES ? CHANNEL_DENIED : CHANNEL_DENIED_OTHER);
}

/* Ends the program when something that isn't under test fails. */
static inline _Noreturn void channel_not_tried(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(CHANNEL_NOT_TRIED);
}

static inline int channel_open(int argc, char **argv, off_t *ret_size)
{
	struct stat st;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		exit(CHANNEL_NOT_TRIED);
	}

	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		channel_refused("open");

	if (fstat(fd, &st) < 0)
		channel_not_tried("fstat");

	*ret_size = st.st_size;
	return fd;
}

static inline void channel_put(const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, stdout) != len)
		channel_not_tried("stdout");
}

#endif
