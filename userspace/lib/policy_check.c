// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what the parts of policies have to do with each other
 */
#include <fnmatch.h>
#include <string.h>

#include "cleanup.h"
#include "pattern.h"
#include "policy_check.h"

/*
 * Programs that read whatever their caller tells them: a grant for one of them
 * is a grant for every script.
 */
static const char *const interpreters[] = {
	"sh",	"bash",	  "rbash",   "dash",   "ash",	 "ksh*",     "mksh",	"zsh*",	 "fish",
	"csh",	"tcsh",	  "busybox", "toybox", "ld.so",	 "ld-*.so*", "python*", "perl*", "ruby*",
	"node", "nodejs", "php*",    "lua*",   "tclsh*", "wish*",    "expect",	"awk",	 "gawk",
	"mawk", "sed",	  "java",    "gdb",    "vi",	 "vim*",     "emacs*",
};

bool bw_is_interpreter(const char *exe)
{
	const char *slash = strrchr(exe, '/');

	for (size_t i = 0; i < ARRAY_LEN(interpreters); i++)
		if (!fnmatch(interpreters[i], slash ? slash + 1 : exe, 0))
			return true;
	return false;
}

static const struct bw_policy_path *path_find(const struct bw_policy_path *paths, size_t len,
					      const char *path)
{
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(paths[i].path, path))
			return &paths[i];
	}
	return NULL;
}

static void doubles_check(struct bw_reporter *reporter, const char *key,
			  const struct bw_policy_path *paths, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		const struct bw_policy_path *first = path_find(paths, i, paths[i].path);

		if (first)
			bw_report_error(reporter, paths[i].at,
					"'%s' is listed twice under '%s'; the first is in line %u",
					paths[i].path, key, first->at.line);
	}
}

/* Is @path, inside @outer, cut out again by an `except:` in between? */
static bool path_cut_out(const struct bw_policy *policy, const char *outer, const char *path)
{
	for (size_t i = 0; i < policy->except_len; i++) {
		const char *except = policy->except[i].path;

		if (bw_pattern_relation(outer, except) != BW_RELATION_APART &&
		    bw_pattern_relation(except, path) != BW_RELATION_APART)
			return true;
	}
	return false;
}

static bool except_possible(const struct bw_policy *policy, const char *except)
{
	for (size_t i = 0; i < policy->protect_len; i++) {
		if (bw_pattern_relation(policy->protect[i].path, except) != BW_RELATION_APART)
			return true;
	}
	return false;
}

static void except_check(struct bw_reporter *reporter, const struct bw_policy *policy,
			 const struct bw_policy_path *except)
{
	const struct bw_policy_path *same =
		path_find(policy->protect, policy->protect_len, except->path);

	if (same)
		bw_report_error(reporter, except->at,
				"'%s' is listed under 'protect' as well (line %u); remove one",
				except->path, same->at.line);
	else if (!except_possible(policy, except->path))
		bw_report_error(reporter, except->at,
				"'%s' isn't inside anything that 'protect' lists; begin it with a "
				"path listed there",
				except->path);
}

static bool texts_equal(const char *one, const char *other)
{
	return one && other && !strcmp(one, other);
}

static void grant_check_name(struct bw_reporter *reporter, const struct bw_policy_grant *grants,
			     size_t index)
{
	const struct bw_policy_grant *grant = &grants[index];

	for (size_t i = 0; i < index; i++) {
		if (!texts_equal(grants[i].name, grant->name))
			continue;

		bw_report_error(reporter, grant->at,
				"a second grant is named '%s'; the first begins in line %u",
				grant->name, grants[i].at.line);
		return;
	}
}

static void grant_check_repeated(struct bw_reporter *reporter, const struct bw_policy_grant *grants,
				 size_t index)
{
	const struct bw_policy_grant *grant = &grants[index];

	for (size_t i = 0; i < index; i++) {
		const struct bw_policy_grant *other = &grants[i];

		if (!texts_equal(other->exe, grant->exe) ||
		    !texts_equal(other->user, grant->user) ||
		    !texts_equal(other->unit, grant->unit) ||
		    strcmp(bw_policy_script(other), bw_policy_script(grant)) != 0 ||
		    strcmp(bw_policy_group(other), bw_policy_group(grant)) != 0 ||
		    strcmp(bw_policy_login(other), bw_policy_login(grant)) != 0 ||
		    strcmp(bw_policy_package(other), bw_policy_package(grant)) != 0 ||
		    memcmp(&other->sha256, &grant->sha256, sizeof(grant->sha256)) != 0 ||
		    memcmp(&other->hours, &grant->hours, sizeof(grant->hours)) != 0 ||
		    other->any_mounts != grant->any_mounts)
			continue;

		bw_report_warning(reporter, grant->at,
				  "this grant says the same as the one in line %u", other->at.line);
		return;
	}
}

/* Each grant of an executable costs the programs a comparison at each decision. */
static void grant_check_count(struct bw_reporter *reporter, const struct bw_policy_grant *grants,
			      size_t index)
{
	const struct bw_policy_grant *grant = &grants[index];
	unsigned int count = 1;

	for (size_t i = 0; i < index; i++)
		count += texts_equal(grants[i].exe, grant->exe);

	if (count == BW_GRANTS_PER_EXE_MAX + 1)
		bw_report_error(reporter, grant->exe_at,
				"'%s' has more than %u grants in this set; join some with "
				"'user: any' or a '*' in 'unit'",
				grant->exe, BW_GRANTS_PER_EXE_MAX);
}

static void grant_check_interpreter(struct bw_reporter *reporter,
				    const struct bw_policy_grant *grant)
{
	const char *name = strrchr(grant->exe, '/') + 1;

	for (size_t i = 0; i < ARRAY_LEN(interpreters); i++) {
		if (!fnmatch(interpreters[i], name, 0)) {
			bw_report_warning(reporter, grant->exe_at,
					  "'%s' runs whatever script it is given, so this grant "
					  "holds for all scripts; better name the program that "
					  "reads the data",
					  grant->exe);
			return;
		}
		if (!fnmatch(name, interpreters[i], 0)) {
			bw_report_warning(reporter, grant->exe_at,
					  "'%s' may match an interpreter such as '%s', and with it "
					  "all scripts; better name the program that reads the "
					  "data",
					  grant->exe, interpreters[i]);
			return;
		}
	}
}

static bool user_is_root(const char *user)
{
	return !strcmp(user, "root") || !strcmp(user, "0");
}

static void grant_check_width(struct bw_reporter *reporter, const struct bw_policy_grant *grant)
{
	if (!grant->exe || !grant->user || !grant->unit)
		return;

	if (!grant->script)
		grant_check_interpreter(reporter, grant);
	if (strcmp(grant->unit, "any") != 0)
		return;

	if (grant->script)
		bw_report_warning(reporter, grant->unit_at,
				  "a script in any unit: whoever starts '%s' sets its environment, "
				  "which may make its interpreter run something else; name a unit",
				  grant->script);
	if (grant->login)
		return;

	if (!strcmp(grant->user, "any") && !grant->group)
		bw_report_warning(reporter, grant->unit_at,
				  "any user and any unit: everybody who can start '%s' from a "
				  "shell reads the set; name a user or a unit",
				  grant->exe);
	else if (user_is_root(grant->user))
		bw_report_warning(reporter, grant->unit_at,
				  "root in any unit: every root shell can start '%s' and read the "
				  "set; name a unit",
				  grant->exe);
}

static void grants_check(struct bw_reporter *reporter, const struct bw_policy_grant *grants,
			 size_t len)
{
	for (size_t i = 0; i < len; i++) {
		grant_check_name(reporter, grants, i);
		grant_check_repeated(reporter, grants, i);
		grant_check_count(reporter, grants, i);
	}
}

/* What a tracer reads is the kernel's memory: nobody counts that. */
static void tracer_check(struct bw_reporter *reporter, const struct bw_policy_grant *tracer)
{
	if (tracer->budget_at.line)
		bw_report_error(reporter, tracer->budget_at,
				"a tracer's reading can't be counted: remove 'budget'");
}

/* A budget of which there is another one for the asking is none. */
static void others_check(struct bw_reporter *reporter, const struct bw_policy *policy)
{
	if (policy->others.per == BW_BUDGET_PROCESS)
		bw_report_error(reporter, policy->others_at,
				"anybody can start another process, and have another budget; write "
				"'per: user', 'per: unit', or 'per: grant' for one that all share");

	if (policy->others.per == BW_BUDGET_SESSION)
		bw_report_warning(reporter, policy->others_at,
				  "who logs in once more has another session and another budget; "
				  "better 'per: user', or 'per: grant' for one that all share");
}

void bw_policy_check(struct bw_reporter *reporter, const struct bw_policy *policy,
		     bool paths_complete)
{
	doubles_check(reporter, "protect", policy->protect, policy->protect_len);
	doubles_check(reporter, "except", policy->except, policy->except_len);
	/* With a path left out, others would be blamed for it. */
	if (paths_complete) {
		for (size_t i = 0; i < policy->except_len; i++)
			except_check(reporter, policy, &policy->except[i]);
	}

	grants_check(reporter, policy->grants, policy->grants_len);
	for (size_t i = 0; i < policy->grants_len; i++)
		grant_check_width(reporter, &policy->grants[i]);
	grants_check(reporter, policy->tracers, policy->tracers_len);
	for (size_t i = 0; i < policy->tracers_len; i++)
		tracer_check(reporter, &policy->tracers[i]);
	others_check(reporter, policy);
}

static void names_check(struct bw_reporter *reporter, const struct bw_policies *policies,
			size_t index)
{
	const struct bw_policy *policy = policies->items[index];

	for (size_t i = 0; i < index; i++) {
		const struct bw_policy *other = policies->items[i];

		if (strcmp(other->set, policy->set) != 0)
			continue;

		bw_report_error(reporter, policy->set_at,
				"a second set is named '%s'; the first is in %s:%u:%u", policy->set,
				other->file, other->set_at.line, other->set_at.column);
		return;
	}
}

static void devices_check(struct bw_reporter *reporter, const struct bw_policies *policies,
			  size_t index)
{
	const struct bw_policy *policy = policies->items[index];

	for (size_t i = 0; i < index && policy->devices; i++) {
		const struct bw_policy *other = policies->items[i];

		if (!other->devices)
			continue;

		bw_report_error(
			reporter, policy->devices_at,
			"the set '%s' has 'devices' as well (%s:%u:%u); the disks can be in "
			"one set only",
			other->set, other->file, other->devices_at.line, other->devices_at.column);
		return;
	}
}

/* Does @outer's policy hold @path of another set, without an `except:` for it? */
static const struct bw_policy_path *overlap_find(const struct bw_policy *outer, const char *path)
{
	for (size_t i = 0; i < outer->protect_len; i++) {
		const char *candidate = outer->protect[i].path;

		if (bw_pattern_relation(candidate, path) != BW_RELATION_INSIDE)
			continue;

		if (!path_cut_out(outer, candidate, path))
			return &outer->protect[i];
	}
	return NULL;
}

static void overlaps_check(struct bw_reporter *reporter, const struct bw_policy *inner,
			   const struct bw_policy *outer, bool equal_too)
{
	for (size_t i = 0; i < inner->protect_len; i++) {
		const struct bw_policy_path *path = &inner->protect[i];
		const struct bw_policy_path *found = overlap_find(outer, path->path);

		if (!found)
			continue;

		if (strcmp(found->path, path->path) != 0)
			bw_report_error(
				reporter, path->at,
				"'%s' lies in '%s' of the set '%s' (%s:%u:%u); sets may not "
				"overlap: cut it out there with 'except'",
				path->path, found->path, outer->set, outer->file, found->at.line,
				found->at.column);
		else if (equal_too)
			bw_report_error(
				reporter, path->at,
				"'%s' is protected by the set '%s', too (%s:%u:%u); sets may "
				"not overlap: remove one",
				path->path, outer->set, outer->file, found->at.line,
				found->at.column);
	}
}

static int policy_check_others(const struct bw_policies *policies, size_t index,
			       struct bw_diagnostics *diagnostics)
{
	struct bw_reporter reporter = bw_reporter_begin(diagnostics, policies->items[index]->file);

	names_check(&reporter, policies, index);
	devices_check(&reporter, policies, index);
	for (size_t i = 0; i < policies->len; i++) {
		if (i != index)
			overlaps_check(&reporter, policies->items[index], policies->items[i],
				       i < index);
	}
	return bw_reporter_end(&reporter);
}

int bw_policies_check(const struct bw_policies *policies, struct bw_diagnostics *diagnostics)
{
	int first = 0, err;

	for (size_t i = 0; i < policies->len; i++) {
		err = policy_check_others(policies, i, diagnostics);
		if (err == -ENOMEM)
			return err;

		first = first ? first : err;
	}
	return first;
}
