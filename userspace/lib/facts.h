/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what policies name on a host, told to where they are checked
 *
 * Facts are a JSON object; bulwarkctl(8) tells its members.
 */
#ifndef BULWARK_FACTS_H
#define BULWARK_FACTS_H

#include <jansson.h>

#include "policy.h"

#define BW_FACTS_VERSION 1

/*
 * All users and groups of this host, and what is there of all that @policies name.  What
 * can't be looked at is an error: facts that lack it would say that it isn't there.
 *
 * Returns 0, -EINVAL (errors in @diagnostics), -ENOMEM, or another -errno.
 */
int bw_facts_take(const struct bw_policies *policies, struct bw_diagnostics *diagnostics,
		  json_t **ret_facts);

/*
 * Reads them from a file; each member is what it must be.
 *
 * Returns 0, -EINVAL, -ENOMEM, or another -errno with a diagnostic added.
 */
int bw_facts_load(const char *path, struct bw_diagnostics *diagnostics, json_t **ret_facts);

/*
 * What bw_policies_resolve() would say on the host that the facts are of, but for what it finds
 * by walking trees.  A path that they don't tell of is a warning.
 *
 * Returns 0 or -ENOMEM.
 */
int bw_facts_check(const json_t *facts, const struct bw_policies *policies,
		   struct bw_diagnostics *diagnostics);

#endif
