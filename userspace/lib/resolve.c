// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - policies plus this host's files and users: the entries of the maps
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "disks.h"
#include "grant.h"
#include "resolver.h"
#include "until.h"

/* The canary's number is nobody else's. */
#define POLICY_SETS_MAX (BW_SETS_MAX - 1)

/* Longer than that is probably a mistake. */
#define LEARN_LONG_DAYS 90
#define LEARN_LONG_S (LEARN_LONG_DAYS * 24L * 60 * 60)

static int identify_by_stat(void *context, int fd, struct bw_file_key *ret_key)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;

	*ret_key = (struct bw_file_key){
		.dev = major(status.st_dev) << 20 | minor(status.st_dev),
		.ino = status.st_ino,
	};
	return 0;
}

const struct bw_identifier bw_identifier_stat = { .identify = identify_by_stat };

uint64_t bw_name_hash(const char *name)
{
	uint64_t hash = BW_NAME_HASH_BASIS;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * BW_NAME_HASH_PRIME;
	return hash;
}

uint64_t bw_unit_hash(const char *unit)
{
	uint64_t hash = bw_name_hash(unit);

	for (size_t len = strlen(unit); len < BW_UNIT_SIZE; len++)
		hash *= BW_NAME_HASH_PRIME;
	return hash;
}

int array_reserve(void *items, size_t len, size_t size)
{
	void *array;

	if (len & (len - 1))
		return 0;

	/* A pointer to a pointer of any type: only bytes may be copied. */
	memcpy(&array, items, sizeof(array));
	array = reallocarray(array, len ? len * 2 : 1, size);
	if (!array)
		return -ENOMEM;

	memcpy(items, &array, sizeof(array));
	return 0;
}

int rules_add(struct bw_rules *rules, const struct bw_rule_key *key, const struct bw_rule *rule)
{
	int err = array_reserve(&rules->items, rules->len, sizeof(*rules->items));

	if (err)
		return err;

	rules->items[rules->len++] = (struct bw_rule_entry){ .key = *key, .rule = *rule };
	return 0;
}

static void paths_done(struct paths *paths)
{
	for (size_t i = 0; i < paths->len; i++)
		free(paths->items[i]);
	free(paths->items);
}

static void verified_done(struct bw_verified *verified, size_t len)
{
	for (size_t i = 0; i < len; i++)
		free(verified[i].path);
	free(verified);
}

void bw_rules_free(struct bw_rules *rules)
{
	struct paths watches, executable_watches;

	if (!rules)
		return;

	watches = (struct paths){ rules->watches, rules->watches_len };
	executable_watches =
		(struct paths){ rules->executable_watches, rules->executable_watches_len };
	paths_done(&watches);
	paths_done(&executable_watches);
	verified_done(rules->verified, rules->verified_len);
	free(rules->executables);
	free(rules->grants);
	free(rules->holes);
	free(rules->items);
	free(rules);
}

uint16_t number_of_name(const struct bw_rules *rules, const char *name)
{
	for (uint16_t number = 1; number <= POLICY_SETS_MAX; number++)
		if (strcmp(rules->set_names[number].name, name) == 0)
			return number;
	return 0;
}

/* A number never used, else one whose set is gone. */
static uint16_t number_find_free(const struct bw_rules *rules, const struct bw_policies *policies)
{
	uint16_t number = number_of_name(rules, "");

	if (number)
		return number;

	for (number = 1; number <= POLICY_SETS_MAX; number++)
		if (!bw_policies_find(policies, rules->set_names[number].name))
			return number;
	return 0;
}

static int sets_number(struct resolver *resolver, struct bw_rules *rules)
{
	const struct bw_policies *policies = resolver->policies;

	for (size_t i = 0; i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];
		uint16_t number = number_of_name(rules, policy->set);

		if (number)
			continue;

		number = number_find_free(rules, policies);
		if (!number) {
			(void)resolver_say(resolver, policy, policy->set_at, false,
					   "no more than %d sets can be in force", POLICY_SETS_MAX);
			return -ENOSPC;
		}
		snprintf(rules->set_names[number].name, BW_SET_NAME_SIZE, "%s", policy->set);
	}
	return 0;
}

/* Nobody is refused meanwhile. */
static int learning_warn(struct resolver *resolver, const struct bw_policy *policy, time_t now)
{
	char until[BW_UNTIL_TEXT_SIZE];

	bw_until_text(policy->learn_until, until);
	if (policy->learn_until <= now)
		return resolver_say(resolver, policy, policy->learn_until_at, true,
				    "the set has learnt until %s and only monitors now; write "
				    "'mode: enforce', or a later day",
				    until);

	if (policy->learn_until - now > LEARN_LONG_S)
		return resolver_say(resolver, policy, policy->learn_until_at, true,
				    "the set learns until %s, more than %d days from now; nobody "
				    "is refused before",
				    until, LEARN_LONG_DAYS);

	return 0;
}

static int set_emit(struct resolver *resolver, struct bw_rules *rules,
		    const struct bw_policy *policy, uint16_t set)
{
	const struct bw_rule_key key = { .kind = BW_RULE_SET, .set = set };
	struct bw_rule rule = { .mode = policy->mode, .version = policy->version };
	int err = 0;

	if (policy->mode == BW_MODE_LEARN) {
		rule.learn_until = bw_until_tai(policy->learn_until);
		err = learning_warn(resolver, policy, time(NULL));
	}
	return err ? err : rules_add(rules, &key, &rule);
}

static int others_emit(struct bw_rules *rules, const struct bw_policy *policy, uint16_t set)
{
	const struct bw_rule_key key = { .kind = BW_RULE_OTHERS, .set = set };
	struct bw_rule rule = { .grant.budget = policy->others };

	if (policy->others.per == BW_BUDGET_NONE)
		return 0;

	rule.grant.budget.id = bw_budget_id(policy->set, "");
	return rules_add(rules, &key, &rule);
}

static int policy_collect(struct resolver *resolver, const struct bw_policy *policy,
			  struct bw_rules *rules)
{
	uint16_t set = number_of_name(rules, policy->set);
	int err;

	err = places_collect(resolver, policy, set);
	if (err)
		return err;

	err = grants_collect(resolver, policy, set);
	if (err)
		return err;

	err = others_emit(rules, policy, set);
	return err ? err : set_emit(resolver, rules, policy, set);
}

/* A directory that is replaced changes its parent. */
static int places_watch(struct resolver *resolver)
{
	int err = 0;

	for (size_t i = 0; i < resolver->places.len && !err; i++) {
		_cleanup_(freep) char *parent = path_directory(resolver->places.items[i].path);

		err = parent ? watches_add_directory(resolver, parent) : -ENOMEM;
	}
	return err;
}

static int resolver_collect(struct resolver *resolver, struct bw_rules *rules)
{
	int err;

	err = sets_number(resolver, rules);
	if (err)
		return err;

	for (size_t i = 0; i < resolver->policies->len && !err; i++)
		err = policy_collect(resolver, resolver->policies->items[i], rules);
	if (err)
		return err;

	err = places_judge(resolver);
	if (err)
		return err;

	err = trees_walk(resolver);
	return err ? err : places_watch(resolver);
}

static int resolver_emit(struct resolver *resolver, struct bw_rules *rules)
{
	int err;

	err = findings_emit(resolver, rules);
	if (!err)
		err = disks_emit(resolver, rules);
	if (err)
		return err;

	err = grants_emit(resolver, rules);
	if (err)
		return err;

	watches_take(&resolver->watches, &rules->watches, &rules->watches_len);
	memcpy(rules->set_bytes, resolver->set_bytes, sizeof(rules->set_bytes));
	coverages_fill(rules);
	return coverages_judge(resolver, rules);
}

void resolver_done(struct resolver *resolver)
{
	paths_done(&resolver->watches);
	paths_done(&resolver->executable_watches);
	verified_done(resolver->verified, resolver->verified_len);
	free(resolver->granteds.items);
	free(resolver->grants);
	free(resolver->findings.items);
	free(resolver->by_inode);
	places_done(&resolver->places);
	bw_mounts_done(&resolver->mounts);
}

int bw_policies_resolve(const struct bw_policies *policies, const struct bw_identifier *identifier,
			const struct bw_set_name *set_names, struct bw_diagnostics *diagnostics,
			struct bw_rules **ret_rules)
{
	_cleanup_(resolver_done) struct resolver resolver = {
		.policies = policies,
		.identifier = identifier,
		.diagnostics = diagnostics,
		.watched = &resolver.watches,
		.sysfs = BW_SYSFS_PATH,
	};
	_cleanup_(bw_rules_freep) struct bw_rules *rules = calloc(1, sizeof(*rules));
	size_t errors_before = diagnostics->errors;
	int err;

	if (!rules)
		return -ENOMEM;

	memcpy(rules->set_names, set_names, sizeof(rules->set_names));
	err = bw_mounts_load(BW_MOUNTINFO_PATH, &resolver.mounts);
	if (err)
		return err;

	err = resolver_collect(&resolver, rules);
	if (!err)
		err = resolver_emit(&resolver, rules);
	if (err)
		return err;

	if (diagnostics->errors != errors_before)
		return -EINVAL;

	*ret_rules = take_ptr(rules);
	return 0;
}
