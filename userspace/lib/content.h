/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what is in an executable, and does it fit a grant
 */
#ifndef BULWARK_CONTENT_H
#define BULWARK_CONTENT_H

#include "package.h"
#include "policy.h"

/* Digests of all bytes of a file. */
struct bw_content {
	uint8_t sha256[BW_DIGEST_SIZE];
	uint8_t md5[BW_MD5_SIZE];
};

/* What is in one version of a file. */
struct bw_known_content {
	struct bw_file_key file;
	uint64_t version;
	struct bw_content content;
};

/* Those that were looked at: a version doesn't change, so none has to be read again. */
struct bw_contents {
	struct bw_known_content *items;
	size_t len;
};

void bw_contents_done(struct bw_contents *contents);

/* NULL if it wasn't looked at yet. */
const struct bw_content *bw_contents_find(const struct bw_contents *contents,
					  const struct bw_file_key *file, uint64_t version);

/* In the place of the file's former version.  Returns 0 or -ENOMEM. */
int bw_contents_add(struct bw_contents *contents, const struct bw_file_key *file, uint64_t version,
		    const struct bw_content *content);

/* Does a grant ask for it? */
static inline bool bw_content_matters(const struct bw_policy_grant *grant)
{
	return grant->sha256.len > 0 || grant->package;
}

/*
 * Reads a file that was opened for reading only.  Nobody may have it open for writing, or it
 * could be another one by the time that is over.
 *
 * Returns 0, -ETXTBSY (somebody has), -EAGAIN (it was changed meanwhile), or another -errno.
 */
int bw_content_read(int fd, struct bw_content *ret_content);

/* The same of a file that may be changed meanwhile: for people, not for grants. */
int bw_content_hash(int fd, struct bw_content *ret_content);

/*
 * Is it what the grant asks for?  @path: canonical.  If it isn't, *ret_why says so, in words that
 * follow the path; malloc'ed.  NULL if it is.
 *
 * Returns 0 or -errno.
 */
int bw_content_judge(const struct bw_policy_grant *grant, const char *path,
		     const struct bw_content *content, char **ret_why);

#endif
