// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what a policy would have said to those of whom a set has learnt
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "learnt.h"
#include "lesson_judge.h"
#include "simulate.h"
#include "verdict.h"

void bw_simulation_done(struct bw_simulation *simulation)
{
	free(simulation->items);
	free(simulation->budgets);
	*simulation = (struct bw_simulation){ 0 };
}

/* --- Hours ----------------------------------------------------------------------- */

/* Does it hold at the first and at the last moment of a half hour, as far as it was accessed? */
static bool hours_cover(const struct bw_hours *hours, const struct bw_lesson *lesson, uint64_t from)
{
	uint64_t to = from + BW_LEARNT_SLOT_S - 1;

	from = from > lesson->first ? from : lesson->first;
	to = to < lesson->last ? to : lesson->last;
	return to < from || (hours_hold(hours, from) && hours_hold(hours, to));
}

/* In the first week and in the last one: clocks may have been turned between. */
static bool slot_is_covered(const struct bw_hours *hours, const struct bw_lesson *lesson,
			    unsigned int slot)
{
	uint64_t first = lesson->first - lesson->first % BW_LEARNT_SLOT_S;
	uint64_t last = lesson->last - lesson->last % BW_LEARNT_SLOT_S;
	unsigned int after = (slot + BW_LEARNT_SLOTS - learnt_slot(first)) % BW_LEARNT_SLOTS;
	unsigned int before = (learnt_slot(last) + BW_LEARNT_SLOTS - slot) % BW_LEARNT_SLOTS;

	return hours_cover(hours, lesson, first + (uint64_t)after * BW_LEARNT_SLOT_S) &&
	       hours_cover(hours, lesson, last - (uint64_t)before * BW_LEARNT_SLOT_S);
}

/* Takes those half hours out of @open in which the grant holds.  Are there any left? */
static bool slots_cover(const struct bw_policy_grant *grant, const struct bw_lesson *lesson,
			uint64_t open[BW_LEARNT_WORDS])
{
	struct bw_hours hours = { 0 };
	bool left = false;

	/* Of a zone that this host doesn't know no hour is right. */
	if (grant->hours.len)
		(void)bw_hours_compile(&grant->hours, (time_t)lesson->last, &hours);

	for (unsigned int slot = 0; slot < BW_LEARNT_SLOTS; slot++) {
		uint64_t bit = 1ULL << slot % 64;

		if (!(open[slot / 64] & bit))
			continue;

		if (!grant->hours.len || slot_is_covered(&hours, lesson, slot))
			open[slot / 64] &= ~bit;
		else
			left = true;
	}
	return left;
}

/* --- Grants ---------------------------------------------------------------------- */

static void grant_consider(struct bw_simulated *simulated, const struct bw_policy_grant *grant,
			   enum bw_reason reason)
{
	if (reason == BW_REASON_NO_GRANT ||
	    (simulated->grant && reason_rank(reason) <= reason_rank(simulated->reason)))
		return;

	simulated->grant = grant;
	simulated->reason = reason;
}

/* Not in a user namespace of his own, where one is as many users as he likes. */
static void others_ask(const struct bw_policy *policy, struct bw_simulated *simulated)
{
	if (policy->others.per == BW_BUDGET_NONE || simulated->lesson->traces ||
	    simulated->lesson->subject_flags & BW_SUBJECT_USER_NS)
		return;

	simulated->reason = BW_REASON_GRANTED;
	simulated->budget = &policy->others;
}

/* All grants, or tracers, together must hold in each half hour in which something was accessed. */
static struct bw_simulated lesson_judge(const struct bw_policy *policy,
					const struct bw_lesson *lesson)
{
	struct bw_simulated simulated = { .lesson = lesson, .reason = BW_REASON_NO_GRANT };
	struct bw_lesson_ids ids;
	struct bw_question question = bw_lesson_question(lesson, &ids);
	const struct bw_policy_grant *grants = lesson->traces ? policy->tracers : policy->grants;
	size_t grants_len = lesson->traces ? policy->tracers_len : policy->grants_len;
	uint64_t open[BW_LEARNT_WORDS];
	bool left = true;

	if (lesson->rest || !(lesson->subject_flags & BW_SUBJECT_KNOWN)) {
		simulated.reason = lesson->rest ? BW_REASON_NO_MEMORY : BW_REASON_NO_IDENTITY;
		return simulated;
	}

	memcpy(open, lesson->slots, sizeof(open));
	for (size_t i = 0; i < grants_len && left; i++) {
		const struct bw_policy_grant *grant = &grants[i];
		enum bw_reason reason = bw_explain_grant(grant, &question);

		if (reason == BW_REASON_GRANTED) {
			left = slots_cover(grant, lesson, open);
			reason = left ? BW_REASON_WRONG_HOURS : BW_REASON_GRANTED;
		}
		grant_consider(&simulated, grant, reason);
	}

	if (simulated.reason != BW_REASON_GRANTED)
		others_ask(policy, &simulated);
	else if (simulated.grant && simulated.grant->budget.per != BW_BUDGET_NONE)
		simulated.budget = &simulated.grant->budget;
	return simulated;
}

/* --- Budgets --------------------------------------------------------------------- */

static void who_fill(const struct bw_simulated *simulated, char who[BW_UNIT_SIZE])
{
	const struct bw_lesson *lesson = simulated->lesson;

	switch (simulated->budget->per) {
	case BW_BUDGET_USER:
		(void)snprintf(who, BW_UNIT_SIZE, "%s", lesson->user);
		break;
	case BW_BUDGET_UNIT:
		(void)snprintf(who, BW_UNIT_SIZE, "%s", lesson->unit);
		break;
	default:
		/* Of processes and sessions it isn't known which there were: as if all were one. */
		(void)snprintf(who, BW_UNIT_SIZE, "all");
	}
}

static struct bw_simulated_budget *budget_find(const struct bw_simulation *simulation,
					       const struct bw_simulated *simulated)
{
	char who[BW_UNIT_SIZE];

	who_fill(simulated, who);
	for (size_t i = 0; i < simulation->budgets_len; i++)
		if (simulation->budgets[i].limits == simulated->budget &&
		    strcmp(simulation->budgets[i].who, who) == 0)
			return &simulation->budgets[i];
	return NULL;
}

/* In a longer window as much may have been read in each day. */
static uint64_t windows(const struct bw_budget *budget)
{
	return (budget->every_ns + BW_LEARNT_EVERY_NS - 1) / BW_LEARNT_EVERY_NS;
}

static void budget_use(struct bw_simulation *simulation, const struct bw_simulated *simulated)
{
	struct bw_simulated_budget *budget = budget_find(simulation, simulated);
	uint64_t times = windows(simulated->budget);

	if (!budget) {
		budget = &simulation->budgets[simulation->budgets_len++];
		budget->limits = simulated->budget;
		budget->name = bw_simulated_is_other(simulated) ? "others" : simulated->grant->name;
		who_fill(simulated, budget->who);
	}
	budget->bytes += simulated->lesson->most_bytes * times;
	budget->files += simulated->lesson->most_files * times;
}

enum bw_reason bw_simulated_budget_judge(const struct bw_simulated_budget *budget)
{
	const struct bw_budget *limits = budget->limits;

	if (budget->bytes > limits->bytes)
		return BW_REASON_BUDGET_BYTES;

	return limits->files != BW_BUDGET_NO_FILES && budget->files > limits->files
		       ? BW_REASON_BUDGET_FILES
		       : BW_REASON_GRANTED;
}

static void budgets_judge(struct bw_simulation *simulation)
{
	for (size_t i = 0; i < simulation->len; i++)
		if (simulation->items[i].budget)
			budget_use(simulation, &simulation->items[i]);

	for (size_t i = 0; i < simulation->len; i++) {
		struct bw_simulated *simulated = &simulation->items[i];

		if (simulated->budget)
			simulated->reason =
				bw_simulated_budget_judge(budget_find(simulation, simulated));
		simulation->refused += simulated->reason != BW_REASON_GRANTED;
	}
}

/* --- All ------------------------------------------------------------------------- */

int bw_simulate(const struct bw_policy *policy, const struct bw_lessons *lessons, uint64_t since,
		struct bw_simulation *ret_simulation)
{
	struct bw_simulation simulation = {
		.items = calloc(lessons->len + 1, sizeof(*simulation.items)),
		.budgets = calloc(lessons->len + 1, sizeof(*simulation.budgets)),
	};

	if (!simulation.items || !simulation.budgets) {
		bw_simulation_done(&simulation);
		return -ENOMEM;
	}

	for (size_t i = 0; i < lessons->len; i++)
		if (lessons->items[i].last >= since)
			simulation.items[simulation.len++] =
				lesson_judge(policy, &lessons->items[i]);
	budgets_judge(&simulation);
	*ret_simulation = simulation;
	return 0;
}
