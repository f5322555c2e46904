/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the parts of policies have to do with each other
 */
#ifndef BULWARK_POLICY_CHECK_H
#define BULWARK_POLICY_CHECK_H

#include "reporter.h"

/*
 * Checks one policy whose values are right, each for itself; those that weren't
 * are NULL or left out.
 *
 * @paths_complete: None of `protect:` and `except:` was left out.
 */
void bw_policy_check(struct bw_reporter *reporter, const struct bw_policy *policy,
		     bool paths_complete);

/*
 * Checks policies against each other: names of sets, overlaps.  Returns 0,
 * -EINVAL or -ENOMEM.
 */
int bw_policies_check(const struct bw_policies *policies, struct bw_diagnostics *diagnostics);

/* Does it run whatever its caller tells it? */
bool bw_is_interpreter(const char *exe);

#endif
