/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - SHA-256 of the policy files, as anybody can make it himself:
 *
 *	cat /etc/bulwark/policy.d/[!.]*.yaml | sha256sum
 */
#ifndef BULWARK_POLICY_DIGEST_H
#define BULWARK_POLICY_DIGEST_H

#include <stdint.h>

#include <bulwark/control.h>

/* In hexadecimal, with the final NUL. */
#define BW_DIGEST_TEXT_SIZE (2 * BW_DIGEST_SIZE + 1)

/* In the byte order of the files' names.  Returns 0 or -errno. */
int bw_policy_digest(const char *dir, uint8_t ret_digest[static BW_DIGEST_SIZE]);

void bw_policy_digest_text(const uint8_t digest[static BW_DIGEST_SIZE],
			   char ret_text[static BW_DIGEST_TEXT_SIZE]);

#endif
