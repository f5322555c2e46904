// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl facts: what policies name on this host, for where they are checked
 */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "facts.h"
#include "print.h"

static int facts_take(const char *path, struct bw_diagnostics *diagnostics, json_t **ret_facts)
{
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	int err = bw_policies_load(path, NULL, diagnostics, &policies);

	return err ? err : bw_facts_take(policies, diagnostics, ret_facts);
}

int bw_cmd_facts(const struct bw_ctl *ctl)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics diagnostics = { 0 };
	const char *path = ctl->args_len > 0 ? ctl->args[0] : BW_POLICY_DIR;
	_cleanup_(freep) char *first = NULL;
	json_t *facts;
	int err;

	/* What others don't see would be told as missing. */
	if (geteuid() != 0)
		return bw_print_error(ctl, "only root sees all files that policies name: use sudo");

	err = facts_take(path, &diagnostics, &facts);
	if (!err) {
		bw_print_json(stdout, facts);
		return BW_EXIT_OK;
	}

	first = bw_diagnostics_first_error(&diagnostics);
	return bw_print_error(ctl, "cannot take the facts that '%s' asks for: %s", path,
			      first ? first : strerror(-err));
}
