// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - lists of SHA-256 digests, as a grant has them
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "digests.h"

static bool hex_parse(const char *hex, uint8_t ret_digest[BW_DIGEST_SIZE])
{
	const char *end;
	size_t len;

	return strlen(hex) == BW_DIGEST_HEX_SIZE - 1 &&
	       !sodium_hex2bin(ret_digest, BW_DIGEST_SIZE, hex, strlen(hex), NULL, &len, &end) &&
	       len == BW_DIGEST_SIZE && !*end;
}

int bw_digests_add(struct bw_digests *digests, const char *hex)
{
	uint8_t digest[BW_DIGEST_SIZE];
	size_t at = digests->len;

	if (!hex_parse(hex, digest))
		return -EINVAL;

	if (bw_digests_have(digests, digest))
		return -EEXIST;

	if (at == BW_DIGESTS_MAX)
		return -ENOSPC;

	for (; at > 0 && memcmp(digests->items[at - 1], digest, sizeof(digest)) > 0; at--)
		memcpy(digests->items[at], digests->items[at - 1], sizeof(digest));
	memcpy(digests->items[at], digest, sizeof(digest));
	digests->len++;
	return 0;
}

bool bw_digests_have(const struct bw_digests *digests, const uint8_t digest[BW_DIGEST_SIZE])
{
	for (size_t i = 0; i < digests->len; i++)
		if (memcmp(digests->items[i], digest, BW_DIGEST_SIZE) == 0)
			return true;
	return false;
}

bool bw_digests_within(const struct bw_digests *now, const struct bw_digests *before)
{
	if (!before->len)
		return true;

	for (size_t i = 0; i < now->len; i++)
		if (!bw_digests_have(before, now->items[i]))
			return false;
	return now->len > 0;
}

uint64_t bw_digests_number(const struct bw_digests *digests)
{
	uint64_t number = 0;

	for (size_t i = 0; i < digests->len; i++) {
		uint64_t part;

		memcpy(&part, digests->items[i], sizeof(part));
		number ^= part;
	}
	return number;
}

void bw_digest_hex(const uint8_t digest[BW_DIGEST_SIZE], char ret_hex[BW_DIGEST_HEX_SIZE])
{
	(void)sodium_bin2hex(ret_hex, BW_DIGEST_HEX_SIZE, digest, BW_DIGEST_SIZE);
}

void bw_digests_print(FILE *out, const struct bw_digests *digests)
{
	char hex[BW_DIGEST_HEX_SIZE];

	if (!digests->len)
		(void)fputs("any", out);

	for (size_t i = 0; i < digests->len; i++) {
		bw_digest_hex(digests->items[i], hex);
		(void)fprintf(out, "%s%s", i ? ", " : "", hex);
	}
}
