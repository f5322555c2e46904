// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - one grant from what was learnt of a service
 */
#include "lesson_judge.h"
#include "quantity.h"
#include "suggest_grant.h"

#define MIB (1ULL << 20)
#define FILES_MIN 10

/* Two digits and zeros. */
static uint64_t round_up(uint64_t number)
{
	uint64_t step = 1;

	while (number > 99 * step)
		step *= 10;
	return (number + step - 1) / step * step;
}

uint64_t suggest_bytes(uint64_t most)
{
	uint64_t unit = MIB;

	if (most > UINT64_MAX / 8)
		return BW_BUDGET_NO_BYTES;

	while (most * 2 >= unit * 10 * 1024)
		unit *= 1024;
	return round_up(most ? (most * 2 + unit - 1) / unit : 1) * unit;
}

uint64_t suggest_files(uint64_t most)
{
	return round_up(most * 2 > FILES_MIN ? most * 2 : FILES_MIN);
}

static void hours_write(FILE *out, const struct bw_lesson *lesson, const char *zone, size_t indent)
{
	struct bw_span span;

	if (!suggest_hours(lesson, zone, &span))
		return;

	(void)fprintf(out, "%*shours: %02u:%02u-%02u:%02u%s%s\n", (int)indent, "", span.from / 60,
		      span.from % 60, span.to ? span.to / 60 : 24, span.to % 60, *zone ? " " : "",
		      zone);
}

static void budget_write(FILE *out, const struct bw_lesson *lesson, size_t indent)
{
	uint64_t bytes = suggest_bytes(lesson->most_bytes);
	uint64_t files = suggest_files(lesson->most_files);

	if (bytes == BW_BUDGET_NO_BYTES || files >= BW_BUDGET_NO_FILES)
		return;

	if (suggest_all_day(lesson))
		(void)fprintf(out,
			      "%*s# It reads all day, so a budget could stop it; this is twice its "
			      "fullest day:\n%*s# ",
			      (int)indent, "", (int)indent, "");
	else
		(void)fprintf(out, "%*s", (int)indent, "");
	(void)fputs("budget: { bytes: ", out);
	bw_size_print(out, bytes);
	(void)fprintf(out, ", files: %llu, every: 24h, per: unit }\n", (unsigned long long)files);
}

void suggest_grant(FILE *out, size_t indent, const struct bw_lesson *lesson, const char *name,
		   const char *zone)
{
	int blanks = (int)indent;

	(void)fprintf(out, "%*s# ", blanks, "");
	bw_lesson_print(out, lesson);
	(void)fprintf(out, "\n%*s- name: %s\n%*s  exe: %s\n%*s  user: %s\n%*s  unit: %s\n", blanks,
		      "", name, blanks, "", lesson->exe, blanks, "", lesson->user, blanks, "",
		      lesson->unit);
	if (*lesson->script)
		(void)fprintf(out, "%*s  script: %s\n", blanks, "", lesson->script);
	if (lesson->subject_flags & BW_SUBJECT_MOUNT_NS)
		(void)fprintf(out, "%*s  mount-namespace: any\n", blanks, "");
	if (zone)
		hours_write(out, lesson, zone, indent + 2);
	budget_write(out, lesson, indent + 2);
}
