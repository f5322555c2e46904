/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - break-glass: is this request this host's, and have enough officers signed it?
 */
#ifndef BULWARK_GLASS_JUDGE_H
#define BULWARK_GLASS_JUDGE_H

#include <jansson.h>

#include "glass.h"

/**
 * struct bw_glass_terms - What a request is compared with
 *
 * @host: Machine id.
 * @boot: Boot id.
 * @officers: Whose signatures count.
 * @needed: How many of them.
 */
struct bw_glass_terms {
	const char *host;
	const char *boot;
	const struct bw_signers *officers;
	unsigned int needed;
};

/* Room for a sentence that tells why not, or for names. */
#define BW_GLASS_WHY_SIZE 256

/*
 * @signatures: An array of signature files' texts.  That of somebody else, or of another text,
 * is an error, and not just one too few.  Two of one key count as one.
 *
 * Returns 0 (@why names who has signed), -EINVAL (@why tells what is wrong) or -ENOMEM.
 */
int bw_glass_judge(const struct bw_glass_terms *terms, const char *text, size_t len,
		   const json_t *signatures, struct bw_glass *ret_glass,
		   char why[BW_GLASS_WHY_SIZE]);

/* SHA-256 of all keys, in the order of their files' names, and of how many must sign. */
void bw_glass_officers_digest(const struct bw_signers *officers, unsigned int needed,
			      uint8_t ret_digest[BW_DIGEST_SIZE]);

#endif
