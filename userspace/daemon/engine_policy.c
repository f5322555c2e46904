// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: from policy files to a generation in force
 */
#include <errno.h>
#include <stdio.h>

#include "engine.h"
#include "keeper_client.h"
#include "log.h"
#include "verified.h"

#define RETRY_MAX_US 900000000ULL

/* Does anything still run what was replaced? */
#define ENDED_US 60000000ULL
/* Is an executable still open for writing? */
#define UNREAD_US 1000000ULL
/*
 * What was said of executables isn't on record until all is resolved again, and what
 * failed has to be tried again.
 */
#define WHOLE_US 300000000ULL

static void tell_severities(struct bw_engine *engine)
{
	const struct bw_policies *policies = engine->policy.policies;
	uint8_t severities[BW_SETS_MAX + 1] = { 0 };

	for (size_t i = 0; i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];

		severities[bw_policy_state_number(&engine->policy, policy->set)] =
			(uint8_t)policy->severity;
	}
	bw_logger_process_severities(&engine->logger, severities);
}

/* Remote attestation can prove which policy a host ran; the digest is in the log too. */
static void measure(struct bw_engine *engine)
{
	int err = bw_keeper_measure(engine->keeper, bw_enforcer_generation(engine->enforcer),
				    engine->policy.in_force);

	/* -ENOENT: IMA's own policy asks for no critical data, as on most hosts. */
	if (err && err != -ENOENT)
		log_error(err, "cannot measure the policy in force");
}

static void tell_applied(struct bw_engine *engine, const char *why)
{
	char digest[BW_DIGEST_TEXT_SIZE];
	char text[160];

	bw_policy_digest_text(engine->policy.in_force, digest);
	(void)snprintf(text, sizeof(text), "%s, sets: %zu, SHA-256 of the files: %s", why,
		       engine->policy.policies->len, digest);
	bw_engine_notice(engine, BW_NOTICE_APPLIED, text);
}

static void tell_refused(struct bw_engine *engine, int err)
{
	char text[64];

	if (err == -EROFS) {
		bw_engine_notice(engine, BW_NOTICE_HELD_BACK, NULL);
		return;
	}

	(void)snprintf(text, sizeof(text), "errors: %zu", engine->policy.found.errors);
	bw_engine_notice(engine, BW_NOTICE_REFUSED, text);
}

/* An identity change is always on record. */
static void tell_verified(void *context, const char *text)
{
	log_notice("%s", text);
	bw_engine_notice(context, BW_NOTICE_APPLIED, text);
}

static void look_for_ended(struct bw_engine *engine)
{
	if (engine->policy.rules->unread)
		bw_watch_poke_within(&engine->executables, UNREAD_US);
	else if (engine->policy.rules->kept)
		bw_watch_poke_within(&engine->executables, ENDED_US);
}

static void watch_rules(struct bw_engine *engine)
{
	const struct bw_rules *rules = engine->policy.rules;

	bw_watch_dirs(&engine->watch, rules->watches, rules->watches_len);
	bw_watch_dirs(&engine->executables, rules->executable_watches,
		      rules->executable_watches_len);
	look_for_ended(engine);
}

/* Nothing need happen on the host before it succeeds: a user is made, memory is free again. */
static void refresh_later(struct bw_engine *engine)
{
	bw_watch_poke_within(&engine->watch, WHOLE_US);
	look_for_ended(engine);
}

static int conclude(struct bw_engine *engine, int err, const char *why)
{
	if (err) {
		tell_refused(engine, err);
		bw_engine_look(engine);
		return err;
	}

	bw_watch_policies(&engine->watch, engine->policy.policies);
	watch_rules(engine);
	bw_verified_compare(engine->policy.before, engine->policy.rules, tell_verified, engine);
	tell_severities(engine);
	measure(engine);
	tell_applied(engine, why);
	bw_engine_learn_sets(engine);
	bw_engine_look(engine);
	return 0;
}

int bw_engine_apply(struct bw_engine *engine, bool asked)
{
	int err;

	if (!engine->enforcer)
		return log_error(-EOPNOTSUPP, "cannot apply a policy with 'bulwark=off'");

	bw_engine_learn(engine);
	engine->policy.sealed = bw_engine_is_sealed(engine);
	err = bw_policy_state_apply(&engine->policy, engine->enforcer, asked);
	return conclude(engine, err, "policy files applied");
}

int bw_engine_tighten(struct bw_engine *engine, const char *path)
{
	int err;

	if (!engine->enforcer)
		return log_error(-EOPNOTSUPP, "cannot tighten a policy with 'bulwark=off'");

	err = bw_policy_state_tighten(&engine->policy, engine->enforcer, path);
	return conclude(engine, err, "policy tightened");
}

int bw_engine_break(struct bw_engine *engine, const char *set, const struct bw_file_key *exe,
		    const struct bw_grant *grant)
{
	int err = bw_policy_state_break(&engine->policy, engine->enforcer, set, exe, grant);

	if (!err)
		measure(engine);
	return err;
}

/* Returns whether the rules are others than before. */
static bool refresh(struct bw_engine *engine, bool executables)
{
	size_t kept = engine->policy.rules ? engine->policy.rules->kept : 0;
	int changed = bw_policy_state_refresh(&engine->policy, engine->enforcer, executables);

	if (!engine->policy.rules)
		return false;

	if (changed < 0) {
		refresh_later(engine);
		return false;
	}

	watch_rules(engine);
	bw_verified_compare(engine->policy.before, engine->policy.rules, tell_verified, engine);
	if (changed) {
		measure(engine);
		tell_applied(engine, "files on this host have changed");
	}
	return changed || engine->policy.rules->kept != kept;
}

void bw_engine_refresh(void *context)
{
	(void)refresh(context, false);
}

/* Without walking the trees: a server is started again as soon as it is unpacked. */
void bw_engine_refresh_executables(void *context)
{
	struct bw_engine *engine = context;

	if (refresh(engine, true))
		bw_watch_poke_within(&engine->watch, WHOLE_US);
}

/* Only what the administrator had written before the start: not half an edit. */
static int on_retry(sd_event_source *source, uint64_t usec, void *context)
{
	struct bw_engine *engine = context;

	if (engine->policy.policies || bw_policy_state_files_differ(&engine->policy))
		return 0;

	if (bw_engine_apply(engine, false))
		bw_engine_apply_later(engine);
	return 0;
}

void bw_engine_apply_later(struct bw_engine *engine)
{
	if (sd_event_add_time_relative(engine->event, NULL, CLOCK_MONOTONIC, engine->retry_us, 0,
				       on_retry, engine) < 0)
		log_error(0, "cannot set a timer; run 'bulwarkctl apply'");

	if (engine->retry_us < RETRY_MAX_US)
		engine->retry_us *= 2;
}
