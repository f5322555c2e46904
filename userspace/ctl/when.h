/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - moments as people type them
 */
#ifndef BULWARK_WHEN_H
#define BULWARK_WHEN_H

#include <stdint.h>

/*
 * "90s", "10m", "2h", "3d" and "1w" mean that long before @now_s; "today" and
 * "yesterday" their beginning; "2026-11-24", "2026-11-24 13:00" and
 * "2026-11-24T13:00:05" that moment, in local time, or in UTC with a 'Z'.
 *
 * Returns 0 or -EINVAL.
 */
int bw_when_parse(const char *text, int64_t now_s, int64_t *ret_s);

#endif
