// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl simulate: what a policy would have refused of what was learnt
 *
 * Needs no daemon; with --learnt and --log, on copies, no root.
 */
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "learnt_load.h"
#include "lesson_judge.h"
#include "names.h"
#include "policy.h"
#include "print.h"
#include "recorded.h"
#include "simulate.h"
#include "when.h"

/* Something would have been refused: for scripts. */
#define EXIT_REFUSED BW_EXIT_UNPROTECTED

static char *who_text(const struct bw_lesson *lesson, bool evidence)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;

	if (evidence)
		bw_lesson_print(out, lesson);
	else
		bw_lesson_print_who(out, lesson);
	if (fclose(out) == EOF) {
		free(text);
		return NULL;
	}
	return text;
}

/* By what it is let in, or what stands against it. */
static void why_print(const struct bw_simulated *item, const char *who)
{
	const char *grant = item->grant ? item->grant->name : NULL;

	if (item->reason == BW_REASON_GRANTED && bw_simulated_is_other(item))
		bw_print_wrapped(stdout, 9, 9, "%s: what is left to others", who);
	else if (item->reason == BW_REASON_GRANTED)
		bw_print_wrapped(stdout, 9, 9, "%s: grant %s", who, grant);
	else if (grant)
		bw_print_wrapped(stdout, 9, 9, "%s: %s; closest is grant %s", who,
				 bw_reason_text(item->reason), grant);
	else
		bw_print_wrapped(stdout, 9, 9, "%s: %s", who, bw_reason_text(item->reason));
}

static void item_print(const struct bw_simulated *item)
{
	_cleanup_(freep) char *who = who_text(item->lesson, false);
	_cleanup_(freep) char *evidence = who_text(item->lesson, true);
	bool granted = item->reason == BW_REASON_GRANTED;

	bw_print_word(stdout, granted ? BW_COLOUR_GOOD : BW_COLOUR_BAD,
		      granted ? "allowed" : "refused", 9);
	why_print(item, who ? who : "?");
	bw_print_wrapped(stdout, 0, 9, "         %s", evidence ? evidence : "?");
}

static void limit_print(char *text, size_t size, uint64_t used, uint64_t limit, bool limited)
{
	if (limited)
		(void)snprintf(text, size, "%llu of %llu", (unsigned long long)used,
			       (unsigned long long)limit);
	else
		(void)snprintf(text, size, "%llu", (unsigned long long)used);
}

static void budget_print(const struct bw_simulated_budget *budget)
{
	const struct bw_budget *limits = budget->limits;
	bool holds = bw_simulated_budget_judge(budget) == BW_REASON_GRANTED;
	char bytes[48], files[48];

	limit_print(bytes, sizeof(bytes), budget->bytes, limits->bytes,
		    limits->bytes != BW_BUDGET_NO_BYTES);
	limit_print(files, sizeof(files), budget->files, limits->files,
		    limits->files != BW_BUDGET_NO_FILES);
	bw_print_word(stdout, holds ? BW_COLOUR_GOOD : BW_COLOUR_BAD, holds ? "holds" : "used up",
		      9);
	bw_print_wrapped(stdout, 9, 9, "budget of %s for %s: %s bytes, %s files at most",
			 budget->name, budget->who, bytes, files);
}

static json_t *items_pack(const struct bw_simulation *simulation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < simulation->len; i++) {
		const struct bw_simulated *item = &simulation->items[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o,s:s,s:o,s:o,s:b,s:s,s:s?,s:I,s:I}", "exe",
				  bw_json_text(item->lesson->exe), "user", item->lesson->user,
				  "unit", bw_json_text(item->lesson->unit), "script",
				  bw_json_text(item->lesson->script), "traces",
				  item->lesson->traces, "reason", bw_reason_name(item->reason),
				  "grant", item->grant ? item->grant->name : NULL, "reads",
				  (json_int_t)item->lesson->reads, "bytes",
				  (json_int_t)item->lesson->bytes));
	}
	return list;
}

static json_t *limit_pack(uint64_t limit, uint64_t none)
{
	return limit == none ? json_null() : json_integer((json_int_t)limit);
}

static json_t *budgets_pack(const struct bw_simulation *simulation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < simulation->budgets_len; i++) {
		const struct bw_simulated_budget *budget = &simulation->budgets[i];
		const struct bw_budget *limits = budget->limits;

		(void)json_array_append_new(
			list,
			json_pack("{s:s,s:o,s:I,s:o,s:I,s:o}", "grant", budget->name, "who",
				  bw_json_text(budget->who), "bytes", (json_int_t)budget->bytes,
				  "bytes_limit", limit_pack(limits->bytes, BW_BUDGET_NO_BYTES),
				  "files", (json_int_t)budget->files, "files_limit",
				  limit_pack(limits->files, BW_BUDGET_NO_FILES)));
	}
	return list;
}

static void simulation_print(const struct bw_policy *policy, const struct bw_simulation *simulation)
{
	bw_print_head(stdout, policy->set);
	for (size_t i = 0; i < simulation->len; i++)
		if (simulation->items[i].reason != BW_REASON_GRANTED)
			item_print(&simulation->items[i]);
	for (size_t i = 0; i < simulation->len; i++)
		if (simulation->items[i].reason == BW_REASON_GRANTED)
			item_print(&simulation->items[i]);
	for (size_t i = 0; i < simulation->budgets_len; i++)
		budget_print(&simulation->budgets[i]);
	bw_print_line(stdout, "%zu of %zu would have been refused", simulation->refused,
		      simulation->len);
}

/* Adds to @refused, and to @sets what programs want to know. */
static int set_simulate(const struct bw_ctl *ctl, const struct bw_policy *policy, int64_t from_s,
			json_t *sets, size_t *refused)
{
	_cleanup_(bw_simulation_done) struct bw_simulation simulation = { 0 };
	_cleanup_(bw_lessons_done) struct bw_lessons lessons = { 0 };
	int code = bw_learnt_load(ctl, policy->set, &lessons);

	if (!code)
		code = bw_recorded_add(ctl, policy->set, from_s, &lessons);
	if (code)
		return code;

	if (bw_simulate(policy, &lessons, (uint64_t)from_s, &simulation))
		return bw_print_error(ctl, "no memory");

	*refused += simulation.refused;
	if (!ctl->json)
		simulation_print(policy, &simulation);
	(void)json_array_append_new(sets, json_pack("{s:s,s:I,s:o,s:o}", "set", policy->set,
						    "refused", (json_int_t)simulation.refused,
						    "subjects", items_pack(&simulation), "budgets",
						    budgets_pack(&simulation)));
	return BW_EXIT_OK;
}

static int simulate(const struct bw_ctl *ctl, const struct bw_policies *policies, int64_t from_s)
{
	json_t *sets = json_array();
	size_t refused = 0;
	int code = BW_EXIT_OK;

	for (size_t i = 0; i < policies->len && !code; i++)
		code = set_simulate(ctl, policies->items[i], from_s, sets, &refused);

	if (code || !ctl->json)
		json_decref(sets);
	else
		bw_print_json(stdout, json_pack("{s:b,s:I,s:o}", "ok", 1, "refused",
						(json_int_t)refused, "sets", sets));
	return code ? code : refused ? EXIT_REFUSED : BW_EXIT_OK;
}

int bw_cmd_simulate(const struct bw_ctl *ctl)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics mistakes = { 0 };
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	_cleanup_(freep) char *first = NULL;
	int64_t from_s = 0;
	int err;

	if (ctl->since && bw_when_parse(ctl->since, time(NULL), &from_s))
		return bw_print_misuse(
			ctl, "cannot read the time '%s'; write '30d' or '2026-11-24'", ctl->since);

	err = bw_policies_load(ctl->policy, NULL, &mistakes, &policies);
	if (err) {
		first = bw_diagnostics_first_error(&mistakes);
		return bw_print_error(ctl,
				      "cannot simulate '%s': %s; 'bulwarkctl check %s' shows all",
				      ctl->policy, first ? first : strerror(-err), ctl->policy);
	}

	if (ctl->learnt && policies->len != 1)
		return bw_print_misuse(ctl, "'--learnt' is of one set; give a policy file with "
					    "'--policy'");

	return simulate(ctl, policies, from_s);
}
