// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the answer to "budgets": what was read of how much, by whom
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "budgets.h"
#include "glass.h"
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

/**
 * struct named - A budget, and how people call it
 *
 * @grant: "others" for that of those whom no grant fits, which no unit is named in.
 * @ends_ns: In so many nanoseconds the grant ends; 0: never.
 */
struct named {
	const char *set;
	const char *grant;
	const char *unit;
	const struct bw_budget *budget;
	uint64_t ends_ns;
};

static bool budget_is(const struct bw_policy *policy, const char *name, uint64_t id)
{
	return bw_budget_id(policy->set, name) == id;
}

static bool budget_find(const struct bw_policy *policy, uint64_t id, struct named *ret_named)
{
	for (size_t i = 0; i < policy->grants_len; i++) {
		const struct bw_policy_grant *grant = &policy->grants[i];

		*ret_named =
			(struct named){ policy->set, grant->name, grant->unit, &grant->budget, 0 };
		if (budget_is(policy, grant->name, id))
			return true;
	}
	*ret_named = (struct named){ policy->set, "others", "", &policy->others, 0 };
	return budget_is(policy, "", id);
}

static bool named_find(const struct bw_policies *policies, uint64_t id, struct named *ret_named)
{
	for (size_t i = 0; policies && i < policies->len; i++)
		if (budget_find(policies->items[i], id, ret_named))
			return true;

	return false;
}

/* The kernel has a unit's hash: its name is told where the grant is for one unit only. */
static void who_text(const struct bw_usage_key *key, const char *unit, char *text, size_t text_size)
{
	switch (key->per) {
	case BW_BUDGET_PROCESS:
		(void)snprintf(text, text_size, "%u", key->pid);
		break;
	case BW_BUDGET_UNIT:
		if (*unit && bw_unit_hash(unit) == key->who)
			(void)snprintf(text, text_size, "%s", unit);
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

static json_t *warn_json(const struct bw_budget *budget)
{
	return budget->warn ? json_integer(budget->warn) : json_null();
}

static json_t *ends_json(uint64_t ends_ns)
{
	return ends_ns ? json_integer((json_int_t)(ends_ns / SECOND_NS)) : json_null();
}

static json_t *use_json(const struct bw_budget_use *use, const struct named *named)
{
	const struct bw_budget *budget = named->budget;
	char who[BW_UNIT_SIZE];

	who_text(&use->key, named->unit, who, sizeof(who));
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:I, s:o, s:I, s:o, s:I, s:o, s:I, s:I, s:I, s:I, "
		"s:I, s:o, s:b, s:o}",
		"set", named->set, "grant", named->grant, "per", bw_budget_per_name(use->key.per),
		"who", who, "bytes", (json_int_t)use->bytes, "bytes_limit",
		limit_json(budget->bytes, BW_BUDGET_NO_BYTES), "files", (json_int_t)use->files,
		"files_limit", limit_json(budget->files, BW_BUDGET_NO_FILES), "distinct_bytes",
		(json_int_t)use->distinct, "distinct_bytes_limit", limit_json(use->distinct_max, 0),
		"every_s", (json_int_t)(budget->every_ns / SECOND_NS), "back_s",
		(json_int_t)(use->back_ns / SECOND_NS), "back_bytes", (json_int_t)use->back_bytes,
		"back_files", (json_int_t)use->back_files, "back_distinct_bytes",
		(json_int_t)use->back_distinct, "warn", warn_json(budget), "warned",
		budget->warn && use->warned, "ends_s", ends_json(named->ends_ns));
}

/* Counts of grants that there are no more wait for one of that name, and say nothing. */
static int add_use(void *context, const struct bw_budget_use *use)
{
	struct report *report = context;
	struct named named;

	if (!named_find(report->policies, use->key.budget, &named) ||
	    named.budget->per != use->key.per)
		return 0;

	if (json_array_size(report->array) == BUDGETS_MAX)
		return 1;

	return json_array_append_new(report->array, use_json(use, &named)) < 0 ? -ENOMEM : 0;
}

static int glass_use_take(void *context, const struct bw_budget_use *use)
{
	struct bw_budget_use *wanted = context;

	if (use->key.budget != wanted->key.budget)
		return 0;

	*wanted = *use;
	return 1;
}

struct bw_budget_use bw_glass_use(const struct bw_enforcer *enforcer,
				  const struct bw_glass_open *open)
{
	struct bw_budget_use use = {
		.key = { .budget = open->grant.budget.id, .per = open->grant.budget.per },
	};

	(void)bw_enforcer_budgets(enforcer, glass_use_take, &use);
	return use;
}

/* It ends before anything comes back. */
json_t *bw_glass_json(const struct bw_glass_open *open, const struct bw_budget_use *use,
		      uint64_t now_ns)
{
	const struct bw_budget_use kept = {
		.key = use->key,
		.bytes = use->bytes,
		.files = use->files,
	};
	char name[BW_GLASS_NAME_SIZE];
	struct named named = { open->set, name, "", &open->grant.budget, 1 };

	bw_glass_name(open->grant.number, name);
	if (open->grant.until_ns > now_ns)
		named.ends_ns = open->grant.until_ns - now_ns;
	return use_json(&kept, &named);
}

static int add_glass(const struct bw_budgets_sources *sources, json_t *array)
{
	for (size_t i = 0; i < sources->glass_len; i++) {
		const struct bw_glass_open *open = &sources->glass[i];
		const struct bw_budget_use use = bw_glass_use(sources->enforcer, open);

		if (json_array_append_new(array, bw_glass_json(open, &use, sources->now_ns)) < 0)
			return -ENOMEM;
	}
	return 0;
}

json_t *bw_budgets_report(const struct bw_budgets_sources *sources)
{
	struct report report = { .policies = sources->policies, .array = json_array() };
	int err = add_glass(sources, report.array);

	if (!err)
		err = bw_enforcer_budgets(sources->enforcer, add_use, &report);
	if (err < 0) {
		json_decref(report.array);
		return json_pack("{s:b, s:s+}", "ok", 0, "error",
				 "cannot look at budgets: ", strerror(-err));
	}

	return json_pack("{s:b, s:b, s:o}", "ok", 1, "truncated", err > 0, "budgets", report.array);
}
