// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - break-glass: is this request this host's, and have enough officers signed it?
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "glass_judge.h"

/* More are no request's. */
#define SIGNATURES_MAX 16

/**
 * struct judging - One request's signatures
 *
 * @seen: Who has signed, each key once.
 * @why: What is wrong.
 */
struct judging {
	const struct bw_glass_terms *terms;
	const char *text;
	size_t len;
	const struct bw_signer *seen[SIGNATURES_MAX];
	size_t seen_len;
	char *why;
};

static void signer_note(struct judging *judging, const struct bw_signer *signer)
{
	for (size_t i = 0; i < judging->seen_len; i++)
		if (memcmp(judging->seen[i]->key, signer->key, sizeof(signer->key)) == 0)
			return;

	judging->seen[judging->seen_len++] = signer;
}

static int signature_judge(struct judging *judging, size_t number, const char *signature)
{
	const struct bw_signer *signer;
	const char *what;
	int err = -EBADMSG;

	if (signature)
		err = bw_signature_check(judging->terms->officers, judging->text, judging->len,
					 signature, strlen(signature), &signer);
	switch (err) {
	case 0:
		signer_note(judging, signer);
		return 0;
	case -EKEYREJECTED:
		what = "doesn't fit the request: one of them was changed";
		break;
	case -ENOKEY:
		what = "is none of the officers'";
		break;
	case -EBADMSG:
		what = "is no signature of minisign's";
		break;
	default:
		return err;
	}
	(void)snprintf(judging->why, BW_GLASS_WHY_SIZE, "signature %zu %s", number + 1, what);
	return -EINVAL;
}

static void signers_name(struct judging *judging)
{
	size_t len = 0;

	for (size_t i = 0; i < judging->seen_len && len < BW_GLASS_WHY_SIZE; i++)
		len += (size_t)snprintf(judging->why + len, BW_GLASS_WHY_SIZE - len, "%s%s",
					i ? ", " : "", judging->seen[i]->name);
}

static int signatures_judge(struct judging *judging, const json_t *signatures)
{
	const json_t *signature;
	size_t i;

	if (json_array_size(signatures) > SIGNATURES_MAX) {
		(void)snprintf(judging->why, BW_GLASS_WHY_SIZE, "there are more than %d signatures",
			       SIGNATURES_MAX);
		return -EINVAL;
	}

	json_array_foreach (signatures, i, signature) {
		int err = signature_judge(judging, i, json_string_value(signature));

		if (err)
			return err;
	}
	if (judging->seen_len >= judging->terms->needed) {
		signers_name(judging);
		return 0;
	}

	(void)snprintf(judging->why, BW_GLASS_WHY_SIZE, "%zu officers have signed it, of %u needed",
		       judging->seen_len, judging->terms->needed);
	return -EINVAL;
}

static int place_judge(const struct bw_glass_terms *terms, const struct bw_glass *glass, char *why)
{
	const char *what = NULL;

	if (strcmp(glass->values[BW_GLASS_HOST], terms->host) != 0)
		what = "it was made on another host";
	else if (strcmp(glass->values[BW_GLASS_BOOT], terms->boot) != 0)
		what = "it was made before the host was started anew";
	if (!what)
		return 0;

	(void)snprintf(why, BW_GLASS_WHY_SIZE, "%s", what);
	return -EINVAL;
}

int bw_glass_judge(const struct bw_glass_terms *terms, const char *text, size_t len,
		   const json_t *signatures, struct bw_glass *ret_glass,
		   char why[BW_GLASS_WHY_SIZE])
{
	struct judging judging = { .terms = terms, .text = text, .len = len, .why = why };
	_cleanup_(bw_glass_done) struct bw_glass glass = { 0 };
	const char *wrong;
	int err;

	err = bw_glass_parse(text, len, &glass, &wrong);
	if (err) {
		(void)snprintf(why, BW_GLASS_WHY_SIZE, "%s", wrong);
		return err;
	}

	err = place_judge(terms, &glass, why);
	if (!err)
		err = signatures_judge(&judging, signatures);
	if (err)
		return err;

	*ret_glass = glass;
	glass.text = NULL;
	return 0;
}

void bw_glass_officers_digest(const struct bw_signers *officers, unsigned int needed,
			      uint8_t ret_digest[BW_DIGEST_SIZE])
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, (const uint8_t *)&needed, sizeof(needed));
	for (size_t i = 0; i < officers->len; i++)
		(void)crypto_hash_sha256_update(&state, officers->items[i].key,
						sizeof(officers->items[i].key));
	(void)crypto_hash_sha256_final(&state, ret_digest);
}
