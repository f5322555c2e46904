/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - policy files: YAML text to checked structures
 *
 * Needs no root, no daemon and no module.  What depends on the host (users,
 * inodes) is resolve.h's business.
 */
#ifndef BULWARK_POLICY_H
#define BULWARK_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <bulwark/abi.h>
#include <bulwark/maps.h>

#include "digests.h"
#include "hours.h"

#define BW_POLICY_DIR "/etc/bulwark/policy.d"

/* Bytes of a policy file; files of a directory. */
#define BW_POLICY_SIZE_MAX (256U << 10)
#define BW_POLICY_FILES_MAX 1024

/* Both count from 1; 0 means "the file as a whole". */
struct bw_position {
	unsigned int line;
	unsigned int column;
};

/**
 * struct bw_diagnostic - One mistake, or one thing worth knowing, in one file
 *
 * @file: Path as the caller gave it.
 * @at: Where.
 * @text: What is wrong, and what would be right: "unknown key 'grant'; did you
 *	mean 'grants'?".
 * @warning: The policy can be applied all the same.
 */
struct bw_diagnostic {
	char *file;
	struct bw_position at;
	char *text;
	bool warning;
};

struct bw_diagnostics {
	struct bw_diagnostic *items;
	size_t len;
	size_t errors;
};

void bw_diagnostics_done(struct bw_diagnostics *diagnostics);

/* Adds one, printf-like.  Returns 0 or -ENOMEM. */
int bw_diagnostics_add(struct bw_diagnostics *diagnostics, const char *file, struct bw_position at,
		       bool warning, const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * "file:line:column: error: text", or "file: error: text" for the file as a
 * whole; always one line of valid UTF-8.  malloc'ed; NULL without memory.
 */
char *bw_diagnostic_format(const struct bw_diagnostic *diagnostic);

/* The first that is no warning, likewise; NULL for none, too. */
char *bw_diagnostics_first_error(const struct bw_diagnostics *diagnostics);

/* An absolute path without "." and ".." parts; may hold glob(7) characters. */
struct bw_policy_path {
	char *path;
	struct bw_position at;
};

/**
 * struct bw_policy_grant - One entry of `grants:` or `tracers:`
 *
 * @name: [a-z0-9][a-z0-9-]*, once per set.
 * @exe: Absolute path, may hold glob characters.
 * @user: A user's name or number, or "any".
 * @unit: A systemd unit's full name with at most one `*`, or "any".
 * @script: What it, or an ancestor, must have been started for: an absolute path; NULL when
 *	left out: anything.
 * @group: A group's name or number; NULL when left out: any.
 * @login: The login user's name or number, or "none"; NULL when left out: any.
 * @hours: When it holds.
 * @sha256: What must be in it; none when left out: anything.
 * @package: Whose it must be, and as dpkg has it; NULL when left out: anybody's.
 * @any_mounts: `mount-namespace: any` instead of `host`.
 * @budget: How much may be read by it; @budget.per is BW_BUDGET_NONE when left out, and
 *	@budget.id is 0.
 * @reason: Free text: why this grant exists; NULL when left out.
 * @at: Where the entry begins; the *_at: where each value stands.
 */
struct bw_policy_grant {
	char *name;
	char *exe;
	char *user;
	char *unit;
	char *script;
	char *group;
	char *login;
	char *package;
	char *reason;
	bool any_mounts;
	struct bw_position at;
	struct bw_position exe_at;
	struct bw_position user_at;
	struct bw_position unit_at;
	struct bw_position script_at;
	struct bw_position group_at;
	struct bw_position login_at;
	struct bw_policy_hours hours;
	struct bw_position hours_at;
	struct bw_digests sha256;
	struct bw_position sha256_at;
	struct bw_position package_at;
	struct bw_budget budget;
	struct bw_position budget_at;
};

/**
 * struct bw_policy - One policy file: one set
 *
 * @file: Path as the caller gave it.
 * @signer: Whose signature of the file fits; NULL: it has none, or they weren't looked at.
 * @set: Name of the set.
 * @version: The author's number, 1 or more.
 * @mode: `monitor` when left out.
 * @learn_until: With `mode: learn`: the first second in which the set only monitors; else 0.
 * @severity: 1 to 10; 5 when left out.
 * @devices: `devices: under-sets`: the disks under all sets are in this one, too.
 * @devices_at: Where that stands; line 0: nowhere.
 * @tracers: Who may use the kernel's debuggers, if all sets that enforce say so.
 * @others: How much those may read whom no grant fits; @others.per is BW_BUDGET_NONE when left
 *	out: nothing.
 * @others_at: Where that stands.
 */
struct bw_policy {
	char *file;
	char *signer;
	char *set;
	struct bw_position set_at;
	unsigned int version;
	enum bw_mode mode;
	time_t learn_until;
	struct bw_position learn_until_at;
	unsigned int severity;
	bool devices;
	struct bw_position devices_at;
	struct bw_policy_path *protect;
	size_t protect_len;
	struct bw_policy_path *except;
	size_t except_len;
	struct bw_policy_grant *grants;
	size_t grants_len;
	struct bw_policy_grant *tracers;
	size_t tracers_len;
	struct bw_budget others;
	struct bw_position others_at;
};

void bw_policy_free(struct bw_policy *policy);

/* What a grant says of the login user, in one word. */
static inline const char *bw_policy_login(const struct bw_policy_grant *grant)
{
	return grant->login ? grant->login : "any";
}

/* The same of the group. */
static inline const char *bw_policy_group(const struct bw_policy_grant *grant)
{
	return grant->group ? grant->group : "any";
}

/* The same of the script. */
static inline const char *bw_policy_script(const struct bw_policy_grant *grant)
{
	return grant->script ? grant->script : "any";
}

/* The same of the package. */
static inline const char *bw_policy_package(const struct bw_policy_grant *grant)
{
	return grant->package ? grant->package : "any";
}

struct bw_policies {
	struct bw_policy **items;
	size_t len;
};

void bw_policies_free(struct bw_policies *policies);

static inline void bw_policies_freep(struct bw_policies **policies)
{
	bw_policies_free(*policies);
}

/* The one of that set; NULL for none. */
const struct bw_policy *bw_policies_find(const struct bw_policies *policies, const char *set);

/* Is one of @paths the same, letter by letter? */
bool bw_policy_has_path(const struct bw_policy_path *paths, size_t len, const char *path);

/* The one with `devices:`, of which there can't be two; NULL for none. */
const struct bw_policy *bw_policies_devices(const struct bw_policies *policies);

/*
 * Parses one file's text.  All mistakes go to @diagnostics.
 *
 * Returns 0, -EINVAL (mistakes found; nothing in @ret_policy), -ENOMEM.
 */
int bw_policy_parse(const char *file, const char *text, size_t len,
		    struct bw_diagnostics *diagnostics, struct bw_policy **ret_policy);

struct bw_signers;

/**
 * struct bw_policy_terms - What policy files must be, besides right
 *
 * @trusted: Refuse files, directories and directories above that others than
 *	root own or can write, and symbolic links.
 * @signers: A signature that lies beside a file, as minisign makes them, must be by one of
 *	these and fit; NULL or none: signatures aren't looked at.
 * @signed_only: There must be one.
 */
struct bw_policy_terms {
	bool trusted;
	const struct bw_signers *signers;
	bool signed_only;
};

extern const struct bw_policy_terms bw_policy_trusted;

/*
 * Loads a file, or all *.yaml files of a directory in the order of their names
 * (an empty directory is an empty policy), and checks them against each other:
 * a set's name given twice, paths that two sets protect.  Names that begin with
 * a dot are left alone.
 *
 * @terms: NULL for drafts, of which nothing is asked.
 *
 * Returns 0, -EINVAL, -ENOMEM, or another -errno with a diagnostic added.
 */
int bw_policies_load(const char *path, const struct bw_policy_terms *terms,
		     struct bw_diagnostics *diagnostics, struct bw_policies **ret_policies);

#endif
