// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: what officers have opened, and when it ends
 *
 * The kernel ends it.  Here it is told, and what is left of it is taken out of the policy.
 */
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "engine.h"
#include "glass.h"
#include "log.h"

/* So long refusals say that it has ended, and not that there is no grant. */
#define TIDY_US 60000000ULL
#define US_NS 1000ULL

/**
 * struct used - What was read by one of them
 */
struct used {
	uint64_t budget;
	uint64_t bytes;
	uint64_t files;
};

static int used_take(void *context, const struct bw_budget_use *use)
{
	struct used *used = context;

	if (use->key.budget != used->budget)
		return 0;

	used->bytes = use->bytes;
	used->files = use->files;
	return 1;
}

static void tell_ended(struct bw_engine *engine, const struct bw_glass_open *open)
{
	struct used used = { .budget = open->budget };
	char name[BW_GLASS_NAME_SIZE];
	char text[160];

	(void)bw_enforcer_budgets(engine->enforcer, used_take, &used);
	bw_glass_name(open->number, name);
	(void)snprintf(text, sizeof(text), "%s, set %s, charged bytes: %llu, files: %llu", name,
		       open->set, (unsigned long long)used.bytes, (unsigned long long)used.files);
	log_notice("break-glass has ended: %s", text);
	bw_engine_notice(engine, BW_NOTICE_GLASS_ENDED, text);
}

/* Officers' later word takes its place, and with a set it goes. */
static bool is_in_force(const struct bw_engine *engine, const struct bw_glass_open *open)
{
	const struct bw_rules *rules = engine->policy.rules;

	for (size_t i = 0; rules && i < rules->len; i++) {
		const struct bw_rule_entry *entry = &rules->items[i];

		if (entry->key.kind == BW_RULE_GRANT && entry->rule.grant.flags & BW_GRANT_GLASS &&
		    entry->rule.grant.number == open->number)
			return true;
	}
	return !rules;
}

static int on_end(sd_event_source *source, uint64_t usec, void *context);

static void wait_until(struct bw_engine *engine, uint64_t until_ns)
{
	engine->glass_timer = sd_event_source_disable_unref(engine->glass_timer);
	if (sd_event_add_time(engine->event, &engine->glass_timer, CLOCK_BOOTTIME,
			      until_ns / US_NS + 1, 1000, on_end, engine) < 0)
		log_error(0, "cannot set a timer; the end of break-glass will be told late");
}

static void look(struct bw_engine *engine)
{
	uint64_t now_ns = boottime_ns();
	uint64_t next_ns = UINT64_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < engine->glass_len; i++) {
		const struct bw_glass_open open = engine->glass[i];

		if (open.until_ns <= now_ns || !is_in_force(engine, &open)) {
			tell_ended(engine, &open);
			bw_watch_poke_within(&engine->executables, TIDY_US);
			continue;
		}
		engine->glass[kept++] = open;
		if (open.until_ns < next_ns)
			next_ns = open.until_ns;
	}
	engine->glass_len = kept;
	if (kept > 0)
		wait_until(engine, next_ns);
}

static int on_end(sd_event_source *source, uint64_t usec, void *context)
{
	look(context);
	return 0;
}

static void note(struct bw_engine *engine, const char *set, const struct bw_grant *grant)
{
	struct bw_glass_open *open = &engine->glass[engine->glass_len];

	/* What isn't noted ends all the same. */
	if (engine->glass_len == BW_GLASS_OPEN_MAX)
		return;

	*open = (struct bw_glass_open){
		.number = grant->number,
		.until_ns = grant->until_ns,
		.budget = grant->budget.id,
	};
	(void)snprintf(open->set, sizeof(open->set), "%s", set);
	engine->glass_len++;
}

void bw_engine_glass_note(struct bw_engine *engine, const char *set, const struct bw_grant *grant)
{
	note(engine, set, grant);
	look(engine);
}

void bw_engine_glass_begin(struct bw_engine *engine)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = NULL;
	int err = bw_enforcer_rules(engine->enforcer, &rules);

	if (err) {
		log_error(err, "cannot tell what officers have opened");
		return;
	}

	for (size_t i = 0; i < rules->len; i++) {
		const struct bw_rule_entry *entry = &rules->items[i];

		if (entry->key.kind == BW_RULE_GRANT && entry->rule.grant.flags & BW_GRANT_GLASS)
			note(engine, rules->set_names[entry->key.set].name, &entry->rule.grant);
	}
	look(engine);
}
