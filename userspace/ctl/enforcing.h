/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl: asks before a set refuses whom it let through lately
 */
#ifndef BULWARK_ENFORCING_H
#define BULWARK_ENFORCING_H

#include "ctl.h"

/*
 * Looks for sets that don't enforce yet, by the daemon's word, and would by the policy files.
 * What they have learnt, and who would have been refused in the last week, is judged by them:
 * if somebody would be refused, a person is asked, or --yes wanted.
 *
 * BW_EXIT_OK: go on.
 */
int bw_enforcing_ask(const struct bw_ctl *ctl);

#endif
