// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - moments as people type them
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "when.h"

/* Seconds in one of a unit; 0 for an unknown one. */
static int64_t unit_seconds(const char *unit)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{ "s", 1 },    { "min", 60 },  { "m", 60 },
		{ "h", 3600 }, { "d", 86400 }, { "w", 7L * 86400 },
	};

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!strcmp(units[i].name, unit))
			return units[i].seconds;
	}
	return 0;
}

static int ago_parse(const char *text, int64_t now_s, int64_t *ret_s)
{
	int64_t unit;
	long number;
	char *end;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || number < 0)
		return -EINVAL;

	unit = unit_seconds(end);
	if (!unit || number > now_s / unit)
		return -EINVAL;

	*ret_s = now_s - number * unit;
	return 0;
}

static int day_parse(const char *text, int64_t now_s, int64_t *ret_s)
{
	time_t now = (time_t)now_s;
	bool yesterday = !strcmp(text, "yesterday");
	struct tm day;

	if (!yesterday && strcmp(text, "today") != 0)
		return -EINVAL;

	(void)localtime_r(&now, &day);
	day.tm_hour = day.tm_min = day.tm_sec = 0;
	day.tm_mday -= yesterday;
	day.tm_isdst = -1;
	*ret_s = mktime(&day);
	return 0;
}

static int date_parse(const char *text, int64_t *ret_s)
{
	static const char *const formats[] = {
		"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M",    "%Y-%m-%d",
	};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct tm moment = { .tm_isdst = -1 };
		const char *end = strptime(text, formats[i], &moment);

		if (!end || (*end && strcmp(end, "Z") != 0))
			continue;

		*ret_s = *end ? timegm(&moment) : mktime(&moment);
		return 0;
	}
	return -EINVAL;
}

int bw_when_parse(const char *text, int64_t now_s, int64_t *ret_s)
{
	if (!ago_parse(text, now_s, ret_s))
		return 0;

	if (!day_parse(text, now_s, ret_s))
		return 0;

	return date_parse(text, ret_s);
}
