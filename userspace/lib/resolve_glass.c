// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - grants by officers' leave among those of policies
 */
#include <string.h>

#include "cleanup.h"
#include "glass.h"
#include "resolver.h"

int bw_glass_executable(const struct bw_identifier *identifier, const char *path,
			struct bw_file_key *ret_exe)
{
	const struct resolver resolver = { .identifier = identifier };
	_cleanup_(freep) char *canonical = NULL;
	_cleanup_(freep) char *blamed = NULL;
	struct bw_file_key exe;
	int err;

	err = path_canonical_by_root(path, &canonical, &blamed);
	if (!err)
		err = file_identify(&resolver, canonical, &exe);
	if (err)
		return err == -EXDEV ? -EPERM : err;

	if (file_is_script(canonical))
		return -ENOEXEC;

	/* Cuts it: it is not needed any more. */
	if (path_distrust(canonical))
		return -EPERM;

	*ret_exe = exe;
	return 0;
}

static bool has_set(const struct bw_rules *rules, uint16_t set)
{
	for (size_t i = 0; i < rules->len; i++)
		if (rules->items[i].key.kind == BW_RULE_SET && rules->items[i].key.set == set)
			return true;
	return false;
}

/* The first index that is free: they have no holes. */
static uint16_t index_find_free(const struct bw_rules *rules, const struct bw_rule_key *key)
{
	uint16_t index = 0;

	for (size_t i = 0; i < rules->len; i++) {
		const struct bw_rule_key *other = &rules->items[i].key;

		index += other->kind == key->kind && other->set == key->set &&
			 file_key_compare(&other->file, &key->file) == 0;
	}
	return index;
}

/* The one that is open to the same processes: only the first of two would be asked. */
static struct bw_rule_entry *like_find(const struct bw_rules *rules, const struct bw_rule_key *key,
				       const struct bw_grant *grant)
{
	for (size_t i = 0; i < rules->len; i++) {
		struct bw_rule_entry *entry = &rules->items[i];

		if (entry->key.kind == BW_RULE_GRANT && entry->key.set == key->set &&
		    file_key_compare(&entry->key.file, &key->file) == 0 &&
		    entry->rule.grant.flags == grant->flags && entry->rule.grant.uid == grant->uid)
			return entry;
	}
	return NULL;
}

static int grant_add(struct bw_rules *rules, uint16_t set, const struct bw_file_key *exe,
		     const struct bw_grant *grant)
{
	struct bw_rule_key key = { .kind = BW_RULE_GRANT, .set = set, .file = *exe };
	const struct bw_rule rule = { .grant = *grant };
	struct bw_rule_entry *like = like_find(rules, &key, grant);
	int err;

	if (like) {
		like->rule = rule;
		return 0;
	}

	key.index = index_find_free(rules, &key);
	if (key.index >= BW_GRANTS_PER_EXE_MAX)
		return -ENOSPC;

	err = rules_add(rules, &key, &rule);
	return err ? err : executable_add(rules, exe);
}

int bw_rules_glass_add(struct bw_rules *rules, const char *set, const struct bw_file_key *exe,
		       const struct bw_grant *grant)
{
	uint16_t number = number_of_name(rules, set);

	return number && has_set(rules, number) ? grant_add(rules, number, exe, grant) : -ENOENT;
}

/* By its name: a number whose set is gone may have been given to another one. */
static int entry_keep(struct bw_rules *rules, const struct bw_rules *in_force,
		      const struct bw_rule_entry *entry)
{
	const char *set = in_force->set_names[entry->key.set & BW_SETS_MAX].name;
	int err = bw_rules_glass_add(rules, set, &entry->key.file, &entry->rule.grant);

	/* Fails closed: where there is no room it ends. */
	return err == -ENOENT || err == -ENOSPC ? 0 : err;
}

int bw_rules_glass_keep(struct bw_rules *rules, const struct bw_rules *in_force, uint64_t now_ns)
{
	int err = 0;

	for (size_t i = 0; i < in_force->len && !err; i++) {
		const struct bw_rule_entry *entry = &in_force->items[i];

		if (entry->key.kind == BW_RULE_GRANT && entry->rule.grant.flags & BW_GRANT_GLASS &&
		    entry->rule.grant.until_ns > now_ns)
			err = entry_keep(rules, in_force, entry);
	}
	return err;
}
