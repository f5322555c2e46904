// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - fuzzes the policy parser: any bytes give diagnostics or a policy
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void diagnostics_require(const struct bw_diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->len; i++) {
		char *line = bw_diagnostic_format(&diagnostics->items[i]);

		require(line && !strpbrk(line, "\n\r\t\x1b"));
		free(line);
	}
}

static void grants_require(const struct bw_policy_grant *grants, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		require(grants[i].name && grants[i].exe && grants[i].user && grants[i].unit);
		require(strlen(grants[i].unit) < BW_UNIT_SIZE);
	}
}

static void policy_require(const struct bw_policy *policy)
{
	require(policy->set && strlen(policy->set) < BW_SET_NAME_SIZE);
	require(policy->version > 0 && policy->severity >= 1 && policy->severity <= 10);
	require(policy->mode == BW_MODE_MONITOR || policy->mode == BW_MODE_ENFORCE ||
		policy->mode == BW_MODE_LEARN);
	require((policy->mode == BW_MODE_LEARN) == (policy->learn_until > 0));
	require(policy->protect_len > 0 || policy->devices);
	for (size_t i = 0; i < policy->protect_len; i++)
		require(policy->protect[i].path[0] == '/' && policy->protect[i].path[1]);

	grants_require(policy->grants, policy->grants_len);
	grants_require(policy->tracers, policy->tracers_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bw_diagnostics diagnostics = { 0 };
	struct bw_policy *policy = NULL;
	int err = bw_policy_parse("x", (const char *)data, size, &diagnostics, &policy);

	require(!err == !!policy && !err == !diagnostics.errors);
	diagnostics_require(&diagnostics);
	if (policy)
		policy_require(policy);

	bw_policy_free(policy);
	bw_diagnostics_done(&diagnostics);
	return 0;
}
