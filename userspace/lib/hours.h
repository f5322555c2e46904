/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - hours of a grant, as policies write them: "Mon..Fri 22:00-04:30 Europe/Helsinki"
 */
#ifndef BULWARK_HOURS_H
#define BULWARK_HOURS_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <bulwark/maps.h>

#define BW_ZONE_SIZE 64

/**
 * struct bw_policy_hours - `hours:` of a grant
 *
 * @spans: What is written, in its order.
 * @len: How many; 0: at any time.
 * @zone: Whose clocks show them, as in tzselect(8); "" for the host's own.
 */
struct bw_policy_hours {
	struct bw_span spans[BW_SPANS_MAX];
	size_t len;
	char zone[BW_ZONE_SIZE];
};

/*
 * Adds one more.  NULL, or what is wrong with it, as in "'25:00' is no time of day; ...",
 * in @fault, which holds so many bytes.
 */
#define BW_HOURS_FAULT_SIZE 256
const char *bw_hours_add(struct bw_policy_hours *hours, const char *text,
			 char fault[BW_HOURS_FAULT_SIZE]);

/* "2026-11-24T04:31", as if UTC's clocks showed it. */
#define BW_CLOCK_FORMAT "%Y-%m-%dT%H:%M"
bool bw_clock_parse(const char *text, time_t *ret_shown);

/* Leap seconds by which TAI is ahead of UTC, if the host knows of any. */
long bw_tai_ahead(void);

/* Joined by " and "; "any" if there are none. */
void bw_hours_print(FILE *out, const struct bw_policy_hours *hours);

/* Is each minute of @one in @other, too, by the same clocks? */
bool bw_hours_within(const struct bw_policy_hours *one, const struct bw_policy_hours *other);

/*
 * For the kernel: @spans, and how the zone's clocks are turned from some months before @now
 * on, by the host's tables of time zones.  Not while another thread reads the environment.
 *
 * Returns 0, -ENOENT (no such zone here) or -ENOMEM.
 */
int bw_hours_compile(const struct bw_policy_hours *hours, time_t now, struct bw_hours *ret_hours);

/* The same without a zone: the kernel's time is what its clocks show. */
void bw_hours_compile_as_shown(const struct bw_policy_hours *hours, struct bw_hours *ret_hours);

#endif
