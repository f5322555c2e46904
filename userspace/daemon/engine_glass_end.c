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

static void tell_ended(struct bw_engine *engine, const struct bw_glass_open *open)
{
	const struct bw_budget_use used = bw_glass_use(engine->enforcer, open);
	char name[BW_GLASS_NAME_SIZE];
	char text[160];

	bw_glass_name(open->grant.number, name);
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
		    entry->rule.grant.number == open->grant.number)
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

void bw_engine_glass_look(struct bw_engine *engine)
{
	uint64_t now_ns = boottime_ns();
	uint64_t next_ns = UINT64_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < engine->glass_len; i++) {
		const struct bw_glass_open open = engine->glass[i];

		if (open.grant.until_ns <= now_ns || !is_in_force(engine, &open)) {
			tell_ended(engine, &open);
			bw_watch_poke_within(&engine->executables, TIDY_US);
			continue;
		}
		engine->glass[kept++] = open;
		if (open.grant.until_ns < next_ns)
			next_ns = open.grant.until_ns;
	}
	engine->glass_len = kept;
	if (kept > 0)
		wait_until(engine, next_ns);
}

static int on_end(sd_event_source *source, uint64_t usec, void *context)
{
	bw_engine_glass_look(context);
	return 0;
}

static void note(struct bw_engine *engine, const char *set, const struct bw_file_key *exe,
		 const struct bw_grant *grant)
{
	struct bw_glass_open *open = &engine->glass[engine->glass_len];

	/* What isn't noted ends all the same. */
	if (engine->glass_len == BW_GLASS_OPEN_MAX)
		return;

	*open = (struct bw_glass_open){ .exe = *exe, .grant = *grant };
	(void)snprintf(open->set, sizeof(open->set), "%s", set);
	engine->glass_len++;
}

void bw_engine_glass_note(struct bw_engine *engine, const char *set, const struct bw_file_key *exe,
			  const struct bw_grant *grant)
{
	note(engine, set, exe, grant);
	bw_engine_glass_look(engine);
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
			note(engine, rules->set_names[entry->key.set].name, &entry->key.file,
			     &entry->rule.grant);
	}
	bw_engine_glass_look(engine);
}

/* --- To whom it is open -------------------------------------------------------- */

static bool is_for(const struct bw_glass_open *open, const char *set, const struct bw_file_key *exe,
		   uint32_t uid)
{
	return strcmp(open->set, set) == 0 && open->grant.uid == uid && open->exe.ino == exe->ino &&
	       open->exe.dev == exe->dev && open->exe.generation == exe->generation;
}

static json_t *find_json(const struct bw_engine *engine, const char *set, const char *path,
			 uint32_t uid)
{
	struct bw_file_key exe;

	if (bw_glass_executable(&engine->policy.identifier, path, &exe))
		return json_null();

	for (size_t i = 0; i < engine->glass_len; i++) {
		const struct bw_glass_open *open = &engine->glass[i];
		struct bw_budget_use use;

		if (!is_for(open, set, &exe, uid))
			continue;

		use = bw_glass_use(engine->enforcer, open);
		return bw_glass_json(open, &use, boottime_ns());
	}
	return json_null();
}

json_t *bw_engine_answer_glass_open(struct bw_engine *engine, const json_t *request)
{
	const char *set = json_string_value(json_object_get(request, "set"));
	const char *exe = json_string_value(json_object_get(request, "exe"));
	const json_t *uid = json_object_get(request, "uid");

	if (!engine->enforcer)
		return bw_engine_refuse("nothing is protected with 'bulwark=off'");

	if (!set || !exe || *exe != '/' || !json_is_integer(uid))
		return bw_engine_refuse("for whom? A set, an executable and a user are needed");

	bw_engine_glass_look(engine);
	return json_pack("{s:b, s:o}", "ok", 1, "open",
			 find_json(engine, set, exe, (uint32_t)json_integer_value(uid)));
}
