/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the policy in force: its files, its rules, and what was wrong
 *
 * Files become the policy when an administrator says so (`bulwarkctl apply`,
 * SIGHUP) and at a start, not when they are written.  What changes on the host between
 * (an executable replaced, a new match of a pattern) is resolved again from the
 * policies in memory.
 */
#ifndef BULWARK_POLICY_STATE_H
#define BULWARK_POLICY_STATE_H

#include "content.h"
#include "enforcer.h"
#include "policy.h"
#include "policy_digest.h"
#include "resolve.h"

/**
 * struct bw_policy_source - Where policy files are, and who must have signed them
 *
 * @dir: The files; borrowed, as all of these.
 * @signers: Directory of the signers' public keys; NULL for none.
 * @signed_only: Each file must be signed, and none may be a step back
 *	(bw_policy_rollback_check()).
 */
struct bw_policy_source {
	const char *dir;
	const char *signers;
	bool signed_only;
};

/**
 * struct bw_policy_state - What the engine knows of the policy
 *
 * @source: Where the files are.
 * @identifier: Names files as the kernel does, and remembers @contents.
 * @contents: What was found in executables.
 * @policies: In force; NULL when an earlier daemon's policy is, or none.
 * @rules: What @policies amount to on this host.
 * @before: What was in force before them, if they are another look at the same policies, or an
 *	earlier daemon put it there; else NULL.
 * @found: Diagnostics of the last time that files were loaded or resolved.
 * @rejected: The files, as loaded last, had errors.
 * @sealed: The host is; set before bw_policy_state_apply().
 * @held_back: The files, as loaded last, differ from what is in force, and the host
 *	was sealed.
 * @loaded: SHA-256 of the files as they were loaded last.
 * @in_force: The same of those that became @policies.
 */
struct bw_policy_state {
	struct bw_policy_source source;
	struct bw_identifier identifier;
	struct bw_contents contents;
	struct bw_policies *policies;
	struct bw_rules *rules;
	struct bw_rules *before;
	struct bw_diagnostics found;
	bool rejected;
	bool sealed;
	bool held_back;
	uint8_t loaded[BW_DIGEST_SIZE];
	uint8_t in_force[BW_DIGEST_SIZE];
};

void bw_policy_state_init(struct bw_policy_state *state, const struct bw_policy_source *source,
			  const struct bw_identifier *identifier);
void bw_policy_state_done(struct bw_policy_state *state);

/*
 * Loads the files and puts them in force, as a whole or not at all; logs.
 * @asked: An administrator did.  Otherwise files that are in force already protect
 * no less than they do now, whatever has become of the host.  On a sealed host there
 * are no other files, and no other apply (INV-8).
 *
 * Returns 0, -EINVAL (errors in the files: see @found), -EROFS (held back), or
 * another -errno.
 */
int bw_policy_state_apply(struct bw_policy_state *state, struct bw_enforcer *enforcer, bool asked);

/*
 * Puts the file @path in the place of the policy file of that name, or beside the others, and
 * all of them in force, if nothing that is in force gets weaker by it
 * (bw_policies_weaken_check()): on a sealed host, too.  Otherwise the files stay what they
 * were; @found tells why.  Logs.
 *
 * Returns 0, -EINVAL (it weakens, has errors, or isn't to be trusted), or another -errno.
 */
int bw_policy_state_tighten(struct bw_policy_state *state, struct bw_enforcer *enforcer,
			    const char *path);

/*
 * Puts one more grant in force, by officers' leave, until its own end.
 *
 * Returns 0, -ENOENT (no such set in force), -ENOSPC (the executable has too many grants
 * there), or another -errno.
 */
int bw_policy_state_break(struct bw_policy_state *state, struct bw_enforcer *enforcer,
			  const char *set, const struct bw_file_key *exe,
			  const struct bw_grant *grant);

/*
 * Resolves the policies in force once more, and makes a new generation only if
 * something is different.  @executables: They alone, and the rest stays as it was
 * found last.  Returns 1 if so, 0 if not, or -errno.
 */
int bw_policy_state_refresh(struct bw_policy_state *state, struct bw_enforcer *enforcer,
			    bool executables);

/* Have the files been changed since they were loaded? */
bool bw_policy_state_files_differ(const struct bw_policy_state *state);

/* Is there a set that refuses? */
bool bw_policy_state_enforces(const struct bw_policy_state *state);

/* Number of a set in force; 0 if it has none. */
unsigned int bw_policy_state_number(const struct bw_policy_state *state, const char *set);

/* Same entries, names and filesystems; both sorted by bw_rules_sort(). */
bool bw_rules_equal(const struct bw_rules *one, const struct bw_rules *other);
void bw_rules_sort(struct bw_rules *rules);

/* Loads and resolves only, for `bulwarkd --check`: prints diagnostics. */
int bw_policy_state_check(const struct bw_policy_source *source);

#endif
