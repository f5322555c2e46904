// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: executables alone, with all else as it was found last
 */
#include <string.h>

#include "cleanup.h"
#include "resolver.h"

static bool set_is_named(const struct bw_policies *policies, const struct bw_rules *rules,
			 uint16_t set)
{
	for (size_t i = 0; i < policies->len; i++)
		if (number_of_name(rules, policies->items[i]->set) == set)
			return true;
	return false;
}

/*
 * All but who is granted what.  A set that no policy names is left out as well, so
 * that bw_rules_tighten() sees it is gone and adds it together with its grants.
 */
static bool is_copied(const struct bw_policies *policies, const struct bw_rules *known,
		      const struct bw_rule_key *key)
{
	switch (key->kind) {
	case BW_RULE_GRANT:
	case BW_RULE_TRACER:
	case BW_RULE_EXE:
	case BW_RULE_SCRIPT:
		return false;
	case BW_RULE_SET:
	case BW_RULE_OTHERS:
		return set_is_named(policies, known, key->set);
	default:
		return true;
	}
}

static int places_copy(const struct bw_policies *policies, const struct bw_rules *known,
		       struct bw_rules *rules)
{
	int err = 0;

	memcpy(rules->set_names, known->set_names, sizeof(rules->set_names));
	memcpy(rules->digest, known->digest, sizeof(rules->digest));
	memcpy(rules->set_bytes, known->set_bytes, sizeof(rules->set_bytes));
	rules->filesystems = known->filesystems;
	for (size_t i = 0; i < known->len && !err; i++) {
		const struct bw_rule_entry *entry = &known->items[i];

		if (is_copied(policies, known, &entry->key))
			err = rules_add(rules, &entry->key, &entry->rule);
	}
	return err;
}

static int holes_copy(const struct bw_rules *known, struct bw_rules *rules)
{
	rules->holes = calloc(known->holes_len + 1, sizeof(*rules->holes));
	if (!rules->holes)
		return -ENOMEM;

	if (known->holes_len)
		memcpy(rules->holes, known->holes, known->holes_len * sizeof(*rules->holes));
	rules->holes_len = known->holes_len;
	return 0;
}

static int watches_copy(const struct bw_rules *known, struct bw_rules *rules)
{
	rules->watches = calloc(known->watches_len + 1, sizeof(*rules->watches));
	if (!rules->watches)
		return -ENOMEM;

	for (; rules->watches_len < known->watches_len; rules->watches_len++) {
		rules->watches[rules->watches_len] = strdup(known->watches[rules->watches_len]);
		if (!rules->watches[rules->watches_len])
			return -ENOMEM;
	}
	return 0;
}

static int known_copy(const struct bw_policies *policies, const struct bw_rules *known,
		      struct bw_rules *rules)
{
	int err;

	err = places_copy(policies, known, rules);
	if (!err)
		err = holes_copy(known, rules);
	return err ? err : watches_copy(known, rules);
}

int bw_grants_resolve(const struct bw_policies *policies, const struct bw_identifier *identifier,
		      const struct bw_rules *known, struct bw_diagnostics *diagnostics,
		      struct bw_rules **ret_rules)
{
	_cleanup_(resolver_done) struct resolver resolver = {
		.policies = policies,
		.identifier = identifier,
		.diagnostics = diagnostics,
		.watched = &resolver.watches,
	};
	_cleanup_(bw_rules_freep) struct bw_rules *rules = calloc(1, sizeof(*rules));
	size_t errors_before = diagnostics->errors;
	int err;

	if (!rules)
		return -ENOMEM;

	err = known_copy(policies, known, rules);
	for (size_t i = 0; i < policies->len && !err; i++)
		err = grants_collect(&resolver, policies->items[i],
				     number_of_name(rules, policies->items[i]->set));
	if (!err)
		err = grants_emit(&resolver, rules);
	if (err)
		return err;

	coverages_fill(rules);

	if (diagnostics->errors != errors_before)
		return -EINVAL;

	*ret_rules = take_ptr(rules);
	return 0;
}
