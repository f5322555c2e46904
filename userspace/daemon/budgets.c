// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the answer to "budgets": what was read of how much, by whom
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "budgets.h"
#include "grant.h"
#include "names.h"

/* So that the answer stays within one line of the protocol. */
#define BUDGETS_MAX 2000

#define SECOND_NS 1000000000ULL

/**
 * struct report - The answer in the making
 */
struct report {
	const struct bw_policies *policies;
	json_t *array;
};

static const struct bw_policy_grant *grant_find(const struct bw_policies *policies, uint64_t id,
						const char **ret_set)
{
	for (size_t i = 0; policies && i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];

		for (size_t j = 0; j < policy->grants_len; j++) {
			if (bw_budget_id(policy->set, policy->grants[j].name) != id)
				continue;

			*ret_set = policy->set;
			return &policy->grants[j];
		}
	}
	return NULL;
}

/* The kernel has a unit's hash: its name is told where the grant is for one unit only. */
static void who_text(const struct bw_usage_key *key, const struct bw_policy_grant *grant,
		     char *text, size_t text_size)
{
	switch (key->per) {
	case BW_BUDGET_PROCESS:
		(void)snprintf(text, text_size, "%u", key->pid);
		break;
	case BW_BUDGET_UNIT:
		if (bw_name_hash(grant->unit) == key->who)
			(void)snprintf(text, text_size, "%s", grant->unit);
		else
			(void)snprintf(text, text_size, "#%llx", (unsigned long long)key->who);
		break;
	case BW_BUDGET_GRANT:
		(void)snprintf(text, text_size, "all");
		break;
	default:
		(void)snprintf(text, text_size, "%llu", (unsigned long long)key->who);
	}
}

static json_t *limit_json(uint64_t limit, uint64_t none)
{
	return limit == none ? json_null() : json_integer((json_int_t)limit);
}

static json_t *use_json(const struct bw_budget_use *use, const struct bw_policy_grant *grant,
			const char *set)
{
	const struct bw_budget *budget = &grant->budget;
	char who[BW_UNIT_SIZE];

	who_text(&use->key, grant, who, sizeof(who));
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:I, s:o, s:I, s:I, s:I, s:I}", "set", set,
			 "grant", grant->name, "per", bw_budget_per_name(use->key.per), "who", who,
			 "bytes", (json_int_t)use->bytes, "bytes_limit",
			 limit_json(budget->bytes, BW_BUDGET_NO_BYTES), "files",
			 (json_int_t)use->files, "files_limit",
			 limit_json(budget->files, BW_BUDGET_NO_FILES), "every_s",
			 (json_int_t)(budget->every_ns / SECOND_NS), "back_s",
			 (json_int_t)(use->back_ns / SECOND_NS), "back_bytes",
			 (json_int_t)use->back_bytes, "back_files", (json_int_t)use->back_files);
}

/* Counts of grants that there are no more wait for one of that name, and say nothing. */
static int add_use(void *context, const struct bw_budget_use *use)
{
	struct report *report = context;
	const struct bw_policy_grant *grant;
	const char *set;

	grant = grant_find(report->policies, use->key.budget, &set);
	if (!grant || grant->budget.per != use->key.per)
		return 0;

	if (json_array_size(report->array) == BUDGETS_MAX)
		return 1;

	return json_array_append_new(report->array, use_json(use, grant, set)) < 0 ? -ENOMEM : 0;
}

json_t *bw_budgets_report(const struct bw_enforcer *enforcer, const struct bw_policies *policies)
{
	struct report report = { .policies = policies, .array = json_array() };
	int err = bw_enforcer_budgets(enforcer, add_use, &report);

	if (err < 0) {
		json_decref(report.array);
		return json_pack("{s:b, s:s+}", "ok", 0, "error",
				 "cannot look at budgets: ", strerror(-err));
	}

	return json_pack("{s:b, s:b, s:o}", "ok", 1, "truncated", err > 0, "budgets", report.array);
}
