// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - SHA-256 of the policy files
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#include "cleanup.h"
#include "policy_digest.h"

_Static_assert(BW_DIGEST_SIZE == crypto_hash_sha256_BYTES, "not the size of SHA-256");

static int is_policy_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/* Whatever the locale: two hosts with the same files have the same digest. */
static int compare_names(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static int add_file(crypto_hash_sha256_state *hash, const char *dir, const char *name)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(closep) int fd = -EBADF;
	unsigned char buffer[4096];
	ssize_t len;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return -ENOMEM;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;

	while ((len = read(fd, buffer, sizeof(buffer))) > 0)
		(void)crypto_hash_sha256_update(hash, buffer, (unsigned long long)len);
	return len < 0 ? -errno : 0;
}

int bw_policy_digest(const char *dir, uint8_t ret_digest[static BW_DIGEST_SIZE])
{
	crypto_hash_sha256_state hash;
	struct dirent **entries;
	int err = 0;
	int len;

	len = scandir(dir, &entries, is_policy_file, compare_names);
	if (len < 0)
		return -errno;

	(void)crypto_hash_sha256_init(&hash);
	for (int i = 0; i < len; i++) {
		if (!err)
			err = add_file(&hash, dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (err)
		return err;

	(void)crypto_hash_sha256_final(&hash, ret_digest);
	return 0;
}

void bw_policy_digest_text(const uint8_t digest[static BW_DIGEST_SIZE],
			   char ret_text[static BW_DIGEST_TEXT_SIZE])
{
	(void)sodium_bin2hex(ret_text, BW_DIGEST_TEXT_SIZE, digest, BW_DIGEST_SIZE);
}
