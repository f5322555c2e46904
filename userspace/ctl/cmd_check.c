// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl check: all mistakes in policy files
 *
 * Needs no root and no daemon.
 */
#include <string.h>

#include "cleanup.h"
#include "explain.h"
#include "facts.h"
#include "names.h"
#include "policy.h"
#include "print.h"
#include "resolve.h"
#include "signers.h"

/**
 * struct outcome - What a check has found
 *
 * @ctl: What is to be looked at.
 * @path: File or directory that was checked.
 * @diagnostics: Mistakes and warnings.
 * @policies: NULL where mistakes let none be.
 * @facts: Of another host; NULL unless asked for, and right.
 * @rules: The same on this host; NULL unless asked for, and possible.
 * @expected: Expectations that were run.
 * @failed: Those that don't hold.
 * @untested: Policies without an *.expect file.
 */
struct outcome {
	const struct bw_ctl *ctl;
	const char *path;
	struct bw_diagnostics diagnostics;
	struct bw_policies *policies;
	json_t *facts;
	struct bw_rules *rules;
	unsigned int expected;
	unsigned int failed;
	unsigned int untested;
};

static void outcome_done(struct outcome *outcome)
{
	bw_diagnostics_done(&outcome->diagnostics);
	bw_policies_free(outcome->policies);
	json_decref(outcome->facts);
	bw_rules_free(outcome->rules);
}

/* Runs the expectations of one policy; -ENOENT means that it has none. */
static void expectations_run(struct outcome *outcome, const struct bw_policy *policy)
{
	unsigned int failed = 0;
	unsigned int run = 0;
	int err;

	err = bw_expectations_run(policy, policy->file, &outcome->diagnostics, &run, &failed);
	if (err == -ENOENT)
		outcome->untested++;
	outcome->expected += run;
	outcome->failed += failed;
}

/* Root is asked for nothing here, but sees more: unreadable directories are errors. */
static void host_resolve(struct outcome *outcome)
{
	static const struct bw_set_name no_names[BW_SETS_MAX + 1];
	size_t errors = outcome->diagnostics.errors;
	int err;

	err = bw_policies_resolve(outcome->policies, &bw_identifier_stat, no_names,
				  &outcome->diagnostics, &outcome->rules);
	if (err && outcome->diagnostics.errors == errors)
		(void)bw_diagnostics_add(
			&outcome->diagnostics, outcome->path, (struct bw_position){ 0 }, false,
			"cannot be resolved on this host: %s; root sees all files", strerror(-err));
}

/* NULL: signatures aren't looked at. */
static const char *signers_dir(const struct bw_ctl *ctl)
{
	return !ctl->signers && ctl->signed_only ? BW_SIGNERS_DIR : ctl->signers;
}

/* Keys that were asked for must be there: else nobody's signature would be looked at. */
static int signers_load(struct outcome *outcome, struct bw_signers **ret_signers)
{
	const char *dir = signers_dir(outcome->ctl);
	int err;

	if (!dir)
		return 0;

	err = bw_signers_load(dir, false, &outcome->diagnostics, ret_signers);
	if (err || (*ret_signers)->len > 0)
		return err;

	err = bw_diagnostics_add(&outcome->diagnostics, dir, (struct bw_position){ 0 }, false,
				 "no public key of minisign's, NAME.pub, is there");
	return err ? err : -EINVAL;
}

/* Whose files they are matters to the daemon alone: drafts are checked, too. */
static void policies_load(struct outcome *outcome)
{
	_cleanup_(bw_signers_freep) struct bw_signers *signers = NULL;
	struct bw_policy_terms terms = { .signed_only = outcome->ctl->signed_only };

	if (signers_load(outcome, &signers))
		return;

	terms.signers = signers;
	(void)bw_policies_load(outcome->path, &terms, &outcome->diagnostics, &outcome->policies);
}

static void outcome_find(struct outcome *outcome)
{
	size_t len;

	policies_load(outcome);
	len = outcome->policies ? outcome->policies->len : 0;
	for (size_t i = 0; i < len; i++)
		expectations_run(outcome, outcome->policies->items[i]);

	if (outcome->ctl->facts &&
	    !bw_facts_load(outcome->ctl->facts, &outcome->diagnostics, &outcome->facts) && len)
		(void)bw_facts_check(outcome->facts, outcome->policies, &outcome->diagnostics);

	if (outcome->ctl->host && outcome->policies)
		host_resolve(outcome);
}

static json_t *diagnostics_pack(const struct bw_diagnostics *diagnostics)
{
	json_t *list = json_array();

	for (size_t i = 0; i < diagnostics->len; i++) {
		const struct bw_diagnostic *item = &diagnostics->items[i];

		(void)json_array_append_new(
			list, json_pack("{s:o,s:i,s:i,s:s,s:o}", "file", bw_json_text(item->file),
					"line", item->at.line, "column", item->at.column, "level",
					item->warning ? "warning" : "error", "text",
					bw_json_text(item->text)));
	}
	return list;
}

static json_t *policies_pack(const struct bw_policies *policies)
{
	json_t *list = json_array();

	for (size_t i = 0; policies && i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o,s:s,s:s,s:i,s:i,s:I,s:I,s:I,s:o}", "file",
				  bw_json_text(policy->file), "set", policy->set, "mode",
				  bw_mode_name(policy->mode), "version", policy->version,
				  "severity", policy->severity, "protect",
				  (json_int_t)policy->protect_len, "except",
				  (json_int_t)policy->except_len, "grants",
				  (json_int_t)policy->grants_len, "signer",
				  policy->signer ? bw_json_text(policy->signer) : json_null()));
	}
	return list;
}

static json_t *rules_pack(const struct bw_rules *rules)
{
	if (!rules)
		return NULL;

	return json_pack("{s:I,s:I}", "rules", (json_int_t)rules->len, "executables",
			 (json_int_t)rules->executables_len);
}

/* Whose facts they are. */
static json_t *facts_pack(const json_t *facts)
{
	if (!facts)
		return NULL;

	return json_pack("{s:O,s:O,s:O}", "host", json_object_get(facts, "host"), "kernel",
			 json_object_get(facts, "kernel"), "taken",
			 json_object_get(facts, "taken"));
}

static const char *facts_text(const struct outcome *outcome, const char *key)
{
	return json_string_value(json_object_get(outcome->facts, key));
}

static void outcome_print_json(const struct outcome *outcome)
{
	const struct bw_diagnostics *diagnostics = &outcome->diagnostics;

	bw_print_json(stdout, json_pack("{s:b,s:o,s:o,s:I,s:I,s:{s:i,s:i},s:o*,s:o*}", "ok",
					diagnostics->errors == 0, "policies",
					policies_pack(outcome->policies), "diagnostics",
					diagnostics_pack(diagnostics), "errors",
					(json_int_t)diagnostics->errors, "warnings",
					(json_int_t)(diagnostics->len - diagnostics->errors),
					"expectations", "run", outcome->expected, "failed",
					outcome->failed, "host", rules_pack(outcome->rules),
					"facts", facts_pack(outcome->facts)));
}

static void diagnostics_print(const struct bw_diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->len; i++) {
		_cleanup_(freep) char *line = bw_diagnostic_format(&diagnostics->items[i]);

		bw_print_line(stdout, "%s", line ? line : "no memory");
	}
}

/* The line's end. */
static void signer_print(const struct bw_ctl *ctl, const struct bw_policy *policy)
{
	if (!signers_dir(ctl))
		bw_print_line(stdout, "%s", "");
	else if (policy->signer)
		bw_print_line(stdout, ", signed by '%s'", policy->signer);
	else
		bw_print_line(stdout, ", not signed");
}

static void policies_print(const struct outcome *outcome)
{
	size_t len = outcome->policies ? outcome->policies->len : 0;

	for (size_t i = 0; i < len; i++) {
		const struct bw_policy *policy = outcome->policies->items[i];

		bw_print_part(stdout, "%s: set '%s' version %u, %s, %zu grant%s", policy->file,
			      policy->set, policy->version, bw_mode_verb(policy->mode),
			      policy->grants_len, bw_plural(policy->grants_len));
		signer_print(outcome->ctl, policy);
	}

	if (outcome->policies && len == 0)
		bw_print_line(stdout, "'%s' holds no *.yaml file: nothing would be protected",
			      outcome->path);
}

static void summary_print(const struct outcome *outcome)
{
	size_t errors = outcome->diagnostics.errors;
	size_t warnings = outcome->diagnostics.len - errors;

	if (outcome->rules)
		bw_print_line(stdout, "on this host: %zu rule%s, %zu granted executable%s",
			      outcome->rules->len, bw_plural(outcome->rules->len),
			      outcome->rules->executables_len,
			      bw_plural(outcome->rules->executables_len));

	if (outcome->facts)
		bw_print_line(stdout, "on '%s', with kernel %s, by the facts of %s",
			      facts_text(outcome, "host"), facts_text(outcome, "kernel"),
			      facts_text(outcome, "taken"));

	bw_print_word(stdout, errors ? BW_COLOUR_BAD : BW_COLOUR_GOOD, errors ? "failed" : "ok", 0);
	bw_print_part(stdout, ": %zu error%s, %zu warning%s", errors, bw_plural(errors), warnings,
		      bw_plural(warnings));
	if (outcome->policies)
		bw_print_part(stdout, "; expectations: %u of %u hold",
			      outcome->expected - outcome->failed, outcome->expected);
	bw_print_line(stdout, "%s", outcome->untested ? ", but not every policy has any" : "");
}

int bw_cmd_check(const struct bw_ctl *ctl)
{
	_cleanup_(outcome_done) struct outcome outcome = {
		.ctl = ctl,
		.path = ctl->args_len > 0 ? ctl->args[0] : BW_POLICY_DIR,
	};

	outcome_find(&outcome);
	if (ctl->json) {
		outcome_print_json(&outcome);
	} else {
		diagnostics_print(&outcome.diagnostics);
		policies_print(&outcome);
		summary_print(&outcome);
	}
	return outcome.diagnostics.errors > 0 || !outcome.policies ? BW_EXIT_FAILED : BW_EXIT_OK;
}
