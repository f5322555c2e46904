// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: what sets have learnt
 */
#include <errno.h>

#include "enforcer_internal.h"

int bw_enforcer_learn(struct bw_enforcer *enforcer, __u32 set)
{
	int learnts = bpf_map__fd(enforcer->bpf->maps.learnts);
	const struct bw_learnt_key rest = { .set = (__u16)set };
	const struct bw_learnt none = { 0 };
	int err = bpf_map_update_elem(learnts, &rest, &none, BPF_NOEXIST);

	return err == -EEXIST ? 0 : err;
}

int bw_enforcer_learnt(const struct bw_enforcer *enforcer, bw_learnt_each each, void *context)
{
	int learnts = bpf_map__fd(enforcer->bpf->maps.learnts);
	struct bw_learnt_key *previous = NULL;
	struct bw_learnt_key key;
	struct bw_learnt learnt;
	int err = 0;

	while (!err && bpf_map_get_next_key(learnts, previous, &key) == 0) {
		previous = &key;
		if (bpf_map_lookup_elem_flags(learnts, &key, &learnt, BPF_F_LOCK) == 0)
			err = each(context, &key, &learnt);
	}
	return err;
}

void bw_enforcer_learnt_forget(struct bw_enforcer *enforcer, __u32 set)
{
	int learnts = bpf_map__fd(enforcer->bpf->maps.learnts);
	struct bw_learnt_key key, next;
	int err = bpf_map_get_next_key(learnts, NULL, &key);

	while (!err) {
		/* Asked for while the one before is still there: else all begins again. */
		err = bpf_map_get_next_key(learnts, &key, &next);
		if (key.set == set)
			(void)bpf_map_delete_elem(learnts, &key);
		key = next;
	}
}
