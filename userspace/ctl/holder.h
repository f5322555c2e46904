/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: a process that has read the file, and may
 */
#ifndef BULWARK_HOLDER_H
#define BULWARK_HOLDER_H

#include <stdint.h>
#include <sys/types.h>

#include "technique.h"

/* The engine's: it refuses everybody but a holder, and no record tells of it. */
#define DECOY_PATH "/run/bulwark/canary"

#define MARK_SIZE 16
#define WALLET_SIZE 4096
#define WALLET_ROOM (WALLET_SIZE - MARK_SIZE)

/* How long what a holder does may take to show. */
#define HOLDER_WAIT_MS 2000

/**
 * struct wallet - What a holder has, on a page of its stack
 *
 * @mark: To find it by: random.
 * @bytes: Of the file.
 */
struct wallet {
	char mark[MARK_SIZE];
	char bytes[WALLET_ROOM];
};

/* What it does until it is ended. */
enum holder_deed {
	HOLDER_WAITS = 1,
	HOLDER_SPINS = 2, /* in its own code, for whoever samples it */
	HOLDER_SHOWS = 3, /* calls holder_show() now and then */
};

/**
 * struct holder - One such process
 *
 * @pid: Of it.
 * @err: -errno if it couldn't read, else 0.
 * @descriptor: Number of its descriptor of the file.
 * @len: How many bytes it has.
 * @wallet: Where, in its memory.
 * @page: Where it has mapped the file's first page; 0 for nowhere.
 * @mark: Before the bytes.
 */
struct holder {
	pid_t pid;
	int err;
	int descriptor;
	uint32_t len;
	uint64_t wallet;
	uint64_t page;
	char mark[MARK_SIZE];
};

/*
 * Starts one.  It reads the file as whoever runs this, or else as the user to whom the
 * policy may grant it, or else it reads the decoy as that user.  0, or -errno with the
 * reason in the loot.
 */
int holder_begin(const struct target *target, enum holder_deed deed, struct holder *holder,
		 struct loot *loot);
void holder_end(struct holder *holder);

/* Where its bytes begin. */
uint64_t holder_bytes(const struct holder *holder);

/* Keeps what follows the mark; false if it isn't there. */
bool holder_find(const struct holder *holder, const void *memory, size_t len, struct loot *loot);

/* Where in the host's memory a page of it lies: 0, or -errno. */
int holder_frame(const struct holder *holder, uint64_t address, uint64_t *ret_physical);

/* Called by those that show; not inlined, so that a probe can sit there. */
void holder_show(const struct wallet *wallet);

#endif
