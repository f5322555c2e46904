/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - sizes and lengths of time as policies write them: "2GiB", "24h"
 */
#ifndef BULWARK_QUANTITY_H
#define BULWARK_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* False for what it doesn't know, for 0, and for more than @max bytes or seconds. */
bool bw_size_parse(const char *text, uint64_t max, uint64_t *ret_bytes);
bool bw_time_parse(const char *text, uint64_t max, uint64_t *ret_seconds);

/* By the largest unit that leaves no rest, so that nothing is rounded. */
void bw_size_print(FILE *out, uint64_t bytes);
void bw_time_print(FILE *out, uint64_t seconds);

#endif
