/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - owns the BPF programs: load, take over, arm, apply
 *
 * The only part of userspace that knows libbpf and the skeleton.
 */
#ifndef BULWARK_ENFORCER_H
#define BULWARK_ENFORCER_H

#include <stdbool.h>

#include <bulwark/event.h>
#include <bulwark/maps.h>

#include "resolve.h"

struct bw_enforcer;

/**
 * struct bw_enforcer_options - How to arm
 *
 * @keeper: Descriptor of /dev/bulwark; borrowed.
 * @canary: Path of the decoy: an existing regular file that only root can
 *	write.  Protected from everybody, the caller included, but the reader.
 * @reader: Executable to which the decoy is granted; NULL, or one that isn't there, for
 *	none.
 * @reader_uid: In whose processes.
 * @release: Of whom the programs are; those of another release are replaced even if they
 *	are the same.
 * @log: Called with libbpf's complaints while loading; may be NULL.
 */
struct bw_enforcer_options {
	int keeper;
	const char *canary;
	const char *reader;
	__u32 reader_uid;
	const char *release;
	void (*log)(const char *line);
};

/*
 * On a sealed host the programs in force stay the earlier daemon's, and only its maps
 * are taken over.  Likewise if they are the same and of the same release.  Otherwise:
 *
 * Arms, all or nothing (design 6.2): open, take over the maps that the keeper
 * holds if it does, load, fill, check the ABI, attach identity hooks,
 * sweep running processes, attach the rest, hand everything to the keeper,
 * prove it with the canary.  An enforcement already in force stays in force
 * throughout, and on any error.
 *
 * Returns 0, -EPERM, -ENODEV (BPF LSM not active), -EOPNOTSUPP (bulwark=off),
 * -EPROTO (in force is what another release made, and it can't be taken over),
 * -EKEYREJECTED (attached, but the canary could be read: nothing is enforced),
 * or another -errno; @ret_step names the step that failed.
 */
int bw_enforcer_arm(const struct bw_enforcer_options *options, struct bw_enforcer **ret_enforcer,
		    const char **ret_step);

/* Closes this process's descriptors; what the keeper holds stays in force. */
void bw_enforcer_free(struct bw_enforcer *enforcer);

static inline void bw_enforcer_freep(struct bw_enforcer **enforcer)
{
	bw_enforcer_free(*enforcer);
}

/* True if maps of an earlier daemon were taken over. */
bool bw_enforcer_took_over(const struct bw_enforcer *enforcer);

/* True if the programs in force are an earlier daemon's. */
bool bw_enforcer_programs_stayed(const struct bw_enforcer *enforcer);

/*
 * Puts a policy in force as one new generation (INV-4).  On error the one in
 * force stays.  Returns 0 or -errno.
 */
int bw_enforcer_apply(struct bw_enforcer *enforcer, const struct bw_rules *rules,
		      __u32 *ret_generation);

/*
 * What is in force, an earlier daemon's policy too: @items without the decoy's,
 * @set_names, @filesystems and @digest, which is all that bw_rules_tighten() and
 * bw_rules_keep() ask for.  Returns 0 or -errno.
 */
int bw_enforcer_rules(const struct bw_enforcer *enforcer, struct bw_rules **ret_rules);

/*
 * Tells the programs which files and directories are Bulwark's own (INV-8): @paths, of
 * which some may be missing.  Once the host is sealed they stay what they are.
 * Returns 0 or -errno: not all can be guarded.
 */
int bw_enforcer_guard(struct bw_enforcer *enforcer, const char *const *paths, size_t len);

/*
 * Which version of its content a file has: another one from now on whenever somebody may begin
 * to change it.  For struct bw_identifier, with the enforcer for @versions.
 *
 * Returns 0, -E2BIG (no room for one more file), or another -errno.
 */
int bw_enforcer_version(void *enforcer, const struct bw_file_key *file, uint64_t *ret_version);

/* Generation in force; 0 before the first apply. */
__u32 bw_enforcer_generation(const struct bw_enforcer *enforcer);

/* Names of sets by number, kept over restarts. */
const struct bw_set_name *bw_enforcer_set_names(const struct bw_enforcer *enforcer);

/* A consistent enough copy of the counters. */
struct bw_state bw_enforcer_state(const struct bw_enforcer *enforcer);

/*
 * Proves enforcement: opens the decoy.  Returns 0 when refused, -EKEYREJECTED
 * when it could be read, or another -errno when it couldn't be tried.
 */
int bw_enforcer_prove(const struct bw_enforcer *enforcer);

/*
 * Calls @each for whoever holds a protected file open or mapped.  Returns 0, or
 * what @each returned if not 0, or -errno.
 */
int bw_enforcer_holders(struct bw_enforcer *enforcer,
			int (*each)(void *context, const struct bw_holder *holder), void *context);

/*
 * Requests to break the glass, by SHA-256 of their texts; @now_ns: CLOCK_BOOTTIME.  One that
 * was used, or is older than BW_GLASS_AGE_NS, is remembered until its room is needed; with
 * @oldest_goes any other as well: what is forgotten can't be used.
 *
 * Return 0, -ENOSPC (too many are waiting), -ENOENT (none such), -EALREADY (used), -ETIME (too
 * old), or another -errno.
 */
int bw_enforcer_request_add(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE],
			    uint64_t now_ns, bool oldest_goes);
int bw_enforcer_request_use(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE],
			    uint64_t now_ns);
/* Nothing has come of it: it can be used again. */
void bw_enforcer_request_undo(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE]);

/*
 * INV-8: remembers who the officers are, before the host is sealed; and are they these?  Fails
 * closed: where nobody remembered any, they aren't.
 */
int bw_enforcer_officers_note(struct bw_enforcer *enforcer, const uint8_t digest[BW_DIGEST_SIZE]);
bool bw_enforcer_officers_are(const struct bw_enforcer *enforcer,
			      const uint8_t digest[BW_DIGEST_SIZE]);

/**
 * struct bw_budget_use - What counts against one budget of one subject, now
 *
 * @key: Whose, and of which budget.
 * @bytes: In the window that ends now.
 * @files: Likewise.
 * @distinct: Distinct bytes; counted for a coverage alone.
 * @distinct_max: At most, as of the last charge; 0 without a coverage.
 * @back_ns: In so many nanoseconds the oldest of it doesn't count any more...
 * @back_bytes: ...which are so many bytes...
 * @back_files: ...and so many files, unless they are read again...
 * @back_distinct: ...and so many distinct bytes, likewise.
 * @warned: The share that the budget warns of was told in a window that isn't over.
 */
struct bw_budget_use {
	struct bw_usage_key key;
	uint64_t bytes;
	uint64_t files;
	uint64_t distinct;
	uint64_t distinct_max;
	uint64_t back_ns;
	uint64_t back_bytes;
	uint64_t back_files;
	uint64_t back_distinct;
	bool warned;
};

/* All of @ret_use but its key, which stays, at the time @now of CLOCK_MONOTONIC. */
void bw_budget_use_fill(const struct bw_usage *usage, uint64_t now, struct bw_budget_use *ret_use);

/*
 * Calls @each for whatever counts against a budget.  Returns 0, or what @each returned if
 * not 0, or -errno.
 */
int bw_enforcer_budgets(const struct bw_enforcer *enforcer,
			int (*each)(void *context, const struct bw_budget_use *use), void *context);

/* Makes room for those of a set that learns for whom there will be none.  0 or -errno. */
int bw_enforcer_learn(struct bw_enforcer *enforcer, __u32 set);

typedef int (*bw_learnt_each)(void *context, const struct bw_learnt_key *key,
			      const struct bw_learnt *learnt);

/*
 * Calls @each for all that sets have learnt.  Returns 0, or what @each returned if not 0, or
 * -errno.
 */
int bw_enforcer_learnt(const struct bw_enforcer *enforcer, bw_learnt_each each, void *context);

/* Of one set, which learns no more. */
void bw_enforcer_learnt_forget(struct bw_enforcer *enforcer, __u32 set);

/*
 * Descriptors for the logger, borrowed: the ring buffer `events`, the hash map
 * `refusals`, the array `state` and the array `set_names`.
 */
struct bw_enforcer_fds {
	int events;
	int refusals;
	int state;
	int set_names;
};

struct bw_enforcer_fds bw_enforcer_fds(const struct bw_enforcer *enforcer);

/* What the kernel lacks, as a sentence; NULL when BPF LSM is usable. */
const char *bw_enforcer_missing(void);

#endif
