// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - is this host protected, and if not, why
 */
#include "cleanup.h"
#include "status_report.h"

const char *bw_level_name(enum bw_level level)
{
	switch (level) {
	case BW_LEVEL_PROTECTED:
		return "protected";
	case BW_LEVEL_DEGRADED:
		return "degraded";
	default:
		/* Fails closed: what isn't known to be good is bad. */
		return "not-protected";
	}
}

static bool is_off(const struct bw_facts *facts)
{
	return facts->off;
}

static bool has_leaked(const struct bw_facts *facts)
{
	return !facts->off && facts->canary == BW_CANARY_LEAKED;
}

static bool holds_nothing(const struct bw_facts *facts)
{
	return !facts->off && facts->keeper_known && facts->keeper.links == 0;
}

static bool has_no_keeper(const struct bw_facts *facts)
{
	return !facts->keeper_known;
}

static bool is_untried(const struct bw_facts *facts)
{
	return !facts->off && facts->canary != BW_CANARY_LEAKED &&
	       facts->canary != BW_CANARY_REFUSED;
}

static bool is_not_permanent(const struct bw_facts *facts)
{
	return facts->keeper_known && !(facts->keeper.flags & BW_INFO_PERMANENT);
}

static bool logs_nothing(const struct bw_facts *facts)
{
	return !facts->off && !facts->logger_well;
}

static bool cannot_write(const struct bw_facts *facts)
{
	return facts->logger_well && facts->logger_err;
}

static bool is_rejected(const struct bw_facts *facts)
{
	return facts->policy_rejected;
}

static bool is_held_back(const struct bw_facts *facts)
{
	return facts->policy_held_back;
}

static bool has_no_policy(const struct bw_facts *facts)
{
	return !facts->off && !facts->policy_rejected && !facts->policy_held_back &&
	       facts->policies == 0;
}

static bool only_monitors(const struct bw_facts *facts)
{
	return !facts->off && facts->policies > 0 && !facts->enforces;
}

static bool differs(const struct bw_facts *facts)
{
	return facts->files_differ && !facts->policy_rejected && !facts->policy_held_back;
}

static bool learns(const struct bw_facts *facts)
{
	return facts->learns;
}

static bool has_learnt(const struct bw_facts *facts)
{
	return facts->learnt;
}

static bool has_broken_glass(const struct bw_facts *facts)
{
	return facts->glass_broken;
}

static const struct bw_problem problems[] = {
	{ BW_LEVEL_NOT_PROTECTED, is_off, "'bulwark=off' stands on the kernel's command line",
	  "remove it from the boot loader's configuration and reboot" },
	{ BW_LEVEL_NOT_PROTECTED, has_leaked,
	  "the engine could read its own decoy: nothing is refused on this host",
	  "run 'systemctl restart bulwarkd', then 'bulwarkctl doctor' if this stays" },
	{ BW_LEVEL_NOT_PROTECTED, holds_nothing, "the module holds no programs any more",
	  "run 'systemctl restart bulwarkd'" },
	{ BW_LEVEL_DEGRADED, has_no_keeper, "the module does not answer",
	  "run 'bulwarkctl doctor', then 'systemctl restart bulwarkd'" },
	{ BW_LEVEL_DEGRADED, is_untried, "the decoy could not be tried",
	  "run 'systemctl restart bulwarkd', which makes a new one" },
	{ BW_LEVEL_DEGRADED, is_not_permanent,
	  "kernel.ftrace_enabled can be turned off, which silences all programs",
	  "run 'sysctl kernel.ftrace_enabled=1', then load the module again or reboot" },
	{ BW_LEVEL_DEGRADED, logs_nothing, "the logger does not run: refusals wait in the kernel",
	  "run 'journalctl -u bulwarkd' to see why it ended" },
	{ BW_LEVEL_DEGRADED, cannot_write, "the logger cannot write its log",
	  "look at free space, owner and mode of the log's directory" },
	{ BW_LEVEL_DEGRADED, is_rejected,
	  "the policy files have errors; what was in force before stays",
	  "run 'bulwarkctl check' on the policy files, correct them, then 'bulwarkctl apply'" },
	{ BW_LEVEL_DEGRADED, is_held_back,
	  "the seal held the policy files back: what is in force differs from them",
	  "put the files back, or unseal the host; then run 'bulwarkctl apply'" },
	{ BW_LEVEL_DEGRADED, has_no_policy, "there is no policy: nothing is protected yet",
	  "copy a set from /usr/share/bulwark/policies, then run 'bulwarkctl apply'" },
	{ BW_LEVEL_DEGRADED, has_learnt,
	  "the time to learn is over for a set: it only monitors now",
	  "run 'bulwarkctl suggest', then write 'mode: enforce' or a later 'learn-until'" },
	{ BW_LEVEL_DEGRADED, only_monitors, "no set enforces: refusals are only recorded",
	  "set 'mode: enforce' once the log shows no refusal that should not be" },
	{ BW_LEVEL_PROTECTED, learns, "a set learns: nobody is refused there",
	  "run 'bulwarkctl suggest' once it has seen all that should go on" },
	{ BW_LEVEL_PROTECTED, differs, "the policy files were changed after they were applied",
	  "run 'bulwarkctl apply' to put them in force" },
	{ BW_LEVEL_PROTECTED, has_broken_glass,
	  "officers have broken the glass: more may be read than the policy says",
	  "run 'bulwarkctl events' to see what, by whom and why; it ends by itself" },
};

const struct bw_problem *bw_problem_next(const struct bw_facts *facts,
					 const struct bw_problem *previous)
{
	const struct bw_problem *problem = previous ? previous + 1 : problems;

	for (; problem < problems + ARRAY_LEN(problems); problem++) {
		if (problem->applies(facts))
			return problem;
	}
	return NULL;
}

enum bw_level bw_level_for(const struct bw_facts *facts)
{
	const struct bw_problem *worst = bw_problem_next(facts, NULL);

	return worst ? worst->level : BW_LEVEL_PROTECTED;
}
