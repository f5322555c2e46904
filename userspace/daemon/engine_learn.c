// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: sets that learn, and that they don't forever (INV-10)
 */
#include <stdio.h>

#include "engine.h"
#include "log.h"
#include "until.h"

/* What is lost with the host at most. */
#define LEARN_US 60000000ULL

#define DAY_S (24L * 60 * 60)
#define SOON_S (7 * DAY_S)

static void set_nag(struct bw_engine *engine, const struct bw_policy *policy, time_t now)
{
	char until[BW_UNTIL_TEXT_SIZE];
	char text[160];

	bw_until_text(policy->learn_until, until);
	(void)snprintf(text, sizeof(text),
		       policy->learn_until > now ? "set '%s' learns until %s, then it only monitors"
						 : "set '%s' has learnt until %s: it only monitors",
		       policy->set, until);
	log_warning("%s; run 'bulwarkctl suggest', then write 'mode: enforce' or a later day",
		    text);
	bw_engine_notice(engine, BW_NOTICE_LEARNING_ENDS, text);
}

/* Once a day, and when it is over. */
static void nag(struct bw_engine *engine, time_t now)
{
	const struct bw_policies *policies = engine->policy.policies;
	bool nagged = false;

	for (size_t i = 0; policies && i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];
		bool just_over =
			policy->learn_until > engine->nagged_s && policy->learn_until <= now;

		if (policy->mode != BW_MODE_LEARN || policy->learn_until - now > SOON_S ||
		    (!just_over && now - engine->nagged_s < DAY_S))
			continue;

		set_nag(engine, policy, now);
		nagged = true;
	}
	if (nagged)
		engine->nagged_s = now;
}

void bw_engine_learn(struct bw_engine *engine)
{
	if (!engine->enforcer)
		return;

	bw_learnt_files_write(&engine->learnt, engine->enforcer, engine->policy.policies,
			      engine->policy.rules);
	nag(engine, time(NULL));
}

static int on_learn(sd_event_source *source, uint64_t usec, void *context)
{
	bw_engine_learn(context);
	(void)sd_event_source_set_time_relative(source, LEARN_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int bw_engine_learn_start(struct bw_engine *engine)
{
	int err;

	engine->learnt.state_dir = engine->options->state_dir;
	err = sd_event_add_time_relative(engine->event, NULL, CLOCK_MONOTONIC, LEARN_US, 0,
					 on_learn, engine);
	return err < 0 ? log_error(err, "cannot set a timer") : 0;
}

void bw_engine_learn_sets(struct bw_engine *engine)
{
	const struct bw_policies *policies = engine->policy.policies;

	for (size_t i = 0; i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];
		int err = 0;

		if (policy->mode == BW_MODE_LEARN)
			err = bw_enforcer_learn(
				engine->enforcer,
				bw_policy_state_number(&engine->policy, policy->set));
		if (err)
			log_error(err, "cannot note that the set '%s' learns of too many",
				  policy->set);
	}
	bw_engine_learn(engine);
}

void bw_engine_learn_facts(const struct bw_engine *engine, struct bw_facts *facts)
{
	const struct bw_policies *policies = engine->policy.policies;
	time_t now = time(NULL);

	for (size_t i = 0; policies && i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];

		if (policy->mode != BW_MODE_LEARN)
			continue;

		facts->learnt |= policy->learn_until <= now;
		facts->learns |= policy->learn_until > now;
	}
}
