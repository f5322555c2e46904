// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: one policy after the other, each in force as a whole
 */
#include <errno.h>
#include <string.h>

#include "enforcer_internal.h"

static int policy_create(size_t entries)
{
	return bpf_map_create(BPF_MAP_TYPE_HASH, "bulwark_policy", sizeof(struct bw_rule_key),
			      sizeof(struct bw_rule), entries + ENFORCER_OWN_ENTRIES, NULL);
}

static int policy_put(int policy, const struct bw_rule_key *key, const struct bw_rule *rule)
{
	return bpf_map_update_elem(policy, key, rule, BPF_ANY);
}

/* META comes last: without it a policy is none. */
static int policy_finish(const struct bw_enforcer *enforcer, int policy, const struct bw_rule *meta)
{
	const struct bw_rule_key meta_key = { .kind = BW_RULE_META };
	int err = enforcer_own_put(enforcer, policy);

	return err ? err : policy_put(policy, &meta_key, meta);
}

static int policy_fill(int policy, const struct bw_rules *rules)
{
	for (size_t i = 0; i < rules->len; i++) {
		int err = policy_put(policy, &rules->items[i].key, &rules->items[i].rule);

		if (err)
			return err;
	}
	return 0;
}

static __u64 canary_filesystem(const struct bw_enforcer *enforcer)
{
	return 1ULL << bw_filesystem_bit(enforcer->canary_key.dev);
}

/*
 * INV-4: the map is complete before the one pointer is switched.  Filesystems
 * that are new are watched before, those that hold no set any more are let go
 * after; the stamp makes worthless what was cached under the policy before.
 */
static int policy_switch(struct bw_enforcer *enforcer, int policy, __u32 generation,
			 __u64 filesystems)
{
	int policies = bpf_map__fd(enforcer->bpf->maps.policies);
	struct bw_state *state = enforcer_state(enforcer);
	__u32 before = 0;
	__u32 zero = 0;
	int err;

	err = enforcer_guard_policy(enforcer, policy);
	if (err)
		return err;

	(void)bpf_map_lookup_elem(policies, &zero, &before);
	__atomic_fetch_or(&state->filesystems, filesystems, __ATOMIC_SEQ_CST);

	err = bpf_map_update_elem(policies, &zero, &policy, BPF_ANY);
	if (err)
		return err;

	__atomic_fetch_add(&state->stamp, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&state->filesystems, filesystems, __ATOMIC_SEQ_CST);
	enforcer->generation = generation;
	enforcer_guard_forget_policy(enforcer, before);
	return 0;
}

/* Names are there before the first event that needs them.  Tells whose number is another's now. */
static int set_names_put(struct bw_enforcer *enforcer, const struct bw_set_name *names,
			 bool *ret_replaced)
{
	int fd = bpf_map__fd(enforcer->bpf->maps.set_names);

	for (__u32 i = 0; i <= BW_SETS_MAX; i++) {
		int err;

		if (memcmp(&names[i], &enforcer->set_names[i], sizeof(names[i])) == 0)
			continue;

		ret_replaced[i] = enforcer->set_names[i].name[0] != '\0';
		err = bpf_map_update_elem(fd, &i, &names[i], BPF_ANY);
		if (err)
			return err;

		enforcer->set_names[i] = names[i];
	}
	return 0;
}

static int set_names_get(struct bw_enforcer *enforcer)
{
	int fd = bpf_map__fd(enforcer->bpf->maps.set_names);

	for (__u32 i = 0; i <= BW_SETS_MAX; i++) {
		int err = bpf_map_lookup_elem(fd, &i, &enforcer->set_names[i]);

		if (err)
			return err;
	}
	return 0;
}

/*
 * INV-1: what a set carried isn't its successor's.  Forgotten once the old set is no
 * longer in force, so that it is never free before.
 */
static void replaced_forget(struct bw_enforcer *enforcer, const bool *replaced)
{
	bool any = false;

	for (__u32 i = 0; i <= BW_SETS_MAX; i++) {
		if (!replaced[i])
			continue;

		enforcer_carried_forget(enforcer, i);
		any = true;
	}
	if (any)
		__atomic_fetch_add(&enforcer_state(enforcer)->stamp, 1, __ATOMIC_SEQ_CST);
}

/* Never 0, which stands for no policy. */
static __u32 generation_next(__u32 generation)
{
	return generation + 1 ? generation + 1 : 1;
}

int bw_enforcer_apply(struct bw_enforcer *enforcer, const struct bw_rules *rules,
		      __u32 *ret_generation)
{
	struct bw_rule meta = { .generation = generation_next(enforcer->generation) };
	bool replaced[BW_SETS_MAX + 1] = { false };
	_cleanup_(closep) int policy = -EBADF;
	int err;

	memcpy(meta.digest, rules->digest, sizeof(meta.digest));
	policy = policy_create(rules->len);
	if (policy < 0)
		return policy;

	err = policy_fill(policy, rules);
	if (err)
		return err;

	err = policy_finish(enforcer, policy, &meta);
	if (err)
		return err;

	err = set_names_put(enforcer, rules->set_names, replaced);
	if (err)
		return err;

	err = policy_switch(enforcer, policy, meta.generation,
			    rules->filesystems | canary_filesystem(enforcer));
	if (err)
		return err;

	replaced_forget(enforcer, replaced);
	*ret_generation = meta.generation;
	return 0;
}

int enforcer_policy_in_force(const struct bw_enforcer *enforcer)
{
	__u32 zero = 0;
	__u32 id;
	int err;

	err = bpf_map_lookup_elem(bpf_map__fd(enforcer->bpf->maps.policies), &zero, &id);
	if (err)
		return err;

	return bpf_map_get_fd_by_id(id);
}

/* All zero for a policy that has none. */
static struct bw_rule policy_meta(int policy)
{
	const struct bw_rule_key key = { .kind = BW_RULE_META };
	struct bw_rule meta = { 0 };

	return bpf_map_lookup_elem(policy, &key, &meta) ? (struct bw_rule){ 0 } : meta;
}

static int entries_count(int policy, __u32 *ret_max)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(policy, &info, &len);

	if (err)
		return err;

	*ret_max = info.max_entries;
	return 0;
}

/* Copies all entries but those that the daemon before added. */
static int policy_copy(const struct bw_enforcer *enforcer, int from, int to)
{
	struct bw_rule_key key, *previous = NULL;
	int err;

	while ((err = bpf_map_get_next_key(from, previous, &key)) == 0) {
		struct bw_rule rule;

		previous = &key;
		err = bpf_map_lookup_elem(from, &key, &rule);
		if (err)
			return err;

		if (enforcer_own_is(enforcer, &key, &rule))
			continue;

		err = policy_put(to, &key, &rule);
		if (err)
			return err;
	}
	return err == -ENOENT ? 0 : err;
}

/*
 * The policy in force again, with the decoy's new inode: /run may have been emptied; or
 * with the daemon's.
 */
static int policy_renew(struct bw_enforcer *enforcer, int in_force)
{
	__u64 filesystems = enforcer_state(enforcer)->filesystems | canary_filesystem(enforcer);
	struct bw_rule meta = policy_meta(in_force);
	_cleanup_(closep) int policy = -EBADF;
	__u32 entries;
	int err;

	err = entries_count(in_force, &entries);
	if (err)
		return err;

	policy = policy_create(entries);
	if (policy < 0)
		return policy;

	err = policy_copy(enforcer, in_force, policy);
	if (err)
		return err;

	meta.generation = generation_next(enforcer->generation);
	err = policy_finish(enforcer, policy, &meta);
	if (err)
		return err;

	return policy_switch(enforcer, policy, meta.generation, filesystems);
}

int enforcer_policy_ensure(struct bw_enforcer *enforcer)
{
	const struct bw_rules nothing = { 0 };
	_cleanup_(closep) int in_force = enforcer_policy_in_force(enforcer);
	__u32 generation;
	int err;

	if (in_force == -ENOENT)
		return bw_enforcer_apply(enforcer, &nothing, &generation);

	if (in_force < 0)
		return in_force;

	err = set_names_get(enforcer);
	if (err)
		return err;

	enforcer->generation = policy_meta(in_force).generation;
	if (!enforcer->generation)
		return -EPROTO;

	if (enforcer_own_is_in(enforcer, in_force))
		return 0;

	return policy_renew(enforcer, in_force);
}
