// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - hours of a grant, as policies write them: "Mon..Fri 22:00-04:30 Europe/Helsinki"
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hours.h"
#include "hours_judge.h"

/* Longer than any that is right. */
#define TEXT_SIZE 160

#define HOUR_MINUTES 60
#define WEEK_MINUTES (HOURS_WEEK_DAYS * HOURS_DAY_MINUTES)
#define EVERY_DAY ((1U << HOURS_WEEK_DAYS) - 1)

static const char *const day_names[HOURS_WEEK_DAYS] = { "Mon", "Tue", "Wed", "Thu",
							"Fri", "Sat", "Sun" };

static const char *blame(char *fault, const char *word, const char *why)
{
	(void)snprintf(fault, BW_HOURS_FAULT_SIZE, "'%.64s' %s", word, why);
	return fault;
}

/* --- Days ---------------------------------------------------------------------- */

/* -1 for what is none. */
static int day_parse(const char *name, size_t len)
{
	for (int day = 0; day < HOURS_WEEK_DAYS; day++)
		if (strlen(day_names[day]) == len && strncmp(day_names[day], name, len) == 0)
			return day;
	return -1;
}

/* "Fri", or "Mon..Fri"; one that goes over the week's end goes on on Monday. */
static bool days_add(const char *text, size_t len, uint32_t *days)
{
	const char *dots = memmem(text, len, "..", 2);
	int from = day_parse(text, dots ? (size_t)(dots - text) : len);
	int to = dots ? day_parse(dots + 2, len - (size_t)(dots - text) - 2) : from;

	if (from < 0 || to < 0)
		return false;

	for (int day = from; day != to; day = (day + 1) % HOURS_WEEK_DAYS)
		*days |= 1U << day;
	*days |= 1U << to;
	return true;
}

static bool days_parse(const char *text, uint32_t *ret_days)
{
	*ret_days = 0;
	for (;;) {
		size_t len = strcspn(text, ",");

		if (!days_add(text, len, ret_days))
			return false;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

static void days_print(FILE *out, uint32_t days)
{
	const char *joint = "";

	for (int day = 0; day < HOURS_WEEK_DAYS; day++) {
		int last = day;

		if (!(days >> day & 1))
			continue;
		while (last + 1 < HOURS_WEEK_DAYS && days >> (last + 1) & 1)
			last++;
		(void)fprintf(out, "%s%s", joint, day_names[day]);
		if (last > day)
			(void)fprintf(out, "%s%s", last > day + 1 ? ".." : ",", day_names[last]);
		joint = ",";
		day = last;
	}
}

/* --- Times of day -------------------------------------------------------------- */

static bool two_digits(const char *text, unsigned int *ret_number)
{
	if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]))
		return false;

	*ret_number = (unsigned int)(text[0] - '0') * 10 + (unsigned int)(text[1] - '0');
	return true;
}

/* "04:30"; a day ends at "24:00". */
static bool minute_parse(const char *text, uint16_t *ret_minute)
{
	unsigned int hour, minute;

	if (!two_digits(text, &hour) || text[2] != ':' || !two_digits(text + 3, &minute))
		return false;

	*ret_minute = hour * HOUR_MINUTES + minute;
	return minute < HOUR_MINUTES && *ret_minute <= HOURS_DAY_MINUTES;
}

/* "22:00-04:30" */
static bool times_parse(const char *text, struct bw_span *span)
{
	return strlen(text) == strlen("22:00-04:30") && minute_parse(text, &span->from) &&
	       text[5] == '-' && minute_parse(text + 6, &span->to) && span->from != span->to &&
	       span->from < HOURS_DAY_MINUTES && span->to > 0;
}

bool bw_clock_parse(const char *text, time_t *ret_shown)
{
	struct tm shown = { 0 };
	const char *end = strptime(text, BW_CLOCK_FORMAT, &shown);

	if (!end || *end)
		return false;

	*ret_shown = timegm(&shown);
	return *ret_shown > 0;
}

/* --- The whole ----------------------------------------------------------------- */

/* A name below the directory of zones, and none that leads out of it. */
static bool zone_shaped(const char *zone)
{
	return strlen(zone) < BW_ZONE_SIZE && isalpha((unsigned char)*zone) &&
	       !zone[strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_+-/")];
}

static const char *zone_add(struct bw_policy_hours *hours, const char *zone, char *fault)
{
	if (zone && !zone_shaped(zone))
		return blame(fault, zone,
			     "is no time zone; write one as tzselect(8) names it, as in "
			     "'Europe/Helsinki', or leave it out for the host's own");

	if (hours->len > 0 && strcmp(hours->zone, zone ? zone : "") != 0)
		return blame(fault, zone ? zone : "(the host's)",
			     "isn't the time zone of the hours before; a grant has one");

	if (zone)
		(void)strcpy(hours->zone, zone);
	return NULL;
}

const char *bw_hours_add(struct bw_policy_hours *hours, const char *text,
			 char fault[BW_HOURS_FAULT_SIZE])
{
	struct bw_span span = { .days = EVERY_DAY };
	char copy[TEXT_SIZE], *rest = copy, *word;
	const char *wrong;

	if (hours->len == BW_SPANS_MAX)
		return blame(fault, text, "is one too many; a grant has at most four");

	if (strlen(text) >= sizeof(copy))
		return blame(fault, text, "and so on is too long to be right");

	(void)strcpy(copy, text);
	word = strsep(&rest, " ");
	if (isalpha((unsigned char)*word)) {
		if (!days_parse(word, &span.days))
			return blame(fault, word,
				     "are no days; write them as in 'Mon..Fri' or 'Sat,Sun'");
		word = rest ? strsep(&rest, " ") : word;
	}
	if (!times_parse(word, &span))
		return blame(fault, word,
			     "is no time of day from one minute to another; write it as in "
			     "'22:00-04:30' or '00:00-24:00'");

	wrong = zone_add(hours, rest, fault);
	if (!wrong)
		hours->spans[hours->len++] = span;
	return wrong;
}

void bw_hours_print(FILE *out, const struct bw_policy_hours *hours)
{
	if (hours->len == 0)
		(void)fputs("any", out);

	for (size_t i = 0; i < hours->len; i++) {
		const struct bw_span *span = &hours->spans[i];

		(void)fputs(i ? " and " : "", out);
		if (span->days != EVERY_DAY) {
			days_print(out, span->days);
			(void)fputc(' ', out);
		}
		(void)fprintf(out, "%02d:%02d-%02d:%02d", span->from / HOUR_MINUTES,
			      span->from % HOUR_MINUTES, span->to / HOUR_MINUTES,
			      span->to % HOUR_MINUTES);
	}
	if (*hours->zone)
		(void)fprintf(out, " %s", hours->zone);
}

/* --- One and another ----------------------------------------------------------- */

static void span_mark(const struct bw_span *span, bool week[WEEK_MINUTES])
{
	unsigned int len = span->from < span->to ? span->to - span->from
						 : HOURS_DAY_MINUTES - span->from + span->to;

	for (unsigned int day = 0; day < HOURS_WEEK_DAYS; day++)
		for (unsigned int i = 0; span->days >> day & 1 && i < len; i++)
			week[(day * HOURS_DAY_MINUTES + span->from + i) % WEEK_MINUTES] = true;
}

bool bw_hours_within(const struct bw_policy_hours *one, const struct bw_policy_hours *other)
{
	bool ours[WEEK_MINUTES] = { false }, theirs[WEEK_MINUTES] = { false };

	if (other->len == 0)
		return true;

	if (one->len == 0 || strcmp(one->zone, other->zone) != 0)
		return false;

	for (size_t i = 0; i < one->len; i++)
		span_mark(&one->spans[i], ours);
	for (size_t i = 0; i < other->len; i++)
		span_mark(&other->spans[i], theirs);
	for (unsigned int i = 0; i < WEEK_MINUTES; i++)
		if (ours[i] && !theirs[i])
			return false;
	return true;
}
