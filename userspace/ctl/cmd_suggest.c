// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl suggest: a policy file from what a set has learnt
 */
#include <string.h>

#include "cleanup.h"
#include "learnt_load.h"
#include "policy.h"
#include "print.h"
#include "suggest.h"

/* The text as it is now, and the policy that it says. */
static char *text_read(const char *path)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	_cleanup_(freep) char *text = calloc(1, BW_POLICY_SIZE_MAX + 1);

	if (!file || !text || (!fread(text, 1, BW_POLICY_SIZE_MAX, file) && ferror(file)))
		return NULL;

	return take_ptr(text);
}

static int policies_get(const struct bw_ctl *ctl, struct bw_policies **ret_policies)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics mistakes = { 0 };
	_cleanup_(freep) char *first = NULL;
	int err;

	err = bw_policies_load(ctl->policy, NULL, &mistakes, ret_policies);
	if (!err)
		return BW_EXIT_OK;

	first = bw_diagnostics_first_error(&mistakes);
	return bw_print_error(ctl,
			      "cannot use the policy '%s': %s; 'bulwarkctl check %s' shows all",
			      ctl->policy, first ? first : strerror(-err), ctl->policy);
}

/* Nobody gets a text that 'bulwarkctl check' wouldn't take. */
static int suggestion_check(const struct bw_ctl *ctl, const struct bw_suggestion *suggestion)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics mistakes = { 0 };
	_cleanup_(freep) char *first = NULL;
	struct bw_policy *policy = NULL;

	if (bw_policy_parse("suggestion", suggestion->text, strlen(suggestion->text), &mistakes,
			    &policy) == 0) {
		bw_policy_free(policy);
		return BW_EXIT_OK;
	}

	first = bw_diagnostics_first_error(&mistakes);
	return bw_print_error(ctl, "what would be suggested is no policy: %s; write it by hand",
			      first ? first : "no memory");
}

static int suggestion_print(const struct bw_ctl *ctl, const struct bw_suggestion *suggestion)
{
	int code = suggestion_check(ctl, suggestion);

	if (code)
		return code;

	if (ctl->json)
		bw_print_json(stdout, json_pack("{s:b, s:o, s:I, s:I}", "ok", 1, "policy",
						bw_json_text(suggestion->text), "grants",
						(json_int_t)suggestion->grants, "doubtful",
						(json_int_t)suggestion->doubtful));
	else
		(void)fputs(suggestion->text, stdout);
	return BW_EXIT_OK;
}

static int suggest(const struct bw_ctl *ctl, const struct bw_policy *policy)
{
	_cleanup_(bw_lessons_done) struct bw_lessons lessons = { 0 };
	_cleanup_(freep) char *text = text_read(policy->file);
	struct bw_suggestion suggestion;
	int code, err;

	code = bw_learnt_load(ctl, policy->set, &lessons);
	if (code)
		return code;

	if (!text)
		return bw_print_error(ctl, "cannot read '%s' once more", policy->file);

	if (lessons.len == 0)
		return bw_print_error(
			ctl,
			"the set '%s' has learnt nothing yet; write 'mode: learn' and "
			"'learn-until', run 'bulwarkctl apply', and wait",
			policy->set);

	err = bw_suggest(text, policy, &lessons, "", &suggestion);
	if (err == -ENOTSUP)
		return bw_print_error(ctl,
				      "cannot add to '%s': write each key and each grant on a line "
				      "of its own",
				      policy->file);
	if (err)
		return bw_print_error(ctl, "no memory");

	code = suggestion_print(ctl, &suggestion);
	free(suggestion.text);
	return code;
}

int bw_cmd_suggest(const struct bw_ctl *ctl)
{
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	const struct bw_policy *policy;
	int code;

	if (!ctl->set)
		return bw_print_misuse(ctl, "'suggest' needs --set NAME; 'bulwarkctl status' lists "
					    "the sets");

	code = policies_get(ctl, &policies);
	if (code)
		return code;

	policy = bw_policies_find(policies, ctl->set);
	if (!policy)
		return bw_print_error(ctl, "there is no set '%s' in '%s'", ctl->set, ctl->policy);

	return suggest(ctl, policy);
}
