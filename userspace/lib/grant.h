/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - a grant of a policy file as the programs compare it
 */
#ifndef BULWARK_GRANT_H
#define BULWARK_GRANT_H

#include <stdint.h>

#include <bulwark/maps.h>

#include "policy.h"

/* The number of a user or group, in digits.  Returns 0 or -EINVAL. */
int bw_number_parse(const char *text, uint32_t *ret_number);

/*
 * A user's number, by name or number.
 *
 * Returns 0, -ENOENT (no such user), or another -errno of the user database.
 */
int bw_user_number(const char *user, uint32_t *ret_uid);

/* A group's, likewise. */
int bw_group_number(const char *group, uint32_t *ret_gid);

/*
 * @uid is ignored for `user: any`.  @number counts the grants of @set from 1.  What depends on
 * the host is left to be filled in: group, login, script, hours and the version of
 * the content.
 */
void bw_grant_compile(const struct bw_policy_grant *grant, const char *set, uint32_t uid,
		      unsigned int number, struct bw_grant *ret_grant);

/*
 * bw_budget.id of a grant, or with an empty name that of the set's `others`: its counts go on
 * when another policy has one of that name.
 */
uint64_t bw_budget_id(const char *set, const char *grant);

#endif
