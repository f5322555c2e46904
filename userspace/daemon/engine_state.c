// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: is the host protected, and who is told (INV-10)
 */
#include <systemd/sd-daemon.h>

#include "clock.h"
#include "engine.h"
#include "keeper_client.h"
#include "log.h"

struct bw_facts bw_engine_facts(struct bw_engine *engine)
{
	const struct bw_policies *policies = engine->policy.policies;
	struct bw_facts facts = {
		.off = engine->off,
		.canary = engine->canary,
		.logger_well = bw_logger_process_is_well(&engine->logger),
		.logger_err = engine->logger.log_err,
		.policy_rejected = engine->policy.rejected,
		.policy_held_back = engine->policy.held_back,
		.policies = policies ? policies->len : 0,
		.enforces = bw_policy_state_enforces(&engine->policy),
	};

	bw_engine_learn_facts(engine, &facts);
	facts.keeper_known = bw_keeper_info(engine->keeper, &facts.keeper) == 0;
	return facts;
}

void bw_engine_notice(struct bw_engine *engine, enum bw_notice_kind kind, const char *text)
{
	struct bw_notice notice = {
		.kind = kind,
		.generation = engine->enforcer ? bw_enforcer_generation(engine->enforcer) : 0,
		.time_ns = realtime_ns(),
		.text = text,
	};

	bw_logger_process_notice(&engine->logger, &notice);
}

static void say_level(const struct bw_engine *engine)
{
	const char *text = engine->problem ? engine->problem->text : "";
	const char *hint = engine->problem ? engine->problem->hint : "";

	switch (engine->level) {
	case BW_LEVEL_PROTECTED:
		log_notice("protected");
		(void)sd_notify(0, "STATUS=Protected");
		break;
	case BW_LEVEL_DEGRADED:
		log_warning("degraded: %s; %s", text, hint);
		(void)sd_notifyf(0, "STATUS=Degraded: %s", text);
		break;
	default:
		log_alert("NOT PROTECTED: %s; %s", text, hint);
		(void)sd_notifyf(0, "STATUS=NOT PROTECTED: %s", text);
	}
}

static void notice_level(struct bw_engine *engine, enum bw_level before)
{
	if (engine->level == BW_LEVEL_NOT_PROTECTED && before != BW_LEVEL_NOT_PROTECTED)
		bw_engine_notice(engine, BW_NOTICE_UNPROTECTED, engine->problem->text);
	if (engine->level != BW_LEVEL_NOT_PROTECTED && before == BW_LEVEL_NOT_PROTECTED)
		bw_engine_notice(engine, BW_NOTICE_PROTECTED, NULL);
}

static void notice_restarts(struct bw_engine *engine)
{
	if (engine->logger.restarts == engine->logger_restarts || !engine->logger.heard_us)
		return;

	engine->logger_restarts = engine->logger.restarts;
	bw_engine_notice(engine, BW_NOTICE_LOGGER_RESTARTED, engine->logger.last_end);
	(void)bw_engine_guard(engine);
}

void bw_engine_look(struct bw_engine *engine)
{
	enum bw_level before = engine->level;
	const struct bw_problem *problem;
	struct bw_facts facts;

	if (engine->enforcer)
		engine->canary = bw_canary_try(engine->enforcer);

	/* What is only half begun has no state worth an alarm. */
	if (!engine->started)
		return;

	facts = bw_engine_facts(engine);
	problem = bw_problem_next(&facts, NULL);
	notice_restarts(engine);
	if (facts.keeper_known)
		bw_engine_notice_seal(engine, &facts.keeper);
	if (bw_level_for(&facts) == before && problem == engine->problem)
		return;

	engine->level = bw_level_for(&facts);
	engine->problem = problem;
	say_level(engine);
	notice_level(engine, before);
}
