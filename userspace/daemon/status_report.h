/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - is this host protected, and if not, why (INV-10)
 */
#ifndef BULWARK_STATUS_REPORT_H
#define BULWARK_STATUS_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include <bulwark/control.h>

#include "canary.h"
#include "logger_process.h"
#include "policy_state.h"

/* In the order of how bad they are. */
enum bw_level {
	BW_LEVEL_PROTECTED = 1,
	BW_LEVEL_DEGRADED = 2,
	BW_LEVEL_NOT_PROTECTED = 3,
};

const char *bw_level_name(enum bw_level level);

/**
 * struct bw_facts - What the judgement rests on
 *
 * @off: bulwark=off stands on the kernel's command line.
 * @keeper_known: @keeper is what the module said just now.
 * @logger_well: It runs and tells of itself.
 * @logger_err: Why it can't write its log; 0 when it can.
 * @policy_rejected: The files, as loaded last, have errors.
 * @policy_held_back: They differ from what is in force, and the host is sealed.
 * @policies: Number of sets in force, as far as they are known.
 * @enforces: One of them refuses.
 * @files_differ: They have been changed since.
 * @learns: A set learns...
 * @learnt: ...or was to, and its time is over.
 * @glass_broken: Officers have opened something that hasn't ended.
 */
struct bw_facts {
	bool off;
	enum bw_canary canary;
	bool keeper_known;
	struct bw_control_info keeper;
	bool logger_well;
	int logger_err;
	bool policy_rejected;
	bool policy_held_back;
	size_t policies;
	bool enforces;
	bool files_differ;
	bool learns;
	bool learnt;
	bool glass_broken;
};

/**
 * struct bw_problem - One thing that keeps the host from being protected
 *
 * @level: How bad it is; BW_LEVEL_PROTECTED: only worth knowing.
 * @applies: Is it so?
 * @text: What it is.
 * @hint: What to do.
 */
struct bw_problem {
	enum bw_level level;
	bool (*applies)(const struct bw_facts *facts);
	const char *text;
	const char *hint;
};

/* The next problem after @previous (NULL: the first, worst ones first), or NULL. */
const struct bw_problem *bw_problem_next(const struct bw_facts *facts,
					 const struct bw_problem *previous);

enum bw_level bw_level_for(const struct bw_facts *facts);

/**
 * struct bw_status_sources - What a report is made of
 *
 * @enforcer: NULL when nothing could be armed.
 * @since_ns: CLOCK_REALTIME of the engine's start.
 */
struct bw_status_sources {
	const struct bw_facts *facts;
	const struct bw_enforcer *enforcer;
	const struct bw_policy_state *policy;
	const struct bw_logger_process *logger;
	int64_t since_ns;
};

/* The answer to "status"; a new reference, NULL without memory. */
json_t *bw_status_report(const struct bw_status_sources *sources);

#endif
