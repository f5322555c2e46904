/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the parts of policy_diff.h share
 */
#ifndef BULWARK_POLICY_DIFFER_H
#define BULWARK_POLICY_DIFFER_H

#include "policy_diff.h"

/* Where differences of the set at hand go. */
struct differ {
	const char *set;
	bool set_is_new;
	struct bw_differences *differences;
};

void differ_add(struct differ *differ, enum bw_effect effect, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Grants, tracers and others; all of @now's are new to a policy without any. */
void differ_grants(struct differ *differ, const struct bw_policy *before,
		   const struct bw_policy *now);

#endif
