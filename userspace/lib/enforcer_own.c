// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: what each policy says of Bulwark itself
 *
 * The decoy and its set; the daemon, whose programs may be loaded; and who may read the
 * decoy, so that a test can show that the memory of who has read is out of reach.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "enforcer_internal.h"

#define OWN_UNIT "bulwarkd.service"

static int entry_put(int policy, const struct bw_rule_key *key, const struct bw_rule *rule)
{
	return bpf_map_update_elem(policy, key, rule, BPF_ANY);
}

static bool entry_is_in(int policy, const struct bw_rule_key *key)
{
	struct bw_rule rule;

	return bpf_map_lookup_elem(policy, key, &rule) == 0;
}

/* The programs of whoever is as Bulwark itself may be loaded, sets or no sets. */
static struct bw_rule daemon_rule(const char *unit)
{
	struct bw_rule rule = { .grant = { .flags = BW_GRANT_ANY_MOUNTS,
					   .unit_star = BW_UNIT_NO_STAR } };

	if (!unit)
		rule.grant.flags |= BW_GRANT_ANY_UNIT;
	else
		rule.grant.unit_len = snprintf(rule.grant.unit, BW_UNIT_SIZE, "%s", unit);
	return rule;
}

static struct bw_rule_key daemon_key(const struct bw_file_key *exe)
{
	return (struct bw_rule_key){ .kind = BW_RULE_TRACER, .set = BW_SET_CANARY, .file = *exe };
}

/*
 * A daemon that is started again is the same file, or after an upgrade another one in
 * the same unit: whose process it is decides systemd.
 */
static int daemon_put(const struct bw_enforcer *enforcer, int policy)
{
	const struct bw_file_key any = { 0 };
	const struct bw_rule_key exe_key = daemon_key(&enforcer->own_key);
	const struct bw_rule_key unit_key = daemon_key(&any);
	const struct bw_rule exe = daemon_rule(NULL);
	const struct bw_rule unit = daemon_rule(OWN_UNIT);
	int err = entry_put(policy, &exe_key, &exe);

	return err ? err : entry_put(policy, &unit_key, &unit);
}

/* The decoy is in force from the first policy on, and refused to the engine (INV-10). */
static int decoy_put(const struct bw_enforcer *enforcer, int policy)
{
	const struct bw_rule_key set_key = { .kind = BW_RULE_SET, .set = BW_SET_CANARY };
	const struct bw_rule set = { .mode = BW_MODE_ENFORCE };
	const struct bw_rule_key anchor_key = { .kind = BW_RULE_ANCHOR,
						.file = enforcer->canary_key };
	const struct bw_rule anchor = { .set = BW_SET_CANARY, .anchor = BW_ANCHOR_PROTECT };
	int err = entry_put(policy, &anchor_key, &anchor);

	return err ? err : entry_put(policy, &set_key, &set);
}

void enforcer_reader_identify(struct bw_enforcer *enforcer,
			      const struct bw_enforcer_options *options)
{
	_cleanup_(closep) int fd = -EBADF;

	if (options->reader)
		fd = open(options->reader, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || bw_keeper_identify(enforcer->keeper, fd, &enforcer->reader_key))
		enforcer->reader_key = (struct bw_file_key){ 0 };
	enforcer->reader_uid = options->reader_uid;
}

static bool has_reader(const struct bw_enforcer *enforcer)
{
	return enforcer->reader_key.ino != 0;
}

static struct bw_rule_key reader_key(const struct bw_enforcer *enforcer)
{
	return (struct bw_rule_key){ .kind = BW_RULE_GRANT,
				     .set = BW_SET_CANARY,
				     .file = enforcer->reader_key };
}

static int reader_put(const struct bw_enforcer *enforcer, int policy)
{
	const struct bw_rule_key exe_key = { .kind = BW_RULE_EXE, .file = enforcer->reader_key };
	const struct bw_rule_key grant_key = reader_key(enforcer);
	const struct bw_rule exe = { 0 };
	const struct bw_rule grant = { .grant = { .uid = enforcer->reader_uid,
						  .flags = BW_GRANT_ANY_UNIT,
						  .number = 1,
						  .unit_star = BW_UNIT_NO_STAR } };
	int err;

	if (!has_reader(enforcer))
		return 0;

	err = entry_put(policy, &exe_key, &exe);
	return err ? err : entry_put(policy, &grant_key, &grant);
}

int enforcer_own_put(const struct bw_enforcer *enforcer, int policy)
{
	int err = decoy_put(enforcer, policy);

	if (!err)
		err = daemon_put(enforcer, policy);
	return err ? err : reader_put(enforcer, policy);
}

static bool decoy_is_in(const struct bw_enforcer *enforcer, int policy)
{
	const struct bw_rule_key key = { .kind = BW_RULE_ANCHOR, .file = enforcer->canary_key };
	struct bw_rule rule;

	return bpf_map_lookup_elem(policy, &key, &rule) == 0 && rule.set == BW_SET_CANARY;
}

bool enforcer_own_is_in(const struct bw_enforcer *enforcer, int policy)
{
	const struct bw_rule_key daemon = daemon_key(&enforcer->own_key);
	const struct bw_rule_key reader = reader_key(enforcer);

	return decoy_is_in(enforcer, policy) && entry_is_in(policy, &daemon) &&
	       (!has_reader(enforcer) || entry_is_in(policy, &reader));
}

/* Whose executable it is names a policy as well, perhaps: it is put back in any case. */
bool enforcer_own_is(const struct bw_enforcer *enforcer, const struct bw_rule_key *key,
		     const struct bw_rule *rule)
{
	switch (key->kind) {
	case BW_RULE_SET:
	case BW_RULE_TRACER:
	case BW_RULE_GRANT:
		return key->set == BW_SET_CANARY;
	case BW_RULE_ANCHOR:
		return rule->set == BW_SET_CANARY;
	case BW_RULE_EXE:
		return has_reader(enforcer) &&
		       memcmp(&key->file, &enforcer->reader_key, sizeof(key->file)) == 0;
	default:
		return false;
	}
}
