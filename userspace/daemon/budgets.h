/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the answer to "budgets": what was read of how much, by whom
 */
#ifndef BULWARK_BUDGETS_H
#define BULWARK_BUDGETS_H

#include <jansson.h>

#include "enforcer.h"
#include "policy.h"

/* So many can be open at one time. */
#define BW_GLASS_OPEN_MAX 16

/**
 * struct bw_glass_open - One grant by officers' leave that hasn't ended
 *
 * @set: Of which set it is.
 * @exe: For which executable.
 * @grant: All else.
 */
struct bw_glass_open {
	char set[BW_SET_NAME_SIZE];
	struct bw_file_key exe;
	struct bw_grant grant;
};

/**
 * struct bw_budgets_sources - Where the answer comes from
 *
 * @policies: In force; NULL: not known, and then nothing can be told but of @glass.
 * @glass: What officers have opened: told of even if nothing was read by it.
 * @glass_len: Entries of @glass, BW_GLASS_OPEN_MAX at most.
 * @now_ns: CLOCK_BOOTTIME.
 */
struct bw_budgets_sources {
	const struct bw_enforcer *enforcer;
	const struct bw_policies *policies;
	const struct bw_glass_open *glass;
	size_t glass_len;
	uint64_t now_ns;
};

json_t *bw_budgets_report(const struct bw_budgets_sources *sources);

/* What counts against it. */
struct bw_budget_use bw_glass_use(const struct bw_enforcer *enforcer,
				  const struct bw_glass_open *open);

/* One of the answer's budgets. */
json_t *bw_glass_json(const struct bw_glass_open *open, const struct bw_budget_use *use,
		      uint64_t now_ns);

#endif
