// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - notices what changes on the host under the policy in force
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

#include "cleanup.h"
#include "fingerprint.h"
#include "log.h"
#include "swaps.h"
#include "watch.h"

/*
 * Short, because a database whose executable was just replaced is refused until
 * the policy is resolved again; long enough for what belongs together.
 */
#define SOON_US 50000
#define PAUSE_MIN_US 200000
/*
 * Resolving again takes at most one part in so many of the engine's time; of executables, which
 * a server may be waiting for, at most half of it.
 */
#define PAUSE_FACTOR 10
#define PAUSE_FACTOR_CONTENTS 1

/* Turns of clocks are known for two years at least. */
#define MONTH_S (30L * 24 * 60 * 60)

#define CHANGES                                                                             \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | \
	 IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

/* What is in a file as well: it was written, or got another size. */
#define CONTENT_CHANGES (IN_MODIFY | IN_CLOSE_WRITE)

/* Not the loop's cached time: the work in between counts. */
static uint64_t clock_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	struct bw_watch *watch = context;
	uint64_t begin_us = clock_us();
	uint64_t pause_us;

	watch->timer = sd_event_source_unref(watch->timer);
	watch->changed(watch->context);

	pause_us = (clock_us() - begin_us) * watch->pause_factor;
	watch->free_us = clock_us() + (pause_us > PAUSE_MIN_US ? pause_us : PAUSE_MIN_US);
	return 0;
}

/* Brings forward what was to happen later. */
static void move_timer(const struct bw_watch *watch, uint64_t at_us)
{
	uint64_t planned_us = 0;

	if (sd_event_source_get_time(watch->timer, &planned_us) == 0 && planned_us > at_us)
		(void)sd_event_source_set_time(watch->timer, at_us);
}

void bw_watch_poke_within(struct bw_watch *watch, uint64_t usec)
{
	uint64_t at_us = clock_us() + usec;

	if (at_us < watch->free_us)
		at_us = watch->free_us;

	if (watch->timer) {
		move_timer(watch, at_us);
		return;
	}
	if (sd_event_add_time(watch->event, &watch->timer, CLOCK_MONOTONIC, at_us, 1000, on_timer,
			      watch) < 0)
		log_error(0, "cannot set a timer; changes of files wait for the next apply");
}

void bw_watch_poke(struct bw_watch *watch)
{
	bw_watch_poke_within(watch, SOON_US);
}

static int on_inotify(sd_event_source *source, int fd, uint32_t events, void *context)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	/* Which name it was doesn't matter, a queue that ran over neither. */
	while (read(fd, buffer, sizeof(buffer)) > 0)
		continue;

	bw_watch_poke(context);
	return 0;
}

static uint64_t look_at_mounts(const struct bw_watch *watch)
{
	struct bw_mounts mounts;
	uint64_t fingerprint;

	if (bw_mounts_load(BW_MOUNTINFO_PATH, &mounts))
		return 0;

	fingerprint = bw_fingerprint_mounts(&mounts, watch->policies);
	bw_mounts_done(&mounts);
	return fingerprint;
}

static int on_mounts(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct bw_watch *watch = context;
	uint64_t mounts = look_at_mounts(watch);

	if (mounts == watch->mounts)
		return 0;

	watch->mounts = mounts;
	bw_watch_poke(watch);
	return 0;
}

static int on_swaps(sd_event_source *source, int fd, uint32_t events, void *context)
{
	bw_watch_poke(context);
	return 0;
}

/*
 * Ends at once when the time is set: timerfd_settime(2).  Without it grants with hours go by
 * the turns that are known, and fail closed where those end.
 */
static int clock_begin(const struct bw_watch *watch)
{
	struct itimerspec month = { 0 };

	if (clock_gettime(CLOCK_REALTIME, &month.it_value) < 0)
		return -errno;

	month.it_value.tv_sec += MONTH_S;
	return timerfd_settime(watch->clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &month,
			       NULL) < 0
		       ? -errno
		       : 0;
}

static int on_clock(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct bw_watch *watch = context;
	uint64_t months;
	int err;

	/* ECANCELED, or a month: either way it begins again. */
	if (read(fd, &months, sizeof(months)) < 0 && errno == EAGAIN)
		return 0;

	bw_watch_poke(watch);
	err = clock_begin(watch);
	if (err)
		log_error(err, "cannot watch the time any more; apply after it was set");
	return err;
}

void bw_watch_init(struct bw_watch *watch, sd_event *event, void (*changed)(void *context),
		   void *context)
{
	*watch = BW_WATCH_NONE;
	watch->event = event;
	watch->changes = CHANGES;
	watch->pause_factor = PAUSE_FACTOR;
	watch->changed = changed;
	watch->context = context;
}

void bw_watch_contents(struct bw_watch *watch)
{
	watch->changes |= CONTENT_CHANGES;
	watch->pause_factor = PAUSE_FACTOR_CONTENTS;
}

int bw_watch_mounts(struct bw_watch *watch)
{
	int err;

	watch->mountinfo = open(BW_MOUNTINFO_PATH, O_RDONLY | O_CLOEXEC);
	if (watch->mountinfo < 0)
		return -errno;

	err = sd_event_add_io(watch->event, &watch->mount_source, watch->mountinfo, EPOLLPRI,
			      on_mounts, watch);
	return err < 0 ? err : 0;
}

int bw_watch_swaps(struct bw_watch *watch)
{
	int err;

	watch->swaps = open(BW_SWAPS_PATH, O_RDONLY | O_CLOEXEC);
	if (watch->swaps < 0)
		return errno == ENOENT ? 0 : -errno;

	err = sd_event_add_io(watch->event, &watch->swap_source, watch->swaps, EPOLLPRI, on_swaps,
			      watch);
	return err < 0 ? err : 0;
}

int bw_watch_clock(struct bw_watch *watch)
{
	int err;

	watch->clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (watch->clock < 0)
		return -errno;

	err = clock_begin(watch);
	if (!err)
		err = sd_event_add_io(watch->event, &watch->clock_source, watch->clock, EPOLLIN,
				      on_clock, watch);
	return err < 0 ? err : 0;
}

static void forget_dirs(struct bw_watch *watch)
{
	watch->inotify_source = sd_event_source_disable_unref(watch->inotify_source);
	closep(&watch->inotify);
	watch->inotify = -EBADF;

	for (size_t i = 0; i < watch->dirs_len; i++)
		free(watch->dirs[i]);
	free(watch->dirs);
	watch->dirs = NULL;
	watch->dirs_len = 0;
}

void bw_watch_done(struct bw_watch *watch)
{
	forget_dirs(watch);
	watch->timer = sd_event_source_disable_unref(watch->timer);
	watch->mount_source = sd_event_source_disable_unref(watch->mount_source);
	watch->swap_source = sd_event_source_disable_unref(watch->swap_source);
	closep(&watch->mountinfo);
	watch->clock_source = sd_event_source_disable_unref(watch->clock_source);
	closep(&watch->swaps);
	closep(&watch->clock);
}

static bool same_dirs(const struct bw_watch *watch, char *const *dirs, size_t len)
{
	if (watch->dirs_len != len)
		return false;

	for (size_t i = 0; i < len; i++) {
		if (strcmp(watch->dirs[i], dirs[i]) != 0)
			return false;
	}
	return true;
}

static int copy_dirs(struct bw_watch *watch, char *const *dirs, size_t len)
{
	watch->dirs = calloc(len + 1, sizeof(*watch->dirs));
	if (!watch->dirs)
		return -ENOMEM;

	for (size_t i = 0; i < len; i++) {
		watch->dirs[i] = strdup(dirs[i]);
		if (!watch->dirs[i])
			return -ENOMEM;
		watch->dirs_len++;
	}
	return 0;
}

/*
 * Another directory that bears a name by now (one mounted over it, one made anew) gets
 * a number of its own, higher than all before.  Returns whether there was one.  One that
 * isn't there has a parent that is watched as well.  What can't be watched is told when
 * it is looked at first: fails open for what appears there, until the next apply.
 */
static bool look_at_dirs(struct bw_watch *watch)
{
	int newest = watch->newest;

	for (size_t i = 0; i < watch->dirs_len; i++) {
		int number = inotify_add_watch(watch->inotify, watch->dirs[i], watch->changes);

		if (number > watch->newest)
			watch->newest = number;
		if (number < 0 && errno != ENOENT && errno != ENOTDIR && !watch->inotify_source)
			log_error(-errno, "cannot watch '%s'; apply after changes there",
				  watch->dirs[i]);
	}
	return watch->newest > newest;
}

static int watch_dirs(struct bw_watch *watch)
{
	watch->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch->inotify < 0)
		return -errno;

	watch->newest = 0;
	(void)look_at_dirs(watch);
	return sd_event_add_io(watch->event, &watch->inotify_source, watch->inotify, EPOLLIN,
			       on_inotify, watch);
}

void bw_watch_policies(struct bw_watch *watch, const struct bw_policies *policies)
{
	watch->policies = policies;
	watch->mounts = 0;
}

void bw_watch_dirs(struct bw_watch *watch, char *const *dirs, size_t len)
{
	int err;

	if (same_dirs(watch, dirs, len)) {
		if (watch->inotify_source && look_at_dirs(watch))
			bw_watch_poke(watch);
		return;
	}

	forget_dirs(watch);
	err = copy_dirs(watch, dirs, len);
	if (!err)
		err = watch_dirs(watch);
	if (err < 0)
		log_error(err, "cannot watch directories; apply after each change there");

	bw_watch_poke(watch);
}
