/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - lists of SHA-256 digests, as a grant has them
 */
#ifndef BULWARK_DIGESTS_H
#define BULWARK_DIGESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <bulwark/abi.h>

#define BW_DIGESTS_MAX 8

/* In hexadecimal, with a NUL. */
#define BW_DIGEST_HEX_SIZE (2 * BW_DIGEST_SIZE + 1)

/* Sorted, each once; what lies behind them is zero. */
struct bw_digests {
	uint8_t items[BW_DIGESTS_MAX][BW_DIGEST_SIZE];
	size_t len;
};

/* Returns 0, -EINVAL (not 64 hexadecimal digits), -EEXIST (is there) or -ENOSPC. */
int bw_digests_add(struct bw_digests *digests, const char *hex);

bool bw_digests_have(const struct bw_digests *digests, const uint8_t digest[BW_DIGEST_SIZE]);

/* Does @now ask for no less than @before?  None at all ask for nothing. */
bool bw_digests_within(const struct bw_digests *now, const struct bw_digests *before);

/* A number that differs where the digests do, most likely; 0 for none. */
uint64_t bw_digests_number(const struct bw_digests *digests);

void bw_digest_hex(const uint8_t digest[BW_DIGEST_SIZE], char ret_hex[BW_DIGEST_HEX_SIZE]);

/* "any", or all of them with commas. */
void bw_digests_print(FILE *out, const struct bw_digests *digests);

#endif
