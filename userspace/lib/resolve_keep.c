// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - grants of executables that run although they were replaced
 */
#include <string.h>

#include "cleanup.h"
#include "resolver.h"

/*
 * Replaced and still running: more than upgrades leave behind on any host.  Fails
 * closed: those beyond lose their grants.
 */
#define LOST_MAX 1024

/**
 * struct keeping - One run of bw_rules_keep()
 *
 * @granted: BW_RULE_GRANT entries of the new rules.
 * @had: Those in force that both policies have and the new rules don't.
 * @lost: Executables of @had, each once.
 * @running: Which of @lost some process runs.
 */
struct keeping {
	struct bw_rules *rules;
	struct bw_rules granted;
	struct bw_rules had;
	struct bw_file_key *lost;
	bool *running;
	size_t lost_len;
};

static void keeping_done(struct keeping *keeping)
{
	free(keeping->granted.items);
	free(keeping->had.items);
	free(keeping->lost);
	free(keeping->running);
}

static int granted_collect(struct keeping *keeping)
{
	const struct bw_rules *rules = keeping->rules;
	int err = 0;

	for (size_t i = 0; i < rules->len && !err; i++)
		if (rules->items[i].key.kind == BW_RULE_GRANT)
			err = rules_add(&keeping->granted, &rules->items[i].key,
					&rules->items[i].rule);
	return err;
}

/*
 * Its number in the file counts for nothing: another grant may have been put before it.
 * Nor does what is found anew each time: how clocks are turned, which version was verified, how
 * large the set is.
 */
static bool is_same_grant(const struct bw_grant *one, const struct bw_grant *other)
{
	struct bw_grant alike = *one;

	alike.number = other->number;
	alike.content = other->content;
	alike.hours.end = other->hours.end;
	memcpy(alike.hours.turns, other->hours.turns, sizeof(alike.hours.turns));
	alike.budget.distinct = other->budget.distinct;
	alike.budget.piece_shift = other->budget.piece_shift;
	return one->pattern && memcmp(&alike, other, sizeof(alike)) == 0;
}

/* The new policies' word for a grant in force; NULL if they don't have it. */
static const struct bw_grant *grant_find(const struct bw_rules *rules, uint16_t set,
					 const struct bw_grant *grant)
{
	for (size_t i = 0; i < rules->grants_len; i++)
		if (rules->grants[i].set == set && is_same_grant(&rules->grants[i].grant, grant))
			return &rules->grants[i].grant;
	return NULL;
}

/* A number whose set is gone may have been given to another one. */
static bool is_same_set(const struct bw_rules *one, const struct bw_rules *other, uint16_t set)
{
	return set <= BW_SETS_MAX &&
	       memcmp(&one->set_names[set], &other->set_names[set], sizeof(*one->set_names)) == 0;
}

static bool is_granted(const struct keeping *keeping, const struct bw_rule_key *key,
		       const struct bw_grant *grant)
{
	for (size_t i = 0; i < keeping->granted.len; i++) {
		const struct bw_rule_entry *entry = &keeping->granted.items[i];

		if (entry->key.set == key->set &&
		    file_key_compare(&entry->key.file, &key->file) == 0 &&
		    is_same_grant(grant, &entry->rule.grant))
			return true;
	}
	return false;
}

static bool is_lost(const struct keeping *keeping, const struct bw_file_key *exe)
{
	for (size_t i = 0; i < keeping->lost_len; i++)
		if (file_key_compare(&keeping->lost[i], exe) == 0)
			return true;
	return false;
}

static int lost_add(struct keeping *keeping, const struct bw_file_key *exe)
{
	int err;

	if (is_lost(keeping, exe))
		return 0;

	err = array_reserve(&keeping->lost, keeping->lost_len, sizeof(*exe));
	if (err)
		return err;

	keeping->lost[keeping->lost_len++] = *exe;
	return 0;
}

static int entry_judge(struct keeping *keeping, const struct bw_rules *in_force,
		       const struct bw_rule_entry *entry)
{
	const struct bw_rules *rules = keeping->rules;
	const struct bw_grant *grant;
	struct bw_rule rule;
	int err;

	if (entry->key.kind != BW_RULE_GRANT || !is_same_set(rules, in_force, entry->key.set))
		return 0;

	grant = grant_find(rules, entry->key.set, &entry->rule.grant);
	if (!grant || is_granted(keeping, &entry->key, grant) || keeping->lost_len == LOST_MAX)
		return 0;

	rule = (struct bw_rule){ .grant = *grant };
	rule.grant.content = entry->rule.grant.content;
	err = rules_add(&keeping->had, &entry->key, &rule);
	return err ? err : lost_add(keeping, &entry->key.file);
}

static int had_collect(struct keeping *keeping, const struct bw_rules *in_force)
{
	int err = 0;

	for (size_t i = 0; i < in_force->len && !err; i++)
		err = entry_judge(keeping, in_force, &in_force->items[i]);
	return err;
}

static int runners_ask(struct keeping *keeping, const struct bw_runners *runners)
{
	keeping->running = calloc(keeping->lost_len, sizeof(*keeping->running));
	if (!keeping->running)
		return -ENOMEM;

	return runners->look(runners->context, keeping->lost, keeping->lost_len, keeping->running);
}

static bool is_running(const struct keeping *keeping, const struct bw_file_key *exe)
{
	for (size_t i = 0; i < keeping->lost_len; i++)
		if (keeping->running[i] && file_key_compare(&keeping->lost[i], exe) == 0)
			return true;
	return false;
}

/* The first index of an executable in a set that is free: they have no holes. */
static uint16_t index_find_free(const struct keeping *keeping, const struct bw_rule_key *key)
{
	uint16_t index = 0;

	for (size_t i = 0; i < keeping->granted.len; i++) {
		const struct bw_rule_key *other = &keeping->granted.items[i].key;

		index += other->set == key->set && file_key_compare(&other->file, &key->file) == 0;
	}
	return index;
}

static bool executable_is_known(const struct bw_rules *rules, const struct bw_file_key *exe)
{
	for (size_t i = 0; i < rules->executables_len; i++)
		if (file_key_compare(&rules->executables[i], exe) == 0)
			return true;
	return false;
}

int executable_add(struct bw_rules *rules, const struct bw_file_key *exe)
{
	const struct bw_rule_key key = { .kind = BW_RULE_EXE, .file = *exe };
	const struct bw_rule rule = { 0 };
	int err;

	if (executable_is_known(rules, exe))
		return 0;

	err = rules_add(rules, &key, &rule);
	return err ? err : executable_keep(rules, exe);
}

static int grant_keep(struct keeping *keeping, const struct bw_rule_entry *entry)
{
	struct bw_rule_key key = entry->key;
	int err;

	/* Fails closed: no program looks at more. */
	key.index = index_find_free(keeping, &key);
	if (key.index >= BW_GRANTS_PER_EXE_MAX)
		return 0;

	err = rules_add(&keeping->granted, &key, &entry->rule);
	if (!err)
		err = rules_add(keeping->rules, &key, &entry->rule);
	if (err)
		return err;

	keeping->rules->kept++;
	return executable_add(keeping->rules, &key.file);
}

int bw_rules_keep(struct bw_rules *rules, const struct bw_rules *in_force,
		  const struct bw_runners *runners)
{
	_cleanup_(keeping_done) struct keeping keeping = { .rules = rules };
	int err;

	err = granted_collect(&keeping);
	if (!err)
		err = had_collect(&keeping, in_force);
	if (err || !keeping.lost_len)
		return err;

	err = runners_ask(&keeping, runners);
	for (size_t i = 0; i < keeping.had.len && !err; i++)
		if (is_running(&keeping, &keeping.had.items[i].key.file))
			err = grant_keep(&keeping, &keeping.had.items[i]);
	return err;
}
