/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - policies plus this host's files and users: the entries of the maps
 */
#ifndef BULWARK_RESOLVE_H
#define BULWARK_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include <bulwark/maps.h>

#include "policy.h"

struct bw_contents;

/*
 * Names a file as the kernel does.  @fd may be O_PATH.  The engine asks the
 * module (bw_keeper_identify()); tests and `bulwarkctl check` use stat(2).
 *
 * @version tells which version of its content an executable has, never 0, and has the kernel
 * make another one of it whenever somebody may begin to change it.  NULL where nobody asks the
 * kernel.  @contents are those of versions that were looked at before; NULL: none is remembered.
 *
 * Both return 0 or -errno.
 */
struct bw_identifier {
	int (*identify)(void *context, int fd, struct bw_file_key *ret_key);
	void *context;
	int (*version)(void *versions, const struct bw_file_key *file, uint64_t *ret_version);
	void *versions;
	struct bw_contents *contents;
};

/* By fstat(2): right device number, generation 0. Context is ignored. */
extern const struct bw_identifier bw_identifier_stat;

struct bw_rule_entry {
	struct bw_rule_key key;
	struct bw_rule rule;
};

/**
 * struct bw_hole - What a BW_RULE_NAME that excepts lies in
 *
 * @directory: The rule's @file.
 * @name: The rule's @name.
 * @within: Of a rule that would cover the name: the anchor of a directory
 *	above it, or that directory's name.
 */
struct bw_hole {
	struct bw_file_key directory;
	uint64_t name;
	struct bw_rule_key within;
};

/**
 * struct bw_verified - An executable of a grant that asks what is in it
 *
 * @path: Canonical.
 * @file: What bears that name.
 * @version: Of what was looked at; 0: nothing was.
 * @right: It is what the grant asks for.
 */
struct bw_verified {
	char *path;
	struct bw_file_key file;
	uint64_t version;
	bool right;
};

/* One grant of a policy, whether any executable got it or not. */
struct bw_set_grant {
	uint16_t set;
	struct bw_grant grant;
};

/**
 * struct bw_rules - A resolved policy, ready for the maps
 *
 * @items: Without BW_RULE_META, which the enforcer adds.  No key twice.
 * @filesystems: For bw_state.filesystems.
 * @set_names: By number; what the caller passed in, with new sets added.
 * @holes: For each BW_RULE_NAME that excepts, all that it lies in up to the root,
 *	by each mount that shows it; none if that couldn't be told.
 * @watches: Directories in which a new, gone or replaced name can change the
 *	outcome: parents of patterns, anchored directories' parents.  Absolute,
 *	sorted, each once.
 * @executable_watches: The same for what bw_grants_resolve() finds.
 * @executables: Keys of all granted executables, sorted, each once.
 * @verified: What was found in executables whose grants ask for it, once for each grant.
 * @unread: Those that somebody had open for writing, or changed: to be looked at again.
 * @grants: Of all policies.
 * @digest: Of the policy files, as whoever applies them has it; all zero: not known.
 * @set_bytes: By number; what the files of a set hold, found when all was resolved: without
 *	their holes, and without what is mounted below a protected directory.
 * @kept: BW_RULE_GRANT entries that are there by bw_rules_keep() alone.
 */
struct bw_rules {
	struct bw_rule_entry *items;
	size_t len;
	uint64_t filesystems;
	struct bw_set_name set_names[BW_SETS_MAX + 1];
	struct bw_hole *holes;
	size_t holes_len;
	char **watches;
	size_t watches_len;
	char **executable_watches;
	size_t executable_watches_len;
	struct bw_file_key *executables;
	size_t executables_len;
	struct bw_verified *verified;
	size_t verified_len;
	size_t unread;
	struct bw_set_grant *grants;
	size_t grants_len;
	uint8_t digest[BW_DIGEST_SIZE];
	uint64_t set_bytes[BW_SETS_MAX + 1];
	size_t kept;
};

void bw_rules_free(struct bw_rules *rules);

static inline void bw_rules_freep(struct bw_rules **rules)
{
	bw_rules_free(*rules);
}

/*
 * Resolves all policies.
 *
 * - `protect:` and `except:` patterns are globbed.  A match that is a symbolic
 *   link stands for what it points to (PostgreSQL's tablespaces, pg_wal), with a
 *   warning that names both.  Links on the way must be root's or, for `protect:`,
 *   lead to what is their owner's, and not to where the host runs from, else a
 *   warning: left out.  What is protected gives an anchor, a file a name rule too;
 *   what is excepted gives a name rule, never an anchor.  Where the last name has
 *   no glob characters, each directory that exists for it gets a name rule even if
 *   nothing there bears the name yet.  A pattern that matches nothing is a warning.
 * - Below each protected directory: files with more than one link are anchored
 *   by inode, mount points (from /proc/self/mountinfo) are anchored, except those
 *   of the kernel's own filesystems and of directories that the host needs.
 *   Symbolic links are not followed there, excepted directories not entered.
 * - A file that is excepted by one name and lies in the set by another is in the
 *   set, with a warning.
 * - `grants:`: each executable that the pattern matches, if root owns it and
 *   nobody else can write it or its directories, and it is no script (else a
 *   warning, and no grant); none is a warning.  An unknown user is an error.  One that
 *   isn't what `sha256:` or `package:` say has the grant with no version of its content,
 *   which holds for nobody.
 * - Anchors of two sets on the same inode are an error, as is a set whose
 *   anchor lies inside another set's without an `except:` there, and a protected
 *   directory without which the host can't run.
 * - What an ordinary user may not look at is a warning, else an error.
 *
 * @set_names: BW_SETS_MAX + 1 names in use so far; a set keeps its number.
 *
 * Returns 0, -EINVAL (errors in @diagnostics), -ENOMEM, -ENOSPC (more than
 * BW_SETS_MAX - 1 sets; with a diagnostic), or another -errno.
 */
int bw_policies_resolve(const struct bw_policies *policies, const struct bw_identifier *identifier,
			const struct bw_set_name *set_names, struct bw_diagnostics *diagnostics,
			struct bw_rules **ret_rules);

/*
 * Looks for the executables anew and leaves all else as it is in @known, but for
 * sets that no policy names, which bw_rules_tighten() adds again: what an upgrade
 * has replaced can't wait until all trees have been walked.
 *
 * Returns as bw_policies_resolve() does.
 */
int bw_grants_resolve(const struct bw_policies *policies, const struct bw_identifier *identifier,
		      const struct bw_rules *known, struct bw_diagnostics *diagnostics,
		      struct bw_rules **ret_rules);

/*
 * Makes @rules, resolved without an administrator's asking, no weaker than what
 * is in force: somebody may have moved files to bring that about.  What is
 * protected stays so, with its set's mode and grants if the set is gone.  A new
 * hole is dropped, unless nothing that it lies in was protected so far.  A share of a
 * set stays as large as it was, if the set wasn't empty.
 *
 * Returns 0 or -ENOMEM.
 */
int bw_rules_tighten(struct bw_rules *rules, const struct bw_rules *in_force);

/*
 * Tells which of @len executables some process runs.  Returns 0 or -errno.
 *
 * bw_runners_look() looks at all of /proc, with a struct bw_identifier for a
 * context, and counts only what root owns and nobody else can write.
 */
struct bw_runners {
	int (*look)(const void *context, const struct bw_file_key *executables, size_t len,
		    bool *ret_running);
	const void *context;
};

int bw_runners_look(const void *context, const struct bw_file_key *executables, size_t len,
		    bool *ret_running);

/*
 * INV-4, INV-11: a server goes on being granted its set when an upgrade has put
 * another file in the place of its executable.  An executable in force keeps each
 * grant that @rules have as well (the same set's name, pattern, user, unit and
 * mount namespace), whatever it is called now, while some process runs it.  So no
 * file gains anything; what nobody runs any more is gone the next time.
 *
 * Returns 0, -ENOMEM, or what the look returned.
 */
int bw_rules_keep(struct bw_rules *rules, const struct bw_rules *in_force,
		  const struct bw_runners *runners);

/* FNV-1a of a file's name, as BW_RULE_NAME keys carry it. */
uint64_t bw_name_hash(const char *name);

/* As the kernel tells units apart: the zeros that fill up the name count, too. */
uint64_t bw_unit_hash(const char *unit);

#endif
