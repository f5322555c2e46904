/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - until when something holds, as policies write it: "2026-12-31"
 */
#ifndef BULWARK_UNTIL_H
#define BULWARK_UNTIL_H

#include <stdbool.h>
#include <time.h>

#include <linux/types.h>

/*
 * A day, whose end counts, or a moment: "2026-12-31T18:00", on this host's clocks, or with a
 * zone, "Z" or "+02:00".  The first second that is beyond it; false: it is neither.
 */
bool bw_until_parse(const char *text, time_t *ret_until);

/* "2026-12-31T18:00:00Z"; a moment that no calendar has is "?". */
#define BW_UNTIL_TEXT_SIZE 32
void bw_until_text(time_t until, char text[BW_UNTIL_TEXT_SIZE]);

/* The same second of CLOCK_TAI, by which the kernel judges. */
__u64 bw_until_tai(time_t until);

#endif
