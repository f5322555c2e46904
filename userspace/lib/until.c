// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - until when something holds, as policies write it: "2026-12-31"
 */
#include <stdio.h>
#include <string.h>

#include "hours.h"
#include "until.h"

#define DAY_FORMAT "%Y-%m-%d"
#define DAY_SHAPE "dddd-dd-dd"
#define TIME_SHAPE "Tdd:dd"
#define ZONE_SHAPE "dd:dd"

/* `d` of @shape stands for a digit; what follows the shape, NULL without it. */
static const char *shape_skip(const char *text, const char *shape)
{
	for (; *shape; shape++, text++) {
		bool digit = *text >= '0' && *text <= '9';

		if (*shape == 'd' ? !digit : *text != *shape)
			return NULL;
	}
	return text;
}

static bool time_is_on_a_clock(const struct tm *shown)
{
	struct tm normal = *shown;

	/* libc would make the 3rd of March of a 31st of February. */
	return timegm(&normal) > 0 && normal.tm_mday == shown->tm_mday &&
	       normal.tm_hour == shown->tm_hour;
}

/* "Z" or "+02:00", in seconds. */
static bool zone_parse(const char *text, long *ret_offset)
{
	int hours, minutes;

	if (strcmp(text, "Z") == 0) {
		*ret_offset = 0;
		return true;
	}

	if (*text != '+' && *text != '-')
		return false;

	text = shape_skip(text + 1, ZONE_SHAPE);
	if (!text || *text || sscanf(text - strlen(ZONE_SHAPE), "%d:%d", &hours, &minutes) != 2 ||
	    hours > 15 || minutes > 59)
		return false;

	*ret_offset = (hours * 60L + minutes) * 60;
	if (text[-(long)sizeof(ZONE_SHAPE)] == '-')
		*ret_offset = -*ret_offset;
	return true;
}

/* On the host's clocks, if no zone is told. */
static bool moment_parse(const char *zone, struct tm *shown, time_t *ret_until)
{
	long offset;

	if (!*zone) {
		shown->tm_isdst = -1;
		*ret_until = mktime(shown);
		return *ret_until > 0;
	}

	if (!zone_parse(zone, &offset))
		return false;

	*ret_until = timegm(shown) - offset;
	return *ret_until > 0;
}

bool bw_until_parse(const char *text, time_t *ret_until)
{
	const char *clock = shape_skip(text, DAY_SHAPE);
	const char *zone = clock ? shape_skip(clock, TIME_SHAPE) : NULL;
	struct tm shown = { 0 };

	if (!clock)
		return false;

	if (!*clock) {
		if (strptime(text, DAY_FORMAT, &shown) != clock || !time_is_on_a_clock(&shown))
			return false;

		shown.tm_mday++;
		return moment_parse("", &shown, ret_until);
	}

	return zone && strptime(text, BW_CLOCK_FORMAT, &shown) == zone &&
	       time_is_on_a_clock(&shown) && moment_parse(zone, &shown, ret_until);
}

void bw_until_text(time_t until, char text[BW_UNTIL_TEXT_SIZE])
{
	struct tm utc;

	if (!gmtime_r(&until, &utc) ||
	    !strftime(text, BW_UNTIL_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc))
		(void)snprintf(text, BW_UNTIL_TEXT_SIZE, "?");
}

__u64 bw_until_tai(time_t until)
{
	return (__u64)until + (__u64)bw_tai_ahead();
}
