// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - signatures of policy files, as minisign makes them
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "cleanup.h"
#include "signers.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

#define ID_SIZE 8

/* As minisign writes them, behind each base64: no padding in memory either. */
struct key_bytes {
	uint8_t algorithm[2];
	uint8_t id[ID_SIZE];
	uint8_t key[crypto_sign_PUBLICKEYBYTES];
};

struct signature_bytes {
	uint8_t algorithm[2];
	uint8_t id[ID_SIZE];
	uint8_t signature[crypto_sign_BYTES];
};

/* A part of a text that doesn't end with a NUL. */
struct line {
	const char *text;
	size_t len;
};

/* Takes the next line from @rest; an empty one where there are no more. */
static struct line line_take(struct line *rest)
{
	const char *end = rest->len ? memchr(rest->text, '\n', rest->len) : NULL;
	struct line line = { rest->text, end ? (size_t)(end - rest->text) : rest->len };
	size_t taken = end ? line.len + 1 : line.len;

	rest->text += taken;
	rest->len -= taken;
	if (line.len && line.text[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool line_begins(const struct line *line, const char *word)
{
	return line->len >= strlen(word) && memcmp(line->text, word, strlen(word)) == 0;
}

/* Neither more nor less than @size bytes. */
static bool line_decode(const struct line *line, void *bytes, size_t size)
{
	size_t len;

	return sodium_base642bin(bytes, size, line->text, line->len, NULL, &len, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       len == size;
}

/* --- Keys ---------------------------------------------------------------------- */

static bool key_read(const char *text, size_t len, struct key_bytes *ret_bytes)
{
	struct line rest = { text, len };
	struct line first = line_take(&rest);
	struct line second = line_take(&rest);

	return line_begins(&first, UNTRUSTED) &&
	       line_decode(&second, ret_bytes, sizeof(*ret_bytes)) &&
	       memcmp(ret_bytes->algorithm, "Ed", 2) == 0;
}

int bw_signers_add(struct bw_signers *signers, const char *name, const char *text, size_t len)
{
	struct bw_signer *items, *signer;
	struct key_bytes bytes;

	if (!key_read(text, len, &bytes))
		return -EBADMSG;

	items = reallocarray(signers->items, signers->len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;

	signers->items = items;
	signer = &items[signers->len];
	signer->name = strdup(name);
	if (!signer->name)
		return -ENOMEM;

	memcpy(signer->id, bytes.id, sizeof(signer->id));
	memcpy(signer->key, bytes.key, sizeof(signer->key));
	signers->len++;
	return 0;
}

static const struct bw_signer *signer_find(const struct bw_signers *signers,
					   const uint8_t id[ID_SIZE])
{
	for (size_t i = 0; i < signers->len; i++)
		if (memcmp(signers->items[i].id, id, ID_SIZE) == 0)
			return &signers->items[i];

	return NULL;
}

/* --- Signatures ---------------------------------------------------------------- */

/**
 * struct signature - A signature file, taken apart
 *
 * @bytes: Of the file.
 * @comment: The trusted one.
 * @both: Signature of @bytes.signature and @comment.
 */
struct signature {
	struct signature_bytes bytes;
	struct line comment;
	uint8_t both[crypto_sign_BYTES];
};

static bool signature_read(const char *text, size_t len, struct signature *ret_signature)
{
	struct line rest = { text, len };
	struct line first = line_take(&rest);
	struct line second = line_take(&rest);
	struct line third = line_take(&rest);
	struct line fourth = line_take(&rest);

	if (!line_begins(&first, UNTRUSTED) || !line_begins(&third, TRUSTED) ||
	    !line_decode(&second, &ret_signature->bytes, sizeof(ret_signature->bytes)) ||
	    !line_decode(&fourth, ret_signature->both, sizeof(ret_signature->both)))
		return false;

	ret_signature->comment.text = third.text + strlen(TRUSTED);
	ret_signature->comment.len = third.len - strlen(TRUSTED);
	return true;
}

/* The letters tell whether the file itself was signed, or its BLAKE2b-512. */
static bool text_fits(const struct signature *signature, const struct bw_signer *signer,
		      const void *text, size_t len)
{
	uint8_t hash[crypto_generichash_BYTES_MAX];

	if (memcmp(signature->bytes.algorithm, "Ed", 2) == 0)
		return crypto_sign_verify_detached(signature->bytes.signature, text, len,
						   signer->key) == 0;

	(void)crypto_generichash(hash, sizeof(hash), text, len, NULL, 0);
	return crypto_sign_verify_detached(signature->bytes.signature, hash, sizeof(hash),
					   signer->key) == 0;
}

static bool comment_fits(const struct signature *signature, const struct bw_signer *signer)
{
	uint8_t signed_bytes[crypto_sign_BYTES + BW_SIGNATURE_SIZE_MAX];

	if (signature->comment.len > BW_SIGNATURE_SIZE_MAX)
		return false;

	memcpy(signed_bytes, signature->bytes.signature, crypto_sign_BYTES);
	memcpy(signed_bytes + crypto_sign_BYTES, signature->comment.text, signature->comment.len);
	return crypto_sign_verify_detached(signature->both, signed_bytes,
					   crypto_sign_BYTES + signature->comment.len,
					   signer->key) == 0;
}

int bw_signature_check(const struct bw_signers *signers, const void *text, size_t text_len,
		       const char *signature_text, size_t signature_len,
		       const struct bw_signer **ret_signer)
{
	struct signature signature;
	const struct bw_signer *signer;

	if (!signature_read(signature_text, signature_len, &signature) ||
	    (memcmp(signature.bytes.algorithm, "Ed", 2) != 0 &&
	     memcmp(signature.bytes.algorithm, "ED", 2) != 0))
		return -EBADMSG;

	signer = signer_find(signers, signature.bytes.id);
	if (!signer)
		return -ENOKEY;

	if (!text_fits(&signature, signer, text, text_len) || !comment_fits(&signature, signer))
		return -EKEYREJECTED;

	*ret_signer = signer;
	return 0;
}
