// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what is in an executable, and does it fit a grant
 */
#include <errno.h>
#include <fcntl.h>
#include <md5.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "content.h"

#define CHUNK_SIZE 65536

_Static_assert(BW_DIGEST_SIZE == crypto_hash_sha256_BYTES, "not the size of SHA-256");
_Static_assert(BW_MD5_SIZE == MD5_DIGEST_LENGTH, "not the size of MD5");

/* Both digests in one reading. */
struct hashing {
	crypto_hash_sha256_state sha256;
	MD5_CTX md5;
};

/*
 * The kernel gives a lease for reading only on what nobody has open for writing, or mapped so.
 * Whoever opens it while the lease is held would have SIGIO sent, which ends a process: so
 * another signal, that ends none.
 */
static int writers_look(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) < 0)
		return -errno;

	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN ? -ETXTBSY : -errno;

	return fcntl(fd, F_SETLEASE, F_UNLCK) < 0 ? -errno : 0;
}

static int bytes_hash(int fd, struct hashing *hashing)
{
	uint8_t buffer[CHUNK_SIZE];
	off_t at = 0;
	ssize_t len;

	while ((len = pread(fd, buffer, sizeof(buffer), at)) > 0) {
		(void)crypto_hash_sha256_update(&hashing->sha256, buffer, (size_t)len);
		MD5Update(&hashing->md5, buffer, (size_t)len);
		at += len;
	}
	return len < 0 ? -errno : 0;
}

int bw_content_hash(int fd, struct bw_content *ret_content)
{
	struct hashing hashing;
	int err;

	(void)crypto_hash_sha256_init(&hashing.sha256);
	MD5Init(&hashing.md5);
	err = bytes_hash(fd, &hashing);
	if (err)
		return err;

	(void)crypto_hash_sha256_final(&hashing.sha256, ret_content->sha256);
	MD5Final(ret_content->md5, &hashing.md5);
	return 0;
}

static bool is_unchanged(const struct stat *before, const struct stat *after)
{
	return before->st_size == after->st_size &&
	       memcmp(&before->st_mtim, &after->st_mtim, sizeof(after->st_mtim)) == 0 &&
	       memcmp(&before->st_ctim, &after->st_ctim, sizeof(after->st_ctim)) == 0;
}

int bw_content_read(int fd, struct bw_content *ret_content)
{
	struct bw_content content;
	struct stat before, after;
	int err;

	err = fstat(fd, &before) < 0 ? -errno : writers_look(fd);
	if (!err)
		err = bw_content_hash(fd, &content);
	if (err)
		return err;

	if (fstat(fd, &after) < 0)
		return -errno;

	if (!is_unchanged(&before, &after))
		return -EAGAIN;

	*ret_content = content;
	return 0;
}

static int say_digest(const struct bw_content *content, char **ret_why)
{
	char hex[BW_DIGEST_HEX_SIZE];

	bw_digest_hex(content->sha256, hex);
	if (asprintf(ret_why, "has the SHA-256 %s, which 'sha256' doesn't list", hex) >= 0)
		return 0;

	*ret_why = NULL;
	return -ENOMEM;
}

static int say_ownership(const char *package, int ownership, char **ret_why)
{
	if (ownership == BW_OWNERSHIP_RIGHT)
		return 0;

	if (ownership < 0)
		return ownership;

	if (asprintf(ret_why, "%s '%s'", bw_ownership_text((enum bw_ownership)ownership),
		     package) >= 0)
		return 0;

	*ret_why = NULL;
	return -ENOMEM;
}

int bw_content_judge(const struct bw_policy_grant *grant, const char *path,
		     const struct bw_content *content, char **ret_why)
{
	*ret_why = NULL;
	if (grant->sha256.len > 0 && !bw_digests_have(&grant->sha256, content->sha256))
		return say_digest(content, ret_why);

	if (!grant->package)
		return 0;

	return say_ownership(grant->package,
			     bw_package_owns(BW_DPKG_DIR, grant->package, path, content->md5),
			     ret_why);
}
