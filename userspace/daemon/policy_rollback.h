/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - where policies must be signed: what was signed once isn't what was signed last
 */
#ifndef BULWARK_POLICY_ROLLBACK_H
#define BULWARK_POLICY_ROLLBACK_H

#include "policy.h"
#include "resolve.h"

/*
 * Compares files with the rules in force.  They are a step back if a set has a lower version, or
 * if one that enforces is gone: nobody can sign a file that isn't there, so it must be
 * signed with `mode: monitor` before.  Where no policy is in force, as after a boot, every
 * signed one is better than none.
 *
 * @dir: Of the files, for people.
 *
 * Returns 0, -EINVAL (an error in @found for each step back), or -ENOMEM.
 */
int bw_policy_rollback_check(const struct bw_policies *policies, const struct bw_rules *in_force,
			     const char *dir, struct bw_diagnostics *found);

#endif
