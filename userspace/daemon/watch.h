/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - notices what changes on the host under the policy in force
 */
#ifndef BULWARK_WATCH_H
#define BULWARK_WATCH_H

#include <errno.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "policy.h"

/**
 * struct bw_watch - Directories and mounts under watch
 *
 * @event: The engine's loop.
 * @changed: Called soon after the first change, then no more often than the
 *	time it takes allows.
 * @changes: What counts in @dirs, as inotify(7) calls it.
 * @pause_factor: How much longer than a call of @changed nothing happens after it.
 * @policies: In force; borrowed.
 * @dirs: What @inotify watches, as in struct bw_rules.
 * @dirs_len: Entries of @dirs.
 * @inotify: -EBADF while nothing is watched.
 * @newest: Highest number of a directory in it.
 * @mountinfo: Tells by POLLPRI when something was mounted.
 * @swaps: The same of swap devices; -EBADF on a kernel that has none.
 * @clock: Readable when the time was set, and once a month; -EBADF.
 * @mounts: Fingerprint of the mounts that count; 0: not known.
 * @free_us: CLOCK_MONOTONIC: @changed isn't called before.
 */
struct bw_watch {
	sd_event *event;
	void (*changed)(void *context);
	void *context;
	uint32_t changes;
	unsigned int pause_factor;
	const struct bw_policies *policies;
	char **dirs;
	size_t dirs_len;
	int inotify;
	int newest;
	int mountinfo;
	int swaps;
	int clock;
	uint64_t mounts;
	uint64_t free_us;
	sd_event_source *inotify_source;
	sd_event_source *mount_source;
	sd_event_source *swap_source;
	sd_event_source *clock_source;
	sd_event_source *timer;
};

#define BW_WATCH_NONE       \
	((struct bw_watch){ \
		.inotify = -EBADF, .mountinfo = -EBADF, .swaps = -EBADF, .clock = -EBADF })

void bw_watch_init(struct bw_watch *watch, sd_event *event, void (*changed)(void *context),
		   void *context);
/* What is written to files in its directories counts as well, and soon: for executables. */
void bw_watch_contents(struct bw_watch *watch);
/* Mounts are watched as well.  Returns 0 or -errno. */
int bw_watch_mounts(struct bw_watch *watch);
/* What is swapped to is watched as well.  Returns 0 or -errno. */
int bw_watch_swaps(struct bw_watch *watch);
/*
 * The time is watched as well: grants have hours, and what is known in advance of how clocks
 * are turned doesn't reach far.  Returns 0 or -errno.
 */
int bw_watch_clock(struct bw_watch *watch);
void bw_watch_done(struct bw_watch *watch);

/*
 * Another policy is in force: the next mount counts, whatever it is.  @policies
 * must live until the next call.
 */
void bw_watch_policies(struct bw_watch *watch, const struct bw_policies *policies);

/*
 * Watches other directories from now on.  If they aren't the same, by name and by what
 * bears it, calls @changed soon, for what happened between resolving and now.
 */
void bw_watch_dirs(struct bw_watch *watch, char *const *dirs, size_t len);

/* Something has changed: calls @changed soon; or within that time, if not before. */
void bw_watch_poke(struct bw_watch *watch);
void bw_watch_poke_within(struct bw_watch *watch, uint64_t usec);

#endif
