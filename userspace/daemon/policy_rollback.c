// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - where policies must be signed: what was signed once isn't what was signed last
 */
#include <errno.h>

#include "cleanup.h"
#include "policy_rollback.h"

/* 0, -EINVAL or -ENOMEM. */
static int set_check(const struct bw_policies *policies, const char *set,
		     const struct bw_rule *in_force, const char *dir, struct bw_diagnostics *found)
{
	const struct bw_policy *policy = bw_policies_find(policies, set);
	static const struct bw_position whole;
	int err = 0;

	if (!policy && in_force->mode == BW_MODE_ENFORCE)
		err = bw_diagnostics_add(found, dir, whole, false,
					 "the set '%s', which enforces, is gone, and nobody has "
					 "signed that; put it in force with 'mode: monitor' first",
					 set);
	else if (policy && policy->version < in_force->version)
		err = bw_diagnostics_add(found, policy->file, policy->set_at, false,
					 "version %u of the set '%s' is older than the one in "
					 "force, %u; sign a new one",
					 policy->version, set, in_force->version);
	else
		return 0;

	return err ? err : -EINVAL;
}

int bw_policy_rollback_check(const struct bw_policies *policies, const struct bw_rules *in_force,
			     const char *dir, struct bw_diagnostics *found)
{
	int first = 0;

	for (size_t i = 0; i < in_force->len; i++) {
		const struct bw_rule_entry *entry = &in_force->items[i];
		int err;

		if (entry->key.kind != BW_RULE_SET || entry->key.set >= BW_SET_CANARY)
			continue;

		err = set_check(policies, in_force->set_names[entry->key.set].name, &entry->rule,
				dir, found);
		if (err == -ENOMEM)
			return err;
		first = first ? first : err;
	}
	return first;
}
