/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the answer to "budgets": what was read of how much, by whom
 */
#ifndef BULWARK_BUDGETS_H
#define BULWARK_BUDGETS_H

#include <jansson.h>

#include "enforcer.h"
#include "policy.h"

/* @policies: In force; NULL: not known, and then nothing can be told but numbers. */
json_t *bw_budgets_report(const struct bw_enforcer *enforcer, const struct bw_policies *policies);

#endif
