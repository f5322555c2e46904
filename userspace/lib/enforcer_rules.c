// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: the policy in force as rules again
 */
#include <errno.h>
#include <string.h>

#include "enforcer_internal.h"

/* Puts one entry where it belongs; there is room for it. */
static void entry_take(const struct bw_enforcer *enforcer, struct bw_rules *rules,
		       const struct bw_rule_key *key, const struct bw_rule *rule)
{
	if (key->kind == BW_RULE_META) {
		memcpy(rules->digest, rule->digest, sizeof(rules->digest));
		return;
	}
	if (enforcer_own_is(enforcer, key, rule))
		return;

	if (key->kind == BW_RULE_FILESYSTEM)
		rules->filesystems |= 1ULL << bw_filesystem_bit(key->file.dev);
	rules->items[rules->len++] = (struct bw_rule_entry){ .key = *key, .rule = *rule };
}

/* Nobody else changes a policy: what is counted is what is there. */
static int entries_take(const struct bw_enforcer *enforcer, int policy, __u32 max,
			struct bw_rules *rules)
{
	struct bw_rule_key key, *previous = NULL;
	int err = 0;

	for (__u32 i = 0; i < max; i++) {
		struct bw_rule rule;

		err = bpf_map_get_next_key(policy, previous, &key);
		if (!err)
			err = bpf_map_lookup_elem(policy, &key, &rule);
		if (err)
			break;

		entry_take(enforcer, rules, &key, &rule);
		previous = &key;
	}
	return err == -ENOENT ? 0 : err;
}

static int policy_take(const struct bw_enforcer *enforcer, int policy, struct bw_rules *rules)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(policy, &info, &len);

	if (err)
		return err;

	rules->items = calloc(info.max_entries, sizeof(*rules->items));
	return rules->items ? entries_take(enforcer, policy, info.max_entries, rules) : -ENOMEM;
}

int bw_enforcer_rules(const struct bw_enforcer *enforcer, struct bw_rules **ret_rules)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = calloc(1, sizeof(*rules));
	_cleanup_(closep) int policy = enforcer_policy_in_force(enforcer);
	int err;

	if (!rules)
		return -ENOMEM;

	if (policy < 0)
		return policy;

	err = policy_take(enforcer, policy, rules);
	if (err)
		return err;

	memcpy(rules->set_names, enforcer->set_names, sizeof(rules->set_names));
	*ret_rules = take_ptr(rules);
	return 0;
}
