// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl apply, tighten: put policy files in force
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "enforcing.h"
#include "print.h"
#include "wire.h"

/* Resolving walks all protected trees: millions of files take their time. */
#define APPLY_TIMEOUT_MS (10 * 60 * 1000)

static void diagnostics_print(FILE *out, const json_t *answer)
{
	json_t *diagnostic;
	size_t i;

	json_array_foreach (json_object_get(answer, "diagnostics"), i, diagnostic)
		bw_print_line(out, "%s", json_string_value(diagnostic));
}

/* What is in force now; 0 when it isn't known. */
static json_int_t generation_now(const struct bw_ctl *ctl, const json_t *answer)
{
	json_int_t generation = bw_member_number(answer, "generation");
	json_t *status;

	if (generation > 0)
		return generation;

	if (bw_client_ask(ctl, "status", BW_ASK_TIMEOUT_MS, &status))
		return 0;

	generation = bw_member_number(status, "generation");
	json_decref(status);
	return generation;
}

/* @advice: What to do about mistakes. */
static int say_refused(const struct bw_ctl *ctl, const json_t *answer, const char *advice)
{
	const char *error = bw_member_text(answer, "error");
	json_int_t generation = generation_now(ctl, answer);

	diagnostics_print(stderr, answer);
	if (json_array_size(json_object_get(answer, "diagnostics")) > 0)
		error = advice;

	if (generation > 0)
		return bw_print_error(ctl, "nothing applied: %s; generation %lld stays in force",
				      error ? error : "no reason given", (long long)generation);

	return bw_print_error(ctl, "nothing applied: %s; what was in force stays in force",
			      error ? error : "no reason given");
}

static int say_applied(const json_t *answer)
{
	diagnostics_print(stdout, answer);
	bw_print_line(stdout, "generation %lld is in force",
		      (long long)bw_member_number(answer, "generation"));
	return BW_EXIT_OK;
}

/* Asks, and says what came of it; drops the reference to @request. */
static int ask(const struct bw_ctl *ctl, json_t *request, const char *advice)
{
	_cleanup_(json_decrefp) json_t *asked = request;
	_cleanup_(json_decrefp) json_t *answer = NULL;
	struct bw_client_excuse excuse;
	int err = -ENOMEM;

	if (asked)
		err = bw_wire_call(ctl->socket, asked, APPLY_TIMEOUT_MS, &answer);
	if (err) {
		excuse = bw_client_excuse(err);
		return bw_print_error(ctl, "cannot apply the policy through '%s': %s; %s",
				      ctl->socket, excuse.reason, excuse.hint);
	}

	if (ctl->json) {
		bw_print_json(stdout, json_incref(answer));
		return bw_member_true(answer, "ok") ? BW_EXIT_OK : BW_EXIT_FAILED;
	}

	return bw_member_true(answer, "ok") ? say_applied(answer)
					    : say_refused(ctl, answer, advice);
}

int bw_cmd_apply(const struct bw_ctl *ctl)
{
	int code = bw_enforcing_ask(ctl);

	if (code)
		return code;

	return ask(ctl, json_pack("{s:s}", "verb", "apply"), "mend these mistakes and apply again");
}

int bw_cmd_tighten(const struct bw_ctl *ctl)
{
	_cleanup_(freep) char *path = NULL;

	if (ctl->args_len < 1)
		return bw_print_misuse(ctl, "which policy file? As in 'bulwarkctl tighten "
					    "pensions.yaml'");

	path = realpath(ctl->args[0], NULL);
	if (!path)
		return bw_print_error(ctl, "cannot find '%s': %s", ctl->args[0], strerror(errno));

	return ask(ctl, json_pack("{s:s, s:s}", "verb", "tighten", "file", path),
		   "mend this, or apply it on a host that isn't sealed");
}
