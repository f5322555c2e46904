// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - hours of a grant as the kernel takes them: how a zone's clocks are turned
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "hours.h"

#define ZONES_DIR "/usr/share/zoneinfo/"
#define ZONE_OF_HOST "/etc/localtime"

#define DAY_S (24L * 60 * 60)
/* No zone's clocks are turned twice on a day. */
#define STEP_S DAY_S
/* So that the same turns are found again for as long. */
#define PERIOD_S (DAY_S * 128)
#define AHEAD_S (DAY_S * 4 * 366)

/* --- libc's idea of a zone, for a while ------------------------------------------ */

/* libc takes any other file for UTC's: tzfile(5). */
static bool is_zone(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char magic[4];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
	       memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/*
 * Returns 0, -ENOENT or -ENOMEM, and what was there in @ret_before: malloc'ed, NULL for
 * nothing.  A host without a zone of its own has UTC.
 */
static int zone_enter(const char *zone, char **ret_before)
{
	char path[sizeof(ZONES_DIR) + BW_ZONE_SIZE] = ":" ZONE_OF_HOST;
	const char *before = getenv("TZ");

	if (*zone) {
		(void)snprintf(path, sizeof(path), ":" ZONES_DIR "%s", zone);
		if (!is_zone(path + 1))
			return -ENOENT;
	}

	*ret_before = before ? strdup(before) : NULL;
	if ((before && !*ret_before) || setenv("TZ", path, 1) < 0)
		return -ENOMEM;

	tzset();
	return 0;
}

static void zone_leave(const char *before)
{
	if (before)
		(void)setenv("TZ", before, 1);
	else
		(void)unsetenv("TZ");
	tzset();
}

static long offset_at(time_t when)
{
	struct tm shown;

	return localtime_r(&when, &shown) ? shown.tm_gmtoff : 0;
}

/* The first second in (@before, @after] with another offset than @before. */
static time_t turn_between(time_t before, time_t after)
{
	long offset = offset_at(before);

	while (after - before > 1) {
		time_t middle = before + (after - before) / 2;

		if (offset_at(middle) == offset)
			before = middle;
		else
			after = middle;
	}
	return after;
}

/* --- Turns ----------------------------------------------------------------------- */

long bw_tai_ahead(void)
{
	struct timespec utc, tai;
	long long ns;

	(void)clock_gettime(CLOCK_REALTIME, &utc);
	(void)clock_gettime(CLOCK_TAI, &tai);
	ns = (tai.tv_sec - utc.tv_sec) * 1000000000LL + tai.tv_nsec - utc.tv_nsec;
	/* The second one was read a moment later. */
	return (long)((ns + 500000000) / 1000000000);
}

static struct bw_turn turn_at(time_t when, long ahead)
{
	return (struct bw_turn){
		.since = (__u64)when + (__u64)ahead,
		.offset = (__u64)(offset_at(when) - ahead),
	};
}

static void turns_find(time_t from, struct bw_hours *hours)
{
	long ahead = bw_tai_ahead();
	time_t end = from + PERIOD_S + AHEAD_S;
	size_t len = 0;

	hours->turns[len++] = turn_at(from, ahead);
	for (time_t when = from; when < end; when += STEP_S) {
		time_t turn;

		if (offset_at(when) == offset_at(when + STEP_S))
			continue;

		turn = turn_between(when, when + STEP_S);
		if (len == BW_TURNS_MAX)
			end = turn;
		else
			hours->turns[len++] = turn_at(turn, ahead);
	}
	hours->end = (__u64)end + (__u64)ahead;
}

/* --- The whole ------------------------------------------------------------------- */

static struct bw_hours spans_only(const struct bw_policy_hours *hours)
{
	struct bw_hours compiled = { .end = BW_TURN_NEVER };

	for (size_t i = 0; i < BW_TURNS_MAX; i++)
		compiled.turns[i].since = BW_TURN_NEVER;
	memcpy(compiled.spans, hours->spans, sizeof(compiled.spans));
	return compiled;
}

int bw_hours_compile(const struct bw_policy_hours *hours, time_t now, struct bw_hours *ret_hours)
{
	struct bw_hours compiled = spans_only(hours);
	_cleanup_(freep) char *before = NULL;
	int err = zone_enter(hours->zone, &before);

	if (err)
		return err;

	turns_find((now / PERIOD_S - 1) * PERIOD_S, &compiled);
	zone_leave(before);
	*ret_hours = compiled;
	return 0;
}

void bw_hours_compile_as_shown(const struct bw_policy_hours *hours, struct bw_hours *ret_hours)
{
	*ret_hours = spans_only(hours);
	ret_hours->turns[0] = (struct bw_turn){ 0 };
}
