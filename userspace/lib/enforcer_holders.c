// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: who has protected files open or mapped
 */
#include "enforcer_internal.h"

struct listener {
	int (*each)(void *context, const struct bw_holder *holder);
	void *context;
};

static int tell(void *context, const void *record)
{
	const struct listener *listener = context;

	return listener->each(listener->context, record);
}

int bw_enforcer_holders(struct bw_enforcer *enforcer,
			int (*each)(void *context, const struct bw_holder *holder), void *context)
{
	struct listener listener = { .each = each, .context = context };
	int err;

	err = enforcer_iterate(enforcer->bpf->progs.bw_holders_open, sizeof(struct bw_holder), tell,
			       &listener);
	if (err)
		return err;

	return enforcer_iterate(enforcer->bpf->progs.bw_holders_mapped, sizeof(struct bw_holder),
				tell, &listener);
}
