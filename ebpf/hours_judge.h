/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - does a grant hold at this hour?  Pure, as verdict.h is
 */
#ifndef BULWARK_HOURS_JUDGE_H
#define BULWARK_HOURS_JUDGE_H

#include <stdbool.h>

#include <linux/types.h>

#include <bulwark/maps.h>

#include "mask.h"

#define HOURS_MINUTE_S 60
#define HOURS_DAY_MINUTES (24 * 60)
#define HOURS_WEEK_DAYS 7

/* The first day that a clock counts, 1 January 1970, was a Thursday. */
#define HOURS_FIRST_DAY 3

/* What the zone's clocks show, in minutes since that day began. */
static inline __u64 hours_minutes(const struct bw_hours *hours, __u64 now)
{
	__u64 offset = 0;

	for (__u32 i = 0; i < BW_TURNS_MAX; i++)
		if (now >= hours->turns[i].since)
			offset = hours->turns[i].offset;

	return (now + offset) / HOURS_MINUTE_S;
}

/* All ones if the bit of a day is set. */
static inline __u32 day_mask(__u32 days, __u32 day)
{
	return -(days >> day & 1);
}

/*
 * One that goes over midnight is begun on one of its days, and goes on on the next.  Not 0 if
 * it holds.
 */
static inline __u32 span_holds(const struct bw_span *span, __u32 day, __u32 minute)
{
	__u32 yesterday = (day + HOURS_WEEK_DAYS - 1) % HOURS_WEEK_DAYS;
	__u32 begun = day_mask(span->days, day) & ~mask_less(minute, span->from);
	__u32 going_on = day_mask(span->days, yesterday) & mask_less(minute, span->to);
	__u32 within = begun & mask_less(minute, span->to);
	__u32 same_day = mask_less(span->from, span->to);

	return (within & same_day) | ((begun | going_on) & ~same_day);
}

/* Fails closed: how clocks are turned must be known. */
static inline bool hours_hold(const struct bw_hours *hours, __u64 now)
{
	__u64 minutes = hours_minutes(hours, now);
	__u32 day = (minutes / HOURS_DAY_MINUTES + HOURS_FIRST_DAY) % HOURS_WEEK_DAYS;
	__u32 minute = minutes % HOURS_DAY_MINUTES;
	__u32 holds = 0;

	if (now < hours->turns[0].since || now >= hours->end)
		return false;

	for (__u32 i = 0; i < BW_SPANS_MAX; i++)
		holds |= span_holds(&hours->spans[i], day, minute);
	return holds;
}

#endif
