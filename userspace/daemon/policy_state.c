// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the policy in force: its files, its rules, and what was wrong
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "glass.h"
#include "log.h"
#include "policy_found.h"
#include "policy_install.h"
#include "policy_rollback.h"
#include "policy_state.h"
#include "policy_weaken.h"
#include "signers.h"
#include "verified.h"

#define LOAD_ATTEMPTS 5

/**
 * enum wish - On whose wish files become the policy
 *
 * @WISH_NOBODYS: The daemon starts.
 * @WISH_APPLY: An administrator's.
 * @WISH_TIGHTEN: An administrator's who wants nothing to get weaker.
 */
enum wish {
	WISH_NOBODYS,
	WISH_APPLY,
	WISH_TIGHTEN,
};

void bw_policy_state_init(struct bw_policy_state *state, const struct bw_policy_source *source,
			  const struct bw_identifier *identifier)
{
	*state = (struct bw_policy_state){ .source = *source, .identifier = *identifier };
	state->identifier.contents = &state->contents;
}

void bw_policy_state_done(struct bw_policy_state *state)
{
	bw_rules_free(state->rules);
	bw_rules_free(state->before);
	bw_contents_done(&state->contents);
	bw_policies_free(state->policies);
	bw_diagnostics_done(&state->found);
}

static int compare_entries(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct bw_rule_entry));
}

void bw_rules_sort(struct bw_rules *rules)
{
	if (rules->len > 0)
		qsort(rules->items, rules->len, sizeof(*rules->items), compare_entries);
}

bool bw_rules_equal(const struct bw_rules *one, const struct bw_rules *other)
{
	if (one->len != other->len || one->filesystems != other->filesystems)
		return false;

	if (memcmp(one->set_names, other->set_names, sizeof(one->set_names)) != 0)
		return false;

	return one->len == 0 ||
	       memcmp(one->items, other->items, one->len * sizeof(*one->items)) == 0;
}

static void keep_found(struct bw_policy_state *state, struct bw_diagnostics *found)
{
	bw_diagnostics_done(&state->found);
	state->found = *found;
	*found = (struct bw_diagnostics){ 0 };
}

static int resolve(const struct bw_policy_state *state, const struct bw_policies *policies,
		   const struct bw_enforcer *enforcer, struct bw_diagnostics *found,
		   struct bw_rules **ret_rules)
{
	int err;

	err = bw_policies_resolve(policies, &state->identifier, bw_enforcer_set_names(enforcer),
				  found, ret_rules);
	if (err)
		return err;

	bw_rules_sort(*ret_rules);
	return 0;
}

/*
 * Who runs what an upgrade has replaced keeps what both policies grant (INV-4), and what
 * officers have opened stays open until its end.
 */
static int keep_running(const struct bw_policy_state *state, struct bw_rules *rules,
			const struct bw_rules *in_force)
{
	const struct bw_runners runners = {
		.look = bw_runners_look,
		.context = &state->identifier,
	};
	int err;

	err = bw_rules_keep(rules, in_force, &runners);
	if (!err)
		err = bw_rules_glass_keep(rules, in_force, boottime_ns());
	if (err)
		return err;

	bw_rules_sort(rules);
	return 0;
}

/* Signers are read anew each time: a key that is taken away counts no more. */
static int files_load(const struct bw_policy_source *source, struct bw_diagnostics *found,
		      struct bw_policies **ret_policies)
{
	_cleanup_(bw_signers_freep) struct bw_signers *signers = NULL;
	struct bw_policy_terms terms = bw_policy_trusted;
	int err = 0;

	if (source->signers)
		err = bw_signers_load(source->signers, true, found, &signers);
	if (err)
		return err;

	terms.signers = signers;
	terms.signed_only = source->signed_only;
	return bw_policies_load(source->dir, &terms, found, ret_policies);
}

/*
 * What is measured must be what was loaded: files that change meanwhile are
 * loaded again.
 */
static int load(struct bw_policy_state *state, struct bw_diagnostics *found,
		struct bw_policies **ret_policies)
{
	uint8_t after[BW_DIGEST_SIZE];
	int err;

	for (int attempt = 0; attempt < LOAD_ATTEMPTS; attempt++) {
		err = bw_policy_digest(state->source.dir, state->loaded);
		if (err)
			memset(state->loaded, 0, sizeof(state->loaded));

		err = files_load(&state->source, found, ret_policies);
		if (err)
			return err;

		if (bw_policy_digest(state->source.dir, after) == 0 &&
		    memcmp(after, state->loaded, sizeof(after)) == 0)
			return 0;

		bw_policies_free(take_ptr(*ret_policies));
		bw_diagnostics_done(found);
	}
	return log_error(-EAGAIN, "the files in '%s' change all the time", state->source.dir);
}

/* What isn't known must not pass for an administrator's wish. */
static bool files_are_in_force(const struct bw_rules *rules, const struct bw_rules *in_force)
{
	static const uint8_t unknown[BW_DIGEST_SIZE];

	return memcmp(in_force->digest, unknown, sizeof(unknown)) == 0 ||
	       memcmp(in_force->digest, rules->digest, sizeof(rules->digest)) == 0;
}

/* INV-8.  Fails closed: what isn't known isn't the same. */
static bool is_held_back(const struct bw_policy_state *state, enum wish wish,
			 const struct bw_rules *rules, const struct bw_rules *in_force)
{
	return state->sealed && wish != WISH_TIGHTEN &&
	       memcmp(in_force->digest, rules->digest, sizeof(rules->digest)) != 0;
}

/* Does it take what is found on the host for no less than it was? */
static bool is_strict(const struct bw_policy_state *state, enum wish wish,
		      const struct bw_rules *rules, const struct bw_rules *in_force)
{
	if (wish == WISH_TIGHTEN)
		return true;

	return (wish == WISH_NOBODYS || state->sealed) && files_are_in_force(rules, in_force);
}

/*
 * INV-5: a start is no apply, unless the files were written since the last one.
 * What an earlier daemon put in force is in the kernel.
 */
static int go_on_from(const struct bw_policy_state *state, enum wish wish,
		      const struct bw_policies *policies, struct bw_rules *rules,
		      const struct bw_rules *in_force, struct bw_diagnostics *found)
{
	int err = 0;

	if (is_held_back(state, wish, rules, in_force))
		return -EROFS;
	if (state->source.signed_only)
		err = bw_policy_rollback_check(policies, in_force, state->source.dir, found);
	if (!err && is_strict(state, wish, rules, in_force))
		err = bw_rules_tighten(rules, in_force);
	return err ? err : keep_running(state, rules, in_force);
}

/* What an earlier daemon put in force, with the names that the rules to come know. */
static int earlier_take(const struct bw_enforcer *enforcer, const struct bw_rules *rules,
			struct bw_rules **ret_earlier)
{
	int err = bw_enforcer_rules(enforcer, ret_earlier);

	return err ? err : bw_verified_recall(*ret_earlier, rules);
}

/* INV-8.  Fails closed: what an earlier daemon put in force is known by its rules alone. */
static int weaken_check(const struct bw_policy_state *state, const struct bw_policies *policies,
			struct bw_diagnostics *found)
{
	static const struct bw_position whole;
	int err;

	if (state->policies)
		return bw_policies_weaken_check(policies, state->policies, found);

	err = bw_diagnostics_add(found, state->source.dir, whole, false,
				 "the files of what is in force aren't known any more, so nothing "
				 "can be compared with them");
	return err ? err : -EINVAL;
}

/* The files become rules, and the rules the generation in force. */
static int load_and_apply(struct bw_policy_state *state, struct bw_enforcer *enforcer,
			  enum wish wish, struct bw_diagnostics *found)
{
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	_cleanup_(bw_rules_freep) struct bw_rules *earlier = NULL;
	_cleanup_(bw_rules_freep) struct bw_rules *rules = NULL;
	const struct bw_rules *in_force = state->rules;
	__u32 generation;
	int err;

	err = load(state, found, &policies);
	if (!err && wish == WISH_TIGHTEN)
		err = weaken_check(state, policies, found);
	if (err)
		return err;

	err = resolve(state, policies, enforcer, found, &rules);
	if (err)
		return err;

	memcpy(rules->digest, state->loaded, sizeof(rules->digest));
	if (!in_force) {
		err = earlier_take(enforcer, rules, &earlier);
		in_force = earlier;
	}
	if (!err)
		err = go_on_from(state, wish, policies, rules, in_force, found);
	if (err)
		return err;

	err = bw_enforcer_apply(enforcer, rules, &generation);
	if (err)
		return log_error(err, "cannot put the policy in force");

	bw_policies_free(state->policies);
	bw_rules_free(state->before);
	bw_rules_free(state->rules);
	state->before = take_ptr(earlier);
	state->policies = take_ptr(policies);
	state->rules = take_ptr(rules);
	memcpy(state->in_force, state->loaded, sizeof(state->in_force));
	return 0;
}

/* Says what came of it. */
static int conclude(struct bw_policy_state *state, const struct bw_enforcer *enforcer,
		    struct bw_diagnostics *found, int err)
{
	bw_found_log(found, NULL);
	keep_found(state, found);

	if (err == -EROFS)
		return log_error(err,
				 "the host is sealed and the policy in '%s' is not the one in "
				 "force, keeping generation %u; unseal the host first",
				 state->source.dir, bw_enforcer_generation(enforcer));
	if (err)
		return log_error(err, "cannot apply the policy in '%s', keeping generation %u",
				 state->source.dir, bw_enforcer_generation(enforcer));

	log_notice("generation %u is in force; sets: %zu, rules: %zu",
		   bw_enforcer_generation(enforcer), state->policies->len, state->rules->len);
	return 0;
}

int bw_policy_state_apply(struct bw_policy_state *state, struct bw_enforcer *enforcer, bool asked)
{
	struct bw_diagnostics found = { 0 };
	int err;

	err = load_and_apply(state, enforcer, asked ? WISH_APPLY : WISH_NOBODYS, &found);
	state->held_back = err == -EROFS;
	state->rejected = err && !state->held_back;
	return conclude(state, enforcer, &found, err);
}

/* With the file in its place; it is taken away again if that fails. */
static int tighten(struct bw_policy_state *state, struct bw_enforcer *enforcer,
		   struct bw_policy_install *install, struct bw_diagnostics *found)
{
	uint8_t loaded[BW_DIGEST_SIZE];
	int err, undo_err;

	memcpy(loaded, state->loaded, sizeof(loaded));
	err = load_and_apply(state, enforcer, WISH_TIGHTEN, found);
	if (!err) {
		bw_policy_install_keep(install);
		state->held_back = false;
		state->rejected = false;
		return 0;
	}

	memcpy(state->loaded, loaded, sizeof(loaded));
	undo_err = bw_policy_install_undo(install);
	if (undo_err)
		log_error(undo_err, "cannot put '%s/%s' back as it was", state->source.dir,
			  install->file.name);
	return err;
}

int bw_policy_state_tighten(struct bw_policy_state *state, struct bw_enforcer *enforcer,
			    const char *path)
{
	struct bw_diagnostics found = { 0 };
	struct bw_policy_install install;
	int err;

	err = bw_policy_install(&install, state->source.dir, path, &found);
	if (!err) {
		err = tighten(state, enforcer, &install, &found);
		if (err)
			bw_found_rename(&found, state->source.dir, install.file.name, path);
	}
	return conclude(state, enforcer, &found, err);
}

int bw_policy_state_break(struct bw_policy_state *state, struct bw_enforcer *enforcer,
			  const char *set, const struct bw_file_key *exe,
			  const struct bw_grant *grant)
{
	_cleanup_(freep) struct bw_rule_entry *before = NULL;
	struct bw_rules *rules = state->rules;
	size_t len = rules ? rules->len : 0;
	__u32 generation;
	int err;

	if (!len)
		return -ENOENT;

	before = calloc(len, sizeof(*before));
	if (!before)
		return -ENOMEM;

	memcpy(before, rules->items, len * sizeof(*before));
	err = bw_rules_glass_add(rules, set, exe, grant);
	if (!err)
		err = bw_enforcer_apply(enforcer, rules, &generation);
	if (err) {
		memcpy(rules->items, before, len * sizeof(*before));
		rules->len = len;
		return err;
	}

	bw_rules_sort(rules);
	log_warning("generation %u is in force: officers have broken the glass of '%s'", generation,
		    set);
	return 0;
}

/* Nobody has asked for this: it may protect more, not less. */
static int resolve_again(const struct bw_policy_state *state, const struct bw_enforcer *enforcer,
			 bool executables, struct bw_diagnostics *found,
			 struct bw_rules **ret_rules)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = NULL;
	int err;

	if (executables)
		err = bw_grants_resolve(state->policies, &state->identifier, state->rules, found,
					&rules);
	else
		err = resolve(state, state->policies, enforcer, found, &rules);
	if (err)
		return err;

	memcpy(rules->digest, state->in_force, sizeof(rules->digest));
	err = bw_rules_tighten(rules, state->rules);
	if (!err)
		err = keep_running(state, rules, state->rules);
	if (err)
		return err;

	*ret_rules = take_ptr(rules);
	return 0;
}

static int refresh(struct bw_policy_state *state, struct bw_enforcer *enforcer, bool executables,
		   struct bw_diagnostics *found)
{
	_cleanup_(bw_rules_freep) struct bw_rules *rules = NULL;
	__u32 generation;
	int changed = 0;
	int err;

	err = resolve_again(state, enforcer, executables, found, &rules);
	if (err)
		return err;

	if (!bw_rules_equal(rules, state->rules)) {
		err = bw_enforcer_apply(enforcer, rules, &generation);
		if (err)
			return err;
		changed = 1;
	}

	bw_rules_free(state->before);
	state->before = state->rules;
	state->rules = take_ptr(rules);
	return changed;
}

int bw_policy_state_refresh(struct bw_policy_state *state, struct bw_enforcer *enforcer,
			    bool executables)
{
	struct bw_diagnostics found = { 0 };
	int changed;

	if (!state->policies)
		return 0;

	changed = refresh(state, enforcer, executables, &found);
	if (executables)
		bw_found_log_errors(&found, &state->found);
	else
		bw_found_log(&found, &state->found);

	/*
	 * What is wrong with files that were refused stays on record until they are right,
	 * and executables are looked for once more with all else.
	 */
	if (state->rejected || executables)
		bw_diagnostics_done(&found);
	else
		keep_found(state, &found);

	if (changed < 0)
		return log_error(changed, "cannot resolve the policy again, keeping generation %u",
				 bw_enforcer_generation(enforcer));

	if (changed)
		log_notice("generation %u is in force: files on this host have changed",
			   bw_enforcer_generation(enforcer));
	return changed;
}

bool bw_policy_state_files_differ(const struct bw_policy_state *state)
{
	uint8_t now[BW_DIGEST_SIZE];

	return bw_policy_digest(state->source.dir, now) != 0 ||
	       memcmp(now, state->loaded, sizeof(now)) != 0;
}

bool bw_policy_state_enforces(const struct bw_policy_state *state)
{
	for (size_t i = 0; state->policies && i < state->policies->len; i++) {
		if (state->policies->items[i]->mode == BW_MODE_ENFORCE)
			return true;
	}
	return false;
}

unsigned int bw_policy_state_number(const struct bw_policy_state *state, const char *set)
{
	for (unsigned int i = 1; state->rules && i < BW_SET_CANARY; i++) {
		if (strncmp(state->rules->set_names[i].name, set, BW_SET_NAME_SIZE) == 0)
			return i;
	}
	return 0;
}

int bw_policy_state_check(const struct bw_policy_source *source)
{
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	_cleanup_(bw_rules_freep) struct bw_rules *rules = NULL;
	struct bw_set_name set_names[BW_SETS_MAX + 1] = { 0 };
	struct bw_diagnostics found = { 0 };
	int err;

	err = files_load(source, &found, &policies);
	if (!err)
		err = bw_policies_resolve(policies, &bw_identifier_stat, set_names, &found, &rules);

	bw_found_log(&found, NULL);
	bw_diagnostics_done(&found);
	if (err)
		return log_error(err, "the policy in '%s' cannot be applied", source->dir);

	log_info("the policy in '%s' can be applied; sets: %zu, rules: %zu", source->dir,
		 policies->len, rules->len);
	return 0;
}
