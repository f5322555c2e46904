/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - scope-bound cleanup for userspace
 */
#ifndef BULWARK_CLEANUP_H
#define BULWARK_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(func) __attribute__((__cleanup__(func)))
#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Hands a pointer over to the caller and forgets it. */
#define take_ptr(ptr)                       \
	({                                  \
		__typeof__(ptr) _p = (ptr); \
		(ptr) = NULL;               \
		_p;                         \
	})

static inline void freep(void *ptr)
{
	free(*(void **)ptr);
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -EBADF;
	return taken;
}

static inline void fclosep(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

static inline void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

#endif
