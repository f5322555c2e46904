// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the answer to "status"
 */
#include <sodium.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "names.h"
#include "status_report.h"
#include "until.h"

static json_t *problems_json(const struct bw_facts *facts)
{
	const struct bw_problem *problem = NULL;
	json_t *array = json_array();

	while ((problem = bw_problem_next(facts, problem)))
		json_array_append_new(array, json_pack("{s:s, s:s}", "text", problem->text, "hint",
						       problem->hint));
	return array;
}

static json_t *keeper_json(const struct bw_facts *facts)
{
	const struct bw_control_info *keeper = &facts->keeper;

	char seal_id[2 * BW_SEAL_ID_SIZE + 1];

	(void)sodium_bin2hex(seal_id, sizeof(seal_id), keeper->seal_id, sizeof(keeper->seal_id));
	return json_pack(
		"{s:i, s:i, s:I, s:b, s:b, s:b, s:i, s:i, s:I, s:s}", "links", (int)keeper->links,
		"maps", (int)keeper->maps, "adoptions", (json_int_t)keeper->adoptions, "permanent",
		(keeper->flags & BW_INFO_PERMANENT) != 0, "off", (keeper->flags & BW_INFO_OFF) != 0,
		"sealed", (keeper->flags & BW_INFO_SEALED) != 0, "seal_needed",
		(int)keeper->seal_needed, "seal_shown", (int)keeper->seal_shown, "wrong_secrets",
		(json_int_t)keeper->wrong_secrets, "seal_id", seal_id);
}

static json_t *engine_json(int64_t since_ns)
{
	time_t seconds = since_ns / 1000000000;
	char since[32] = "";
	struct tm utc;

	if (gmtime_r(&seconds, &utc))
		(void)strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_pack("{s:i, s:s}", "pid", (int)getpid(), "since", since);
}

static json_t *logger_json(const struct bw_status_sources *sources)
{
	const struct bw_logger_process *logger = sources->logger;
	const char *error = logger->log_err ? strerror(-logger->log_err) : NULL;

	return json_pack("{s:b, s:i, s:i, s:s?, s:s?}", "running", sources->facts->logger_well,
			 "pid", (int)logger->pid, "restarts", (int)logger->restarts, "error", error,
			 "last_end", logger->last_end[0] ? logger->last_end : NULL);
}

static json_t *counters_json(const struct bw_enforcer *enforcer)
{
	struct bw_state state = { 0 };

	if (enforcer)
		state = bw_enforcer_state(enforcer);

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "refused", (json_int_t)state.refused,
			 "would_refuse", (json_int_t)state.would_refuse, "lost",
			 (json_int_t)state.lost, "canaries", (json_int_t)state.canaries, "unlearnt",
			 (json_int_t)state.unlearnt, "sequence", (json_int_t)state.sequence);
}

static json_t *learn_until_json(const struct bw_policy *policy)
{
	char until[BW_UNTIL_TEXT_SIZE];

	if (policy->mode != BW_MODE_LEARN)
		return json_null();

	bw_until_text(policy->learn_until, until);
	return json_string(until);
}

static json_t *sets_json(const struct bw_policy_state *state)
{
	json_t *array = json_array();

	for (size_t i = 0; state->policies && i < state->policies->len; i++) {
		const struct bw_policy *policy = state->policies->items[i];

		json_array_append_new(
			array,
			json_pack("{s:s, s:i, s:s, s:i, s:i, s:s, s:i, s:o}", "name", policy->set,
				  "number", (int)bw_policy_state_number(state, policy->set), "mode",
				  bw_mode_name(policy->mode), "severity", (int)policy->severity,
				  "version", (int)policy->version, "file", policy->file, "grants",
				  (int)policy->grants_len, "learn_until",
				  learn_until_json(policy)));
	}
	return array;
}

/* Null while an earlier daemon's policy is in force, whose files aren't known. */
static json_t *digest_json(const struct bw_policy_state *state)
{
	char text[BW_DIGEST_TEXT_SIZE];

	if (!state->policies)
		return json_null();

	bw_policy_digest_text(state->in_force, text);
	return json_string(text);
}

json_t *bw_status_report(const struct bw_status_sources *sources)
{
	const struct bw_facts *facts = sources->facts;
	__u32 generation = sources->enforcer ? bw_enforcer_generation(sources->enforcer) : 0;

	return json_pack("{s:b, s:s, s:o, s:s, s:i, s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "ok",
			 1, "state", bw_level_name(bw_level_for(facts)), "problems",
			 problems_json(facts), "version", BULWARK_VERSION, "abi", BW_ABI_VERSION,
			 "generation", (int)generation, "policy_sha256",
			 digest_json(sources->policy), "canary", bw_canary_name(facts->canary),
			 "keeper", keeper_json(facts), "engine", engine_json(sources->since_ns),
			 "logger", logger_json(sources), "counters",
			 counters_json(sources->enforcer), "sets", sets_json(sources->policy));
}
