// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: what was carried out of a set or into it
 */
#include "enforcer_internal.h"

/* The kernel forgets entries as well, when their inodes go: whoever deletes one counts it. */
static void entry_forget(struct bw_enforcer *enforcer, int carried, const struct bw_file_key *file,
			 __u32 set)
{
	__u32 found = 0;

	if (bpf_map_lookup_elem(carried, file, &found) || found != set)
		return;

	if (bpf_map_delete_elem(carried, file) == 0)
		__atomic_fetch_sub(&enforcer_state(enforcer)->carried, 1, __ATOMIC_SEQ_CST);
}

void enforcer_carried_forget(struct bw_enforcer *enforcer, __u32 set)
{
	int carried = bpf_map__fd(enforcer->bpf->maps.carried);
	struct bw_file_key file, next;
	int err = bpf_map_get_next_key(carried, NULL, &file);

	while (!err) {
		/* Asked for while the one before is still there: else all begins again. */
		err = bpf_map_get_next_key(carried, &file, &next);
		entry_forget(enforcer, carried, &file, set);
		file = next;
	}
}
