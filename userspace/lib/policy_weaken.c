// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - does one policy let anybody read what another one refuses?
 */
#include <errno.h>
#include <string.h>

#include "policy_weaken.h"
#include "reporter.h"

static const struct bw_position whole_file;

/* --- Paths --------------------------------------------------------------------- */

static void protect_check(struct bw_reporter *reporter, const struct bw_policy *now,
			  const struct bw_policy *before)
{
	for (size_t i = 0; i < before->protect_len; i++) {
		const char *path = before->protect[i].path;

		if (!bw_policy_has_path(now->protect, now->protect_len, path))
			bw_report_error(reporter, now->set_at,
					"weaker than what is in force: '%s' is no longer listed "
					"under 'protect'",
					path);
	}
}

static void except_check(struct bw_reporter *reporter, const struct bw_policy *now,
			 const struct bw_policy *before)
{
	for (size_t i = 0; i < now->except_len; i++) {
		const struct bw_policy_path *path = &now->except[i];

		if (!bw_policy_has_path(before->except, before->except_len, path->path))
			bw_report_error(reporter, path->at,
					"weaker than what is in force: '%s' is new under 'except'",
					path->path);
	}
}

/* --- Grants -------------------------------------------------------------------- */

static bool is_within(const char *now, const char *before)
{
	return strcmp(before, "any") == 0 || strcmp(now, before) == 0;
}

/* It may come earlier, but not later or never. */
static bool warning_is_within(const struct bw_budget *now, const struct bw_budget *before)
{
	return !before->warn || (now->warn && now->warn <= before->warn);
}

/* None is all of the set. */
static bool coverage_is_within(const struct bw_budget *now, const struct bw_budget *before)
{
	return !before->coverage || (now->coverage && now->coverage <= before->coverage);
}

static bool limits_are_within(const struct bw_budget *now, const struct bw_budget *before)
{
	return now->per == before->per && now->every_ns == before->every_ns &&
	       now->bytes <= before->bytes && now->files <= before->files &&
	       coverage_is_within(now, before) && warning_is_within(now, before);
}

/* A budget's counts go on under the grant's name alone. */
static bool budget_is_within(const struct bw_policy_grant *now,
			     const struct bw_policy_grant *before)
{
	if (before->budget.per == BW_BUDGET_NONE)
		return true;

	return strcmp(now->name, before->name) == 0 &&
	       limits_are_within(&now->budget, &before->budget);
}

/* Without it they read nothing, and with one there was nothing before it is wider. */
static void others_check(struct bw_reporter *reporter, const struct bw_policy *now,
			 const struct bw_policy *before)
{
	if (now->others.per != BW_BUDGET_NONE && !limits_are_within(&now->others, &before->others))
		bw_report_error(reporter, now->others_at,
				"weaker than what is in force: 'others' is new, or wider than it "
				"was");
}

static bool grant_is_within(const struct bw_policy_grant *now, const struct bw_policy_grant *before)
{
	return strcmp(now->exe, before->exe) == 0 && is_within(now->user, before->user) &&
	       is_within(now->unit, before->unit) &&
	       is_within(bw_policy_script(now), bw_policy_script(before)) &&
	       is_within(bw_policy_group(now), bw_policy_group(before)) &&
	       is_within(bw_policy_login(now), bw_policy_login(before)) &&
	       bw_hours_within(&now->hours, &before->hours) &&
	       bw_digests_within(&now->sha256, &before->sha256) &&
	       is_within(bw_policy_package(now), bw_policy_package(before)) &&
	       (before->any_mounts || !now->any_mounts) && budget_is_within(now, before);
}

static void grants_check(struct bw_reporter *reporter, const char *kind,
			 const struct bw_policy_grant *now, size_t now_len,
			 const struct bw_policy_grant *before, size_t before_len)
{
	for (size_t i = 0; i < now_len; i++) {
		bool within = false;

		for (size_t j = 0; j < before_len && !within; j++)
			within = grant_is_within(&now[i], &before[j]);
		if (!within)
			bw_report_error(
				reporter, now[i].at,
				"weaker than what is in force: the %s '%s' is new, or wider "
				"than it was",
				kind, now[i].name);
	}
}

static size_t grant_index(const struct bw_policy *policy, const char *name)
{
	size_t i = 0;

	while (i < policy->grants_len && strcmp(policy->grants[i].name, name) != 0)
		i++;
	return i;
}

/*
 * Of several grants that hold, the first counts: without the one that has a budget, or with
 * another one before it, who was limited might not be.
 */
static void budget_check(struct bw_reporter *reporter, const struct bw_policy *now,
			 const struct bw_policy *before, size_t index)
{
	const char *name = before->grants[index].name;
	size_t at = grant_index(now, name);

	if (at == now->grants_len)
		bw_report_error(reporter, now->set_at,
				"weaker than what is in force: the grant '%s', which has a budget, "
				"is gone; give it a smaller one",
				name);

	for (size_t i = 0; i < at && at < now->grants_len; i++)
		if (grant_index(before, now->grants[i].name) > index)
			bw_report_error(
				reporter, now->grants[i].at,
				"weaker than what is in force: the grant '%s' stands before "
				"'%s', which has a budget",
				now->grants[i].name, name);
}

static void budgets_check(struct bw_reporter *reporter, const struct bw_policy *now,
			  const struct bw_policy *before)
{
	for (size_t i = 0; i < before->grants_len; i++)
		if (before->grants[i].budget.per != BW_BUDGET_NONE)
			budget_check(reporter, now, before, i);
}

/* --- Sets ---------------------------------------------------------------------- */

static void switches_check(struct bw_reporter *reporter, const struct bw_policy *now,
			   const struct bw_policy *before)
{
	if (before->mode == BW_MODE_ENFORCE && now->mode != BW_MODE_ENFORCE)
		bw_report_error(reporter, now->set_at,
				"weaker than what is in force: 'mode' is no longer 'enforce'");
	else if (before->mode == BW_MODE_MONITOR && now->mode == BW_MODE_LEARN)
		bw_report_error(reporter, now->set_at,
				"weaker than what is in force: 'mode: learn' is new, and nobody is "
				"told of what would be refused");

	if (before->mode == BW_MODE_LEARN && now->mode == BW_MODE_LEARN &&
	    now->learn_until > before->learn_until)
		bw_report_error(reporter, now->learn_until_at,
				"weaker than what is in force: it learns longer");

	if (before->devices && !now->devices)
		bw_report_error(reporter, now->set_at,
				"weaker than what is in force: 'devices' is gone");
}

static int set_check(const struct bw_policy *before, const struct bw_policies *policies,
		     struct bw_diagnostics *diagnostics)
{
	const struct bw_policy *now = bw_policies_find(policies, before->set);
	struct bw_reporter reporter =
		bw_reporter_begin(diagnostics, now ? now->file : before->file);

	if (!now) {
		bw_report_error(&reporter, whole_file,
				"weaker than what is in force: the set '%s' is gone", before->set);
		return bw_reporter_end(&reporter);
	}

	switches_check(&reporter, now, before);
	protect_check(&reporter, now, before);
	except_check(&reporter, now, before);
	grants_check(&reporter, "grant", now->grants, now->grants_len, before->grants,
		     before->grants_len);
	budgets_check(&reporter, now, before);
	others_check(&reporter, now, before);
	grants_check(&reporter, "tracer", now->tracers, now->tracers_len, before->tracers,
		     before->tracers_len);
	return bw_reporter_end(&reporter);
}

int bw_policies_weaken_check(const struct bw_policies *now, const struct bw_policies *before,
			     struct bw_diagnostics *diagnostics)
{
	int first = 0;

	for (size_t i = 0; i < before->len; i++) {
		int err = set_check(before->items[i], now, diagnostics);

		if (err == -ENOMEM)
			return err;
		first = first ? first : err;
	}
	return first;
}
