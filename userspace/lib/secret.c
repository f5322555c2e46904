// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - an officer's secret: what opens the seal
 */
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "secret.h"

#define CHECK_SIZE 2
#define GROUP_BYTES ((size_t)2)

/**
 * struct written - What stands in the text
 *
 * @secret: The secret.
 * @check: Its last group.
 */
struct written {
	uint8_t secret[BW_SECRET_SIZE];
	uint8_t check[CHECK_SIZE];
};

#define DIGITS (2 * sizeof(struct written))

_Static_assert(sizeof(struct written) == BW_SECRET_SIZE + CHECK_SIZE, "written has a hole");
_Static_assert(BW_SECRET_TEXT_SIZE == DIGITS + sizeof(struct written) / GROUP_BYTES,
	       "each group is followed by '-' or NUL");

static struct written written_make(const uint8_t *secret)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	struct written written;

	(void)crypto_hash_sha256(digest, secret, BW_SECRET_SIZE);
	memcpy(written.secret, secret, sizeof(written.secret));
	memcpy(written.check, digest, sizeof(written.check));
	sodium_memzero(digest, sizeof(digest));
	return written;
}

int bw_secret_make(uint8_t ret_secret[BW_SECRET_SIZE])
{
	if (sodium_init() < 0)
		return -EIO;

	randombytes_buf(ret_secret, BW_SECRET_SIZE);
	return 0;
}

void bw_secret_text(const uint8_t secret[BW_SECRET_SIZE], char ret_text[BW_SECRET_TEXT_SIZE])
{
	struct written written = written_make(secret);
	const uint8_t *bytes = (const uint8_t *)&written;
	char *at = ret_text;

	for (size_t i = 0; i < sizeof(written); i += GROUP_BYTES) {
		(void)sodium_bin2hex(at, 2 * GROUP_BYTES + 1, bytes + i, GROUP_BYTES);
		at += 2 * GROUP_BYTES;
		*at++ = '-';
	}
	at[-1] = '\0';
	sodium_memzero(&written, sizeof(written));
}

static const char *line_skip(const char *text)
{
	return text + strcspn(text, "\n");
}

/* The hexadecimal digits of all lines; false if there is anything else, or too many. */
static bool digits_collect(const char *text, char ret_digits[DIGITS + 1])
{
	bool line_begins = true;
	size_t len = 0;

	for (; *text; text++) {
		if (line_begins && *text == '#')
			text = line_skip(text);
		if (!*text)
			break;

		line_begins = *text == '\n';
		if (strchr(" \t\r\n-", *text))
			continue;
		if (!strchr("0123456789abcdefABCDEF", *text) || len == DIGITS)
			return false;
		ret_digits[len++] = *text;
	}
	ret_digits[len] = '\0';
	return len == DIGITS;
}

int bw_secret_parse(const char *text, uint8_t ret_secret[BW_SECRET_SIZE])
{
	struct written written;
	struct written right;
	char digits[DIGITS + 1];
	int err = 0;

	if (!digits_collect(text, digits))
		return -EINVAL;

	(void)sodium_hex2bin((unsigned char *)&written, sizeof(written), digits, DIGITS, NULL, NULL,
			     NULL);
	right = written_make(written.secret);
	if (memcmp(written.check, right.check, sizeof(right.check)) != 0)
		err = -EBADMSG;
	else
		memcpy(ret_secret, written.secret, BW_SECRET_SIZE);

	sodium_memzero(digits, sizeof(digits));
	sodium_memzero(&written, sizeof(written));
	sodium_memzero(&right, sizeof(right));
	return err;
}

void bw_secret_commitment(const uint8_t seal_id[BW_SEAL_ID_SIZE],
			  const uint8_t secret[BW_SECRET_SIZE],
			  uint8_t ret_commitment[BW_DIGEST_SIZE])
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, seal_id, BW_SEAL_ID_SIZE);
	(void)crypto_hash_sha256_update(&state, secret, BW_SECRET_SIZE);
	(void)crypto_hash_sha256_final(&state, ret_commitment);
	sodium_memzero(&state, sizeof(state));
}
