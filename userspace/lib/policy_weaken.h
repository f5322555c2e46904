/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - does one policy let anybody read what another one refuses? (INV-8)
 */
#ifndef BULWARK_POLICY_WEAKEN_H
#define BULWARK_POLICY_WEAKEN_H

#include "policy.h"

/*
 * Compares files and not what they amount to on a host: a pattern that matches nothing
 * today may match tomorrow.  @now weakens @before if
 *
 * - a set is gone, or has another name;
 * - a set that enforces would only monitor;
 * - a path of `protect:` is gone, or one of `except:` is new, letter by letter;
 * - a grant or a tracer isn't one of @before's of that set, nor narrower than one: each of
 *   `exe:`, `user:`, `unit:` and `mount-namespace:` must be the same, or have been "any", and
 *   a budget of @before's of the same length, for the same and under the same name, or less;
 * - a grant with a budget is gone, or stands behind one that it stood before: of several that
 *   hold, the first counts;
 * - `devices:` is gone.
 *
 * Sets of @now alone are no weakening: bw_policies_resolve() refuses two sets for the
 * same file.  Of a policy that weakens each reason is an error in @diagnostics; what isn't
 * understood as the same fails closed.
 *
 * Returns 0, -EINVAL (it weakens) or -ENOMEM.
 */
int bw_policies_weaken_check(const struct bw_policies *now, const struct bw_policies *before,
			     struct bw_diagnostics *diagnostics);

#endif
