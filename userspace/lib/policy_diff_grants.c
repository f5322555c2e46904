// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what changes between two policies: grants, tracers and others
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "names.h"
#include "policy_differ.h"
#include "quantity.h"

#define SECOND_NS 1000000000ULL

static void limits_print(FILE *out, const struct bw_budget *budget)
{
	const char *and = "";

	if (budget->bytes != BW_BUDGET_NO_BYTES) {
		bw_size_print(out, budget->bytes);
		and = " and ";
	}
	if (budget->files != BW_BUDGET_NO_FILES) {
		(void)fprintf(out, "%s%u file%s", and, budget->files,
			      budget->files == 1 ? "" : "s");
		and = " and ";
	}
	if (budget->coverage)
		(void)fprintf(out, "%s%u%% of the set", and, budget->coverage);
}

static void budget_print(FILE *out, const struct bw_budget *budget)
{
	if (budget->per == BW_BUDGET_NONE) {
		(void)fputs("none", out);
		return;
	}
	limits_print(out, budget);
	(void)fputs(" in any ", out);
	bw_time_print(out, budget->every_ns / SECOND_NS);
	(void)fprintf(out, " per %s", bw_budget_per_name(budget->per));
	if (budget->warn)
		(void)fprintf(out, ", warns from %u%%", budget->warn);
}

/* --- One grant, before and now ------------------------------------------------- */

/* What changes of it, one after the other, as "user 'x' is now 'y'". */
struct grant_change {
	enum bw_effect effect;
	FILE *out;
};

static void change_begin(struct grant_change *change, enum bw_effect effect)
{
	(void)fputs(ftell(change->out) > 0 ? "; " : "", change->out);
	change->effect |= effect;
}

static void word_differs(struct grant_change *change, const char *key, const char *before,
			 const char *now)
{
	enum bw_effect effect = BW_EFFECT_BOTH;

	if (strcmp(before, now) == 0)
		return;

	if (strcmp(before, "any") == 0)
		effect = BW_EFFECT_LESS;
	if (strcmp(now, "any") == 0)
		effect = BW_EFFECT_MORE;
	change_begin(change, effect);
	(void)fprintf(change->out, "%s '%s' is now '%s'", key, before, now);
}

static enum bw_effect number_effect(uint64_t before, uint64_t now)
{
	if (now == before)
		return BW_EFFECT_NONE;

	return now > before ? BW_EFFECT_MORE : BW_EFFECT_LESS;
}

/* No warning is one that comes last. */
static unsigned int warning_share(const struct bw_budget *budget)
{
	return budget->warn ? budget->warn : 100;
}

/* None is all of the set. */
static unsigned int coverage_share(const struct bw_budget *budget)
{
	return budget->coverage ? budget->coverage : 100;
}

/* Other windows, or others who share them: more for some, less for others. */
static enum bw_effect budget_effect(const struct bw_budget *before, const struct bw_budget *now)
{
	if (before->per == BW_BUDGET_NONE)
		return BW_EFFECT_LESS;

	if (now->per == BW_BUDGET_NONE)
		return BW_EFFECT_MORE;

	if (before->per != now->per || before->every_ns != now->every_ns)
		return BW_EFFECT_BOTH;

	return number_effect(before->bytes, now->bytes) | number_effect(before->files, now->files) |
	       number_effect(coverage_share(before), coverage_share(now)) |
	       number_effect(warning_share(before), warning_share(now));
}

static bool budgets_equal(const struct bw_budget *one, const struct bw_budget *other)
{
	return one->per == other->per &&
	       (one->per == BW_BUDGET_NONE ||
		(one->every_ns == other->every_ns && one->bytes == other->bytes &&
		 one->files == other->files && one->coverage == other->coverage &&
		 one->warn == other->warn));
}

static void budget_differs(struct grant_change *change, const struct bw_budget *before,
			   const struct bw_budget *now)
{
	if (budgets_equal(before, now))
		return;

	change_begin(change, budget_effect(before, now));
	(void)fputs("budget '", change->out);
	budget_print(change->out, before);
	(void)fputs("' is now '", change->out);
	budget_print(change->out, now);
	(void)fputc('\'', change->out);
}

static enum bw_effect hours_effect(const struct bw_policy_hours *before,
				   const struct bw_policy_hours *now)
{
	return (bw_hours_within(now, before) ? BW_EFFECT_NONE : BW_EFFECT_MORE) |
	       (bw_hours_within(before, now) ? BW_EFFECT_NONE : BW_EFFECT_LESS);
}

static void hours_differ(struct grant_change *change, const struct bw_policy_hours *before,
			 const struct bw_policy_hours *now)
{
	enum bw_effect effect = hours_effect(before, now);

	if (effect == BW_EFFECT_NONE)
		return;

	change_begin(change, effect);
	(void)fputs("hours '", change->out);
	bw_hours_print(change->out, before);
	(void)fputs("' is now '", change->out);
	bw_hours_print(change->out, now);
	(void)fputc('\'', change->out);
}

static enum bw_effect digests_effect(const struct bw_digests *before, const struct bw_digests *now)
{
	return (bw_digests_within(now, before) ? BW_EFFECT_NONE : BW_EFFECT_MORE) |
	       (bw_digests_within(before, now) ? BW_EFFECT_NONE : BW_EFFECT_LESS);
}

static void digests_differ(struct grant_change *change, const struct bw_digests *before,
			   const struct bw_digests *now)
{
	enum bw_effect effect = digests_effect(before, now);

	if (effect == BW_EFFECT_NONE)
		return;

	change_begin(change, effect);
	(void)fputs("sha256 '", change->out);
	bw_digests_print(change->out, before);
	(void)fputs("' is now '", change->out);
	bw_digests_print(change->out, now);
	(void)fputc('\'', change->out);
}

static void fields_differ(struct grant_change *change, const struct bw_policy_grant *before,
			  const struct bw_policy_grant *now)
{
	word_differs(change, "exe", before->exe, now->exe);
	word_differs(change, "user", before->user, now->user);
	word_differs(change, "unit", before->unit, now->unit);
	digests_differ(change, &before->sha256, &now->sha256);
	word_differs(change, "package", bw_policy_package(before), bw_policy_package(now));
	word_differs(change, "script", bw_policy_script(before), bw_policy_script(now));
	word_differs(change, "group", bw_policy_group(before), bw_policy_group(now));
	word_differs(change, "login", bw_policy_login(before), bw_policy_login(now));
	hours_differ(change, &before->hours, &now->hours);
	word_differs(change, "mount-namespace", before->any_mounts ? "any" : "host",
		     now->any_mounts ? "any" : "host");
	budget_differs(change, &before->budget, &now->budget);
}

static void grant_differs(struct differ *differ, const char *kind,
			  const struct bw_policy_grant *before, const struct bw_policy_grant *now)
{
	_cleanup_(freep) char *text = NULL;
	size_t len = 0;
	struct grant_change change = { .out = open_memstream(&text, &len) };

	if (!change.out) {
		differ->differences->no_memory = true;
		return;
	}
	fields_differ(&change, before, now);
	if (fclose(change.out) != 0)
		differ->differences->no_memory = true;
	else if (len > 0)
		differ_add(differ, change.effect, "%s '%s': %s", kind, now->name, text);
}

/* --- Grants that come and go --------------------------------------------------- */

/* Where a set is new, everybody could read before. */
static enum bw_effect alone_effect(const struct differ *differ, bool is_new)
{
	if (differ->set_is_new)
		return BW_EFFECT_NONE;

	return is_new ? BW_EFFECT_MORE : BW_EFFECT_LESS;
}

static void grant_alone(struct differ *differ, const char *kind,
			const struct bw_policy_grant *grant, bool is_new)
{
	_cleanup_(freep) char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		differ->differences->no_memory = true;
		return;
	}
	(void)fprintf(out, "%s as %s, unit %s%s", grant->exe, grant->user, grant->unit,
		      grant->any_mounts ? ", in any mount namespace" : "");
	if (grant->sha256.len > 0) {
		(void)fputs(", sha256 ", out);
		bw_digests_print(out, &grant->sha256);
	}
	if (grant->package)
		(void)fprintf(out, ", package %s", grant->package);
	if (grant->script)
		(void)fprintf(out, ", script %s", grant->script);
	if (grant->group)
		(void)fprintf(out, ", group %s", grant->group);
	if (grant->login)
		(void)fprintf(out, ", login %s", grant->login);
	if (grant->hours.len > 0) {
		(void)fputs(", hours ", out);
		bw_hours_print(out, &grant->hours);
	}
	if (grant->budget.per != BW_BUDGET_NONE) {
		(void)fputs(", budget ", out);
		budget_print(out, &grant->budget);
	}
	if (fclose(out) != 0)
		differ->differences->no_memory = true;
	else
		differ_add(differ, alone_effect(differ, is_new), "%s '%s' is %s: %s", kind,
			   grant->name, is_new ? "new" : "gone", text);
}

static const struct bw_policy_grant *grant_find(const struct bw_policy_grant *grants, size_t len,
						const char *name)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(grants[i].name, name) == 0)
			return &grants[i];

	return NULL;
}

static void list_differs(struct differ *differ, const char *kind,
			 const struct bw_policy_grant *before, size_t before_len,
			 const struct bw_policy_grant *now, size_t now_len)
{
	for (size_t i = 0; i < before_len; i++) {
		const struct bw_policy_grant *other = grant_find(now, now_len, before[i].name);

		if (other)
			grant_differs(differ, kind, &before[i], other);
		else
			grant_alone(differ, kind, &before[i], false);
	}
	for (size_t i = 0; i < now_len; i++)
		if (!grant_find(before, before_len, now[i].name))
			grant_alone(differ, kind, &now[i], true);
}

/* --- Their order --------------------------------------------------------------- */

static bool has_budget(const struct bw_policy *policy)
{
	for (size_t i = 0; i < policy->grants_len; i++)
		if (policy->grants[i].budget.per != BW_BUDGET_NONE)
			return true;

	return false;
}

/* Do those that are in both stand in the same order? */
static bool same_order(const struct bw_policy *before, const struct bw_policy *now)
{
	const struct bw_policy_grant *last = NULL;

	for (size_t i = 0; i < before->grants_len; i++) {
		const struct bw_policy_grant *next =
			grant_find(now->grants, now->grants_len, before->grants[i].name);

		if (!next)
			continue;
		if (last && next < last)
			return false;
		last = next;
	}
	return true;
}

/* --- Others --------------------------------------------------------------------- */

/* Unlike a grant without one, others without a budget read nothing. */
static enum bw_effect others_effect(const struct bw_budget *before, const struct bw_budget *now)
{
	if (before->per == BW_BUDGET_NONE)
		return BW_EFFECT_MORE;

	return now->per == BW_BUDGET_NONE ? BW_EFFECT_LESS : budget_effect(before, now);
}

static void others_differ(struct differ *differ, const struct bw_budget *before,
			  const struct bw_budget *now)
{
	_cleanup_(freep) char *text = NULL;
	size_t len;
	FILE *out;

	if (budgets_equal(before, now))
		return;

	out = open_memstream(&text, &len);
	if (!out) {
		differ->differences->no_memory = true;
		return;
	}
	(void)fputs("'", out);
	budget_print(out, before);
	(void)fputs("' is now '", out);
	budget_print(out, now);
	(void)fputs("'", out);
	if (fclose(out) != 0)
		differ->differences->no_memory = true;
	else
		differ_add(differ, differ->set_is_new ? BW_EFFECT_NONE : others_effect(before, now),
			   "what those may read whom no grant fits: %s", text);
}

void differ_grants(struct differ *differ, const struct bw_policy *before,
		   const struct bw_policy *now)
{
	list_differs(differ, "grant", before->grants, before->grants_len, now->grants,
		     now->grants_len);
	if ((has_budget(before) || has_budget(now)) && !same_order(before, now))
		differ_add(differ, BW_EFFECT_BOTH,
			   "the grants stand in another order: of several that hold, the first "
			   "one's budget counts");
	list_differs(differ, "tracer", before->tracers, before->tracers_len, now->tracers,
		     now->tracers_len);
	others_differ(differ, &before->others, &now->others);
}
