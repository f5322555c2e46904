/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the enforcer's own files share
 */
#ifndef BULWARK_ENFORCER_INTERNAL_H
#define BULWARK_ENFORCER_INTERNAL_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "cleanup.h"
#include "enforcer.h"
#include "keeper_client.h"

/* Speaks of types in the headers above without including them. */
#include "bulwark.skel.h"

/**
 * struct bw_enforcer - The programs, their maps and links, as this process has
 * them
 *
 * @keeper: Descriptor of /dev/bulwark; borrowed.
 * @bpf: Skeleton.
 * @state: The map `state`, shared with the programs; NULL before load.
 * @links: Of the programs attached so far.
 * @link_names: Of those programs.
 * @links_len: Entries of @links and @link_names.
 * @release: Whose programs these are.
 * @sealed: The host is.
 * @programs_stay: No program is attached or let go: the earlier daemon's stay.
 * @took_over: The maps are those of an earlier daemon.
 * @generation: Of the policy in force, 0 for none.
 * @canary: Path of the decoy.
 * @canary_key: The decoy as the hooks see it.
 * @own_key: This process's executable, likewise.
 * @reader_key: The one that the decoy is granted to, likewise; all zero for none.
 * @reader_uid: In whose processes.
 * @set_names: Copy of the map.
 */
struct bw_enforcer {
	int keeper;
	struct bulwark_bpf *bpf;
	struct bw_state *state;
	struct bpf_link *links[BW_KEEP_LINKS_MAX];
	const char *link_names[BW_KEEP_LINKS_MAX];
	unsigned int links_len;
	const char *release;
	bool sealed;
	bool programs_stay;
	bool took_over;
	__u32 generation;
	char *canary;
	struct bw_file_key canary_key;
	struct bw_file_key own_key;
	struct bw_file_key reader_key;
	__u32 reader_uid;
	struct bw_set_name set_names[BW_SETS_MAX + 1];
};

/* `state`, shared with the programs. */
static inline struct bw_state *enforcer_state(const struct bw_enforcer *enforcer)
{
	return enforcer->state;
}

/* Does the running kernel have this LSM hook, for BPF programs? */
bool enforcer_has_hook(const char *hook);

/* How many arguments the hook has there; 0 if it isn't there. */
unsigned int enforcer_hook_arguments(const char *hook);

/* What the keeper calls a map: libbpf's name of a global is its section's. */
#define ENFORCER_STATE "state"
const char *enforcer_map_name(const struct bpf_map *map);

/* Does the map hold more than a cache or a constant? */
bool enforcer_map_is_kept(const struct bpf_map *map);

/*
 * Reuses the maps that the keeper holds, before load.  Returns 0 (taken over, or
 * there was nothing: see @took_over), -EPROTO (not all fit), or another -errno.
 */
int enforcer_take_over(struct bw_enforcer *enforcer);

/* `state` as the keeper holds it: 0, -EPROTO (none, or of another size), or another -errno. */
int enforcer_kept_state(const struct bw_kept_list *list, struct bw_state *ret_state);

/* Is it one of the programs that the keeper is to hold, or does it answer questions? */
bool enforcer_program_is_attached(const struct bpf_program *program);

/*
 * Are all programs in force, and are they those that this object would attach?  False
 * also if that can't be told: replacing programs by the same ones is safe.
 */
bool enforcer_build_is_in_force(const struct bw_enforcer *enforcer);

/* Before other programs are attached, and once the keeper has them.  Return 0. */
int enforcer_build_forget(struct bw_enforcer *enforcer);
int enforcer_build_name(struct bw_enforcer *enforcer);

/* The policy in force: a descriptor, -ENOENT for none, or another -errno. */
int enforcer_policy_in_force(const struct bw_enforcer *enforcer);

/*
 * Sees to it that some policy is in force and protects the decoy: that of an
 * earlier daemon, or else an empty one.
 */
int enforcer_policy_ensure(struct bw_enforcer *enforcer);

/* To whom the decoy is granted: one that isn't there is granted nothing. */
void enforcer_reader_identify(struct bw_enforcer *enforcer,
			      const struct bw_enforcer_options *options);

/* What the enforcer adds to each policy; META comes on top. */
#define ENFORCER_OWN_ENTRIES 7

/* Puts that into a policy; is all of it there; is this a part of it? */
int enforcer_own_put(const struct bw_enforcer *enforcer, int policy);
bool enforcer_own_is_in(const struct bw_enforcer *enforcer, int policy);
bool enforcer_own_is(const struct bw_enforcer *enforcer, const struct bw_rule_key *key,
		     const struct bw_rule *rule);

/* Before a set's number goes to another set: what it held is none of that one's. */
void enforcer_carried_forget(struct bw_enforcer *enforcer, __u32 set);

/* Its own maps, programs and links, for the programs to guard.  0 or -errno. */
int enforcer_guard_objects(struct bw_enforcer *enforcer);

/* A policy's map, before it is in force, and the id of one that was. */
int enforcer_guard_policy(const struct bw_enforcer *enforcer, int policy);
void enforcer_guard_forget_policy(const struct bw_enforcer *enforcer, __u32 id);

/* Runs an iterator and feeds its output, in pieces of @size, to @each. */
int enforcer_iterate(const struct bpf_program *program, size_t size,
		     int (*each)(void *context, const void *record), void *context);

#endif
