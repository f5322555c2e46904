/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - signers: whose signature of a policy file counts
 *
 * Keys and signatures are minisign's (https://jedisct1.github.io/minisign/, "Signature
 * format"): Ed25519 of the file, or of its BLAKE2b-512, and of both signature and comment.
 */
#ifndef BULWARK_SIGNERS_H
#define BULWARK_SIGNERS_H

#include <stdint.h>

#include "policy.h"

#define BW_SIGNERS_DIR "/etc/bulwark/signers.d"

/* What stands behind the name of a file in that of its signature. */
#define BW_SIGNATURE_SUFFIX ".minisig"

/* Bytes of a key or signature file. */
#define BW_SIGNATURE_SIZE_MAX 4096U

/**
 * struct bw_signer - One public key
 *
 * @name: Of its file, for people.
 * @id: By which a signature names it.
 * @key: Ed25519.
 */
struct bw_signer {
	char *name;
	uint8_t id[8];
	uint8_t key[32];
};

struct bw_signers {
	struct bw_signer *items;
	size_t len;
};

void bw_signers_free(struct bw_signers *signers);

static inline void bw_signers_freep(struct bw_signers **signers)
{
	bw_signers_free(*signers);
}

/*
 * Reads all *.pub files of a directory; one that isn't there holds none.
 *
 * @trusted: Refuse files and directories that others than root own or can write.
 *
 * Returns 0, -EINVAL (with a diagnostic for each mistake), or another -errno.
 */
int bw_signers_load(const char *dir, bool trusted, struct bw_diagnostics *diagnostics,
		    struct bw_signers **ret_signers);

/* One key file's text.  Returns 0, -EBADMSG (it is none) or -ENOMEM. */
int bw_signers_add(struct bw_signers *signers, const char *name, const char *text, size_t len);

/*
 * Does the signature fit the text, and who has signed it?
 *
 * Returns 0, -EBADMSG (no signature of minisign's), -ENOKEY (of none of the signers),
 * -EKEYREJECTED (it doesn't fit), or -ENOMEM.
 */
int bw_signature_check(const struct bw_signers *signers, const void *text, size_t text_len,
		       const char *signature, size_t signature_len,
		       const struct bw_signer **ret_signer);

#endif
