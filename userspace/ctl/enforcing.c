// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl: asks before a set refuses whom it let through lately
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "enforcing.h"
#include "learnt_load.h"
#include "lesson_judge.h"
#include "names.h"
#include "policy.h"
#include "print.h"
#include "recorded.h"
#include "simulate.h"

#define WEEK_S (7L * 24 * 60 * 60)

/* So many are named; 'bulwarkctl simulate' tells all. */
#define NAMED_MAX 10

/* Does it let through what it would refuse?  One that isn't in force lets nothing be seen. */
static bool lets_through(const json_t *status, const char *set)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(status, "sets"), i, item) {
		const char *name = bw_member_text(item, "name");
		const char *mode = bw_member_text(item, "mode");

		if (name && mode && strcmp(name, set) == 0)
			return strcmp(mode, bw_mode_name(BW_MODE_ENFORCE)) != 0;
	}
	return false;
}

static void refused_print(const struct bw_simulated *item)
{
	_cleanup_(freep) char *who = NULL;
	size_t len;
	FILE *out = open_memstream(&who, &len);

	if (!out)
		return;

	bw_lesson_print_who(out, item->lesson);
	if (fclose(out) == 0)
		bw_print_line(stderr, "  %s, %llu time%s: %s", who,
			      (unsigned long long)item->lesson->reads,
			      bw_plural(item->lesson->reads), bw_reason_text(item->reason));
}

static void simulation_print(const struct bw_policy *policy, const struct bw_simulation *simulation)
{
	size_t named = 0;

	bw_print_line(stderr, "the set '%s' would refuse %zu of those whom it let through lately:",
		      policy->set, simulation->refused);
	for (size_t i = 0; i < simulation->len && named < NAMED_MAX; i++) {
		if (simulation->items[i].reason == BW_REASON_GRANTED)
			continue;

		refused_print(&simulation->items[i]);
		named++;
	}
	if (simulation->refused > named)
		bw_print_line(stderr, "  and %zu more", simulation->refused - named);
}

/* Adds to @refused. */
static int set_look(const struct bw_ctl *ctl, const struct bw_policy *policy, size_t *refused)
{
	_cleanup_(bw_simulation_done) struct bw_simulation simulation = { 0 };
	_cleanup_(bw_lessons_done) struct bw_lessons lessons = { 0 };
	int64_t from_s = time(NULL) - WEEK_S;
	int code = bw_learnt_load(ctl, policy->set, &lessons);

	if (!code)
		code = bw_recorded_add(ctl, policy->set, from_s, &lessons);
	if (code)
		return code;

	if (bw_simulate(policy, &lessons, (uint64_t)from_s, &simulation))
		return bw_print_error(ctl, "no memory");

	*refused += simulation.refused;
	if (simulation.refused && !ctl->json)
		simulation_print(policy, &simulation);
	return BW_EXIT_OK;
}

static int person_ask(const struct bw_ctl *ctl)
{
	char line[16];

	if (ctl->json || !isatty(STDIN_FILENO))
		return bw_print_error(ctl, "nothing applied: it would refuse whom it let through "
					   "lately; look at 'bulwarkctl simulate', then say --yes");

	(void)fputs("Apply it?  Type 'yes': ", stderr);
	if (fgets(line, sizeof(line), stdin) && !strcmp(line, "yes\n"))
		return BW_EXIT_OK;

	return bw_print_error(ctl, "nothing applied");
}

int bw_enforcing_ask(const struct bw_ctl *ctl)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics mistakes = { 0 };
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	_cleanup_(json_decrefp) json_t *status = NULL;
	size_t refused = 0;
	int code = BW_EXIT_OK;

	/* What is wrong with either the daemon says better. */
	if (ctl->yes || bw_client_ask(ctl, "status", BW_ASK_TIMEOUT_MS, &status) ||
	    bw_policies_load(ctl->policy, NULL, &mistakes, &policies))
		return BW_EXIT_OK;

	for (size_t i = 0; i < policies->len && !code; i++)
		if (policies->items[i]->mode == BW_MODE_ENFORCE &&
		    lets_through(status, policies->items[i]->set))
			code = set_look(ctl, policies->items[i], &refused);

	return code || !refused ? code : person_ask(ctl);
}
