/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - one grant from what was learnt of a service
 */
#ifndef BULWARK_SUGGEST_GRANT_H
#define BULWARK_SUGGEST_GRANT_H

#include "lesson.h"

/*
 * The span of a day in which it read, by the zone's clocks, and half an hour before and after;
 * false if that is no short one, or there is no such zone.  @ret_span has no days.
 */
bool suggest_hours(const struct bw_lesson *lesson, const char *zone, struct bw_span *ret_span);

/* In more half hours of a day than not: it may not stop, and some days are fuller than others. */
bool suggest_all_day(const struct bw_lesson *lesson);

/* Twice as much, rounded up to what people would write. */
uint64_t suggest_bytes(uint64_t most);
uint64_t suggest_files(uint64_t most);

/*
 * Writes it as an entry of `grants:`, @indent blanks before each line.  @zone: Of its hours; NULL
 * for a grant without.
 */
void suggest_grant(FILE *out, size_t indent, const struct bw_lesson *lesson, const char *name,
		   const char *zone);

#endif
