// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: versions of what is in executables
 */
#include <errno.h>
#include <time.h>

#include "enforcer_internal.h"

#define SECOND_NS 1000000000ULL

/* Higher than any that a file of this key had before: they go up by one for each change. */
static __u64 version_first(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (__u64)now.tv_sec * SECOND_NS + (__u64)now.tv_nsec;
}

/*
 * Files stay in the map until the host starts anew: a process that goes on running would
 * otherwise have been started from a version that nobody knows any more.
 */
int bw_enforcer_version(void *context, const struct bw_file_key *file, uint64_t *ret_version)
{
	const struct bw_enforcer *enforcer = context;
	int contents = bpf_map__fd(enforcer->bpf->maps.contents);
	__u64 version = version_first();
	int err;

	err = bpf_map_update_elem(contents, file, &version, BPF_NOEXIST);
	if (err && err != -EEXIST)
		return err;

	err = bpf_map_lookup_elem(contents, file, &version);
	if (err)
		return err;

	*ret_version = version;
	return 0;
}
