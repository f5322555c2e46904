/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the channels that a budget counts, each as a call that brings so many bytes
 */
#ifndef CHANNELS_H
#define CHANNELS_H

#include <stddef.h>

/* Of each file that is read by them: a channel that takes a whole file brings so much. */
#define CHANNEL_FILE_BYTES (64 * 1024U)

/**
 * struct channel - One way to read
 *
 * @name: As docs/channels.md has it.
 * @from: Where in the file the bytes are that come.
 * @run: Reads by a descriptor that was just opened: how many came, or -errno.
 */
struct channel {
	const char *name;
	unsigned int from;
	long (*run)(int fd);
};

extern const struct channel channels[];
extern const size_t channels_len;

/*
 * Mounts what they read from on /srv, and makes what the kernel copies to, beside the sets:
 * 0 or -errno.
 */
int channels_prepare(void);
int channels_end(void);

/* A file that they can read. */
void channel_file(const char *path);

/* Opens the file and reads it by one of them: how many bytes came, or -errno. */
long channel_run(size_t index, const char *path);

#endif
