/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - one policy file put in the place of another, for as long as it isn't kept
 */
#ifndef BULWARK_POLICY_INSTALL_H
#define BULWARK_POLICY_INSTALL_H

#include <limits.h>
#include <stdbool.h>

#include "policy.h"

/**
 * struct bw_policy_piece - A new file, and the way back
 *
 * @name: Its name in the policies' directory; "" for none.
 * @spare: That of the file of the same name that was there before: it isn't read.
 * @replaced: There was one.
 */
struct bw_policy_piece {
	char name[NAME_MAX + 1];
	const char *spare;
	bool replaced;
};

/**
 * struct bw_policy_install - A new policy file, with its signature if it has one
 *
 * @dir: Descriptor of the policies' directory; -EBADF while nothing is installed.
 */
struct bw_policy_install {
	int dir;
	struct bw_policy_piece file;
	struct bw_policy_piece signature;
};

/*
 * Copies the file @path, which root alone owns and can write, into the directory @dir under its own
 * last name, whole or not at all, and after it the signature that lies beside it.  Whoever
 * dies between the two leaves a signature that doesn't fit, which is refused where it
 * counts: what is in force stays, until a boot.  Mistakes go to @found.
 *
 * Returns 0, -EINVAL (not to be trusted, not named *.yaml, too large; see @found), or
 * another -errno.
 */
int bw_policy_install(struct bw_policy_install *install, const char *dir, const char *path,
		      struct bw_diagnostics *found);

/* The new file stays, the old one goes. */
void bw_policy_install_keep(struct bw_policy_install *install);

/* All is as it was before.  Returns 0 or -errno. */
int bw_policy_install_undo(struct bw_policy_install *install);

#endif
