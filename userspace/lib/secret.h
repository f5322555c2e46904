/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - an officer's secret: what opens the seal
 *
 * As text it is 17 groups of four hexadecimal digits with '-' between: the secret,
 * and a last group that tells a mistyped secret from a wrong one.
 */
#ifndef BULWARK_SECRET_H
#define BULWARK_SECRET_H

#include <stdint.h>

#include <bulwark/control.h>

/* Its final NUL included. */
#define BW_SECRET_TEXT_SIZE 85

/* Random; 0 or -errno. */
int bw_secret_make(uint8_t ret_secret[BW_SECRET_SIZE]);

void bw_secret_text(const uint8_t secret[BW_SECRET_SIZE], char ret_text[BW_SECRET_TEXT_SIZE]);

/*
 * Reads what an officer kept: spaces, '-' and the letters' case don't count, lines
 * that begin with '#' are left out.  Returns 0, -EINVAL (no secret) or -EBADMSG
 * (mistyped).
 */
int bw_secret_parse(const char *text, uint8_t ret_secret[BW_SECRET_SIZE]);

/* What the module gets to know of a secret while the host is sealed. */
void bw_secret_commitment(const uint8_t seal_id[BW_SEAL_ID_SIZE],
			  const uint8_t secret[BW_SECRET_SIZE],
			  uint8_t ret_commitment[BW_DIGEST_SIZE]);

#endif
