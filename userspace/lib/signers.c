// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - signers: reads the directory of their public keys
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "files.h"
#include "signers.h"

/**
 * struct loading - Keys that are being loaded
 */
struct loading {
	struct bw_diagnostics *diagnostics;
	struct bw_signers *signers;
};

void bw_signers_free(struct bw_signers *signers)
{
	if (!signers)
		return;

	for (size_t i = 0; i < signers->len; i++)
		free(signers->items[i].name);
	free(signers->items);
	free(signers);
}

static int key_take(void *context, const char *path, const char *text, size_t len)
{
	static const struct bw_position whole_file;
	struct loading *loading = context;
	const char *slash = strrchr(path, '/');
	int err;

	err = bw_signers_add(loading->signers, slash ? slash + 1 : path, text, len);
	if (err != -EBADMSG)
		return err;

	err = bw_diagnostics_add(loading->diagnostics, path, whole_file, false,
				 "it is no public key of minisign's; 'minisign -G' writes one");
	return err ? err : -EINVAL;
}

int bw_signers_load(const char *dir, bool trusted, struct bw_diagnostics *diagnostics,
		    struct bw_signers **ret_signers)
{
	_cleanup_(bw_signers_freep) struct bw_signers *signers = calloc(1, sizeof(*signers));
	struct loading loading = { diagnostics, signers };
	const struct bw_files files = {
		.what = "public keys",
		.suffix = ".pub",
		.size_max = BW_SIGNATURE_SIZE_MAX,
		.trusted = trusted,
		.take = key_take,
		.context = &loading,
	};
	int err = 0;

	if (!signers)
		return -ENOMEM;

	if (access(dir, F_OK) == 0 || errno != ENOENT)
		err = bw_files_read(&files, dir, diagnostics);
	if (err)
		return err;

	*ret_signers = take_ptr(signers);
	return 0;
}
