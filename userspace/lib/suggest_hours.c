// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - hours for a grant from the half hours in which a subject read
 */
#include "hours.h"
#include "hours_judge.h"
#include "suggest_grant.h"

#define DAY_SLOTS (BW_LEARNT_SLOTS / 7)
#define SLOT_MINUTES (BW_LEARNT_SLOT_S / 60)
#define DAY_MINUTES ((uint64_t)HOURS_DAY_MINUTES)

/* A longer span says little. */
#define SPAN_SLOTS_MAX 16

/* By how much the zone's clocks are ahead of UTC's, less than a day. */
static unsigned int offset_minutes(const struct bw_hours *hours, uint64_t when)
{
	uint64_t utc = when / HOURS_MINUTE_S + DAY_MINUTES;

	return (unsigned int)((hours_minutes(hours, when) + 2 * DAY_MINUTES - utc) % DAY_MINUTES);
}

/* Where zones don't differ by half hours it reaches into two. */
static void day_mark(unsigned int slot, unsigned int offset, bool day[DAY_SLOTS])
{
	unsigned int minute = (slot * SLOT_MINUTES + offset) % DAY_MINUTES;

	day[minute / SLOT_MINUTES] = true;
	day[(minute + SLOT_MINUTES - 1) / SLOT_MINUTES % DAY_SLOTS] = true;
}

/* Of a day of those clocks, as they were turned at the beginning and at the end. */
static void day_fill(const struct bw_lesson *lesson, const struct bw_hours *hours,
		     bool day[DAY_SLOTS])
{
	unsigned int first = offset_minutes(hours, lesson->first);
	unsigned int last = offset_minutes(hours, lesson->last);

	for (unsigned int slot = 0; slot < BW_LEARNT_SLOTS; slot++) {
		if (!(lesson->slots[slot / 64] >> slot % 64 & 1))
			continue;

		day_mark(slot % DAY_SLOTS, first, day);
		day_mark(slot % DAY_SLOTS, last, day);
	}
}

bool suggest_all_day(const struct bw_lesson *lesson)
{
	bool day[DAY_SLOTS] = { false };
	unsigned int count = 0;

	for (unsigned int slot = 0; slot < BW_LEARNT_SLOTS; slot++)
		if (lesson->slots[slot / 64] >> slot % 64 & 1)
			day[slot % DAY_SLOTS] = true;

	for (unsigned int slot = 0; slot < DAY_SLOTS; slot++)
		count += day[slot];
	return count > DAY_SLOTS / 2;
}

/* The longest run of half hours in which nothing was read; a day's begins anew at its end. */
static unsigned int pause_find(const bool day[DAY_SLOTS], unsigned int *ret_end)
{
	unsigned int longest = 0;

	for (unsigned int start = 0; start < DAY_SLOTS; start++) {
		unsigned int len = 0;

		while (len < DAY_SLOTS && !day[(start + len) % DAY_SLOTS])
			len++;
		if (len <= longest)
			continue;

		longest = len;
		*ret_end = (start + len) % DAY_SLOTS;
	}
	return longest;
}

bool suggest_hours(const struct bw_lesson *lesson, const char *zone, struct bw_span *ret_span)
{
	struct bw_policy_hours clocks = { .len = 0 };
	unsigned int end = 0, pause, len, from;
	bool day[DAY_SLOTS] = { false };
	struct bw_hours hours;

	(void)snprintf(clocks.zone, sizeof(clocks.zone), "%s", zone);
	if (bw_hours_compile(&clocks, (time_t)lesson->last, &hours))
		return false;

	day_fill(lesson, &hours, day);
	pause = pause_find(day, &end);
	len = DAY_SLOTS - pause + 2;
	if (!pause || pause == DAY_SLOTS || len > SPAN_SLOTS_MAX)
		return false;

	/* With one more on each side. */
	from = (end + DAY_SLOTS - 1) % DAY_SLOTS;
	*ret_span = (struct bw_span){
		.from = (uint16_t)(from * SLOT_MINUTES),
		.to = (uint16_t)((from + len) % DAY_SLOTS * SLOT_MINUTES),
	};
	return true;
}
