/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl: sizes and lengths of time as people say them
 */
#ifndef BULWARK_AMOUNTS_H
#define BULWARK_AMOUNTS_H

#include <jansson.h>
#include <stddef.h>

#define BW_AMOUNT_SIZE 24

/* "12.5GiB" */
void bw_amount_bytes(json_int_t bytes, char *text, size_t text_size);

/* "30s", "12m", "3h", "2d": rounded up, so that nobody comes too early. */
void bw_amount_time(json_int_t seconds, char *text, size_t text_size);

#endif
