// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: what it can be asked through the control socket
 */
#include <string.h>

#include "budgets.h"
#include "cleanup.h"
#include "clock.h"
#include "engine.h"
#include "holders.h"

json_t *bw_engine_refuse(const char *error)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", error);
}

static json_t *answer_status(struct bw_engine *engine, const json_t *request)
{
	struct bw_status_sources sources = {
		.enforcer = engine->enforcer,
		.policy = &engine->policy,
		.logger = &engine->logger,
		.since_ns = engine->since_ns,
	};
	struct bw_facts facts;

	bw_engine_look(engine);
	facts = bw_engine_facts(engine);
	facts.files_differ = bw_policy_state_files_differ(&engine->policy);
	facts.glass_broken = engine->glass_len > 0;
	sources.facts = &facts;
	return bw_status_report(&sources);
}

static json_t *answer_holders(struct bw_engine *engine, const json_t *request)
{
	if (!engine->enforcer)
		return bw_engine_refuse("nothing is protected with 'bulwark=off'");

	return bw_holders_report(engine->enforcer);
}

static json_t *answer_budgets(struct bw_engine *engine, const json_t *request)
{
	struct bw_budgets_sources sources = {
		.enforcer = engine->enforcer,
		.policies = engine->policy.policies,
		.glass = engine->glass,
	};

	if (!engine->enforcer)
		return bw_engine_refuse("nothing is counted with 'bulwark=off'");

	bw_engine_glass_look(engine);
	sources.glass_len = engine->glass_len;
	sources.now_ns = boottime_ns();
	return bw_budgets_report(&sources);
}

static json_t *diagnostics_json(const struct bw_diagnostics *found)
{
	json_t *array = json_array();

	for (size_t i = 0; i < found->len; i++) {
		_cleanup_(freep) char *line = bw_diagnostic_format(&found->items[i]);

		json_array_append_new(array, json_string(line ? line : "?"));
	}
	return array;
}

/* What is wrong is told with it; @err: of what was asked. */
static json_t *answer_with_found(struct bw_engine *engine, int err, const char *errors)
{
	json_t *diagnostics = diagnostics_json(&engine->policy.found);

	if (!err)
		return json_pack("{s:b, s:i, s:o}", "ok", 1, "generation",
				 (int)bw_enforcer_generation(engine->enforcer), "diagnostics",
				 diagnostics);

	if (engine->policy.found.errors > 0)
		return json_pack("{s:b, s:s, s:o}", "ok", 0, "error", errors, "diagnostics",
				 diagnostics);

	if (err == -EROFS)
		return json_pack("{s:b, s:s, s:o}", "ok", 0, "error",
				 "the host is sealed and the files differ from what is in force; "
				 "unseal it first ('bulwarkctl unseal'), put the files back, or "
				 "hand a stricter one to 'bulwarkctl tighten'",
				 "diagnostics", diagnostics);

	return json_pack("{s:b, s:s++, s:o}", "ok", 0, "error",
			 "cannot apply the policy: ", strerror(-err), "; the running one stays",
			 "diagnostics", diagnostics);
}

static json_t *answer_apply(struct bw_engine *engine, const json_t *request)
{
	int err = bw_engine_apply(engine, true);

	return answer_with_found(engine, err,
				 "the policy has errors, the running one stays; correct them and "
				 "apply again");
}

static json_t *answer_tighten(struct bw_engine *engine, const json_t *request)
{
	const char *file = json_string_value(json_object_get(request, "file"));

	if (!file || *file != '/')
		return bw_engine_refuse("which policy file? Its absolute path is needed");

	return answer_with_found(engine, bw_engine_tighten(engine, file),
				 "the policy would get weaker or has errors; the running one and "
				 "its files stay");
}

static const struct {
	const char *name;
	enum bw_access access;
	json_t *(*answer)(struct bw_engine *engine, const json_t *request);
} verbs[] = {
	{ "status", BW_ACCESS_LOOK, answer_status },
	{ "holders", BW_ACCESS_LOOK, answer_holders },
	{ "budgets", BW_ACCESS_LOOK, answer_budgets },
	{ "apply", BW_ACCESS_CHANGE, answer_apply },
	{ "tighten", BW_ACCESS_CHANGE, answer_tighten },
	{ "seal", BW_ACCESS_CHANGE, bw_engine_answer_seal },
	{ "unseal", BW_ACCESS_CHANGE, bw_engine_answer_unseal },
	{ "breakglass-open", BW_ACCESS_LOOK, bw_engine_answer_glass_open },
	{ "breakglass-request", BW_ACCESS_LOOK, bw_engine_answer_glass_request },
	{ "breakglass-use", BW_ACCESS_CHANGE, bw_engine_answer_glass_use },
};

json_t *bw_engine_answer(void *context, const json_t *request, enum bw_access access)
{
	const char *verb = json_string_value(json_object_get(request, "verb"));

	if (access < BW_ACCESS_LOOK)
		return bw_engine_refuse(
			"only root and the group 'bulwark' may ask; ask root to add you");

	for (size_t i = 0; verb && i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verb, verbs[i].name) != 0)
			continue;
		if (access < verbs[i].access)
			return bw_engine_refuse("only root may change something; use sudo");
		return verbs[i].answer(context, request);
	}
	return bw_engine_refuse(
		"unknown verb; bulwarkctl and bulwarkd may be of different versions");
}
