// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: what it would say on a host of which the facts are known
 */
#include <string.h>

#include "cleanup.h"
#include "facts.h"
#include "grant.h"
#include "pattern.h"
#include "resolve_texts.h"
#include "resolver.h"

/**
 * struct by_facts - One policy, and what is known of a host
 */
struct by_facts {
	const json_t *facts;
	struct bw_diagnostics *diagnostics;
	const struct bw_policy *policy;
};

#define facts_say(by, position, warning, ...) \
	resolver_say(by, (by)->policy, position, warning, __VA_ARGS__)

static const json_t *file_find(const struct by_facts *by, const char *path)
{
	return json_object_get(json_object_get(by->facts, "files"), path);
}

static const char *file_text(const json_t *file, const char *key)
{
	return json_string_value(json_object_get(file, key));
}

static bool file_is(const json_t *file, const char *kind)
{
	return strcmp(file_text(file, "kind"), kind) == 0;
}

static bool is_asked(const struct by_facts *by, const char *pattern)
{
	const json_t *asked = json_object_get(by->facts, "asked");
	const json_t *path;
	size_t i;

	json_array_foreach (asked, i, path) {
		if (!strcmp(json_string_value(path), pattern))
			return true;
	}
	return false;
}

static int unasked_say(const struct by_facts *by, const char *pattern, struct bw_position at)
{
	return facts_say(by, at, true,
			 "the facts don't tell of '%s': have 'bulwarkctl facts' look at this "
			 "policy on that host",
			 pattern);
}

/*
 * Calls @each for all that @pattern names.  @each returns 0 or -errno.
 *
 * Returns what @each returned if not 0, else how many there were.
 */
static int matches_each(const struct by_facts *by, const char *pattern,
			int (*each)(void *context, const char *path, const json_t *file),
			void *context)
{
	json_t *files = json_object_get(by->facts, "files");
	const char *path;
	int count = 0, err;
	json_t *file;

	json_object_foreach (files, path, file) {
		if (bw_pattern_covers(pattern, path) != strlen(path))
			continue;

		err = each(context, path, file);
		if (err)
			return err;
		count++;
	}
	return count;
}

/* As path_distrust() does. */
static const char *facts_distrust(const struct by_facts *by, char *path)
{
	const char *why = NULL;
	char *slash;

	while (!why) {
		const json_t *file = file_find(by, *path ? path : "/");
		struct stat status = { 0 };

		if (!file)
			return TEXT_UNSEEN;

		status.st_uid = (uid_t)json_integer_value(json_object_get(file, "owner"));
		status.st_mode = (mode_t)strtoul(file_text(file, "mode"), NULL, 8);
		why = status_distrust(&status);
		slash = strrchr(path, '/');
		if (why || !slash)
			break;

		*slash = '\0';
	}
	return why;
}

/* --- Users and groups ---------------------------------------------------------- */

static int user_judge(const struct by_facts *by, const char *user, struct bw_position at)
{
	uint32_t number;

	if (!strcmp(user, "any") || !bw_number_parse(user, &number) ||
	    json_object_get(json_object_get(by->facts, "users"), user))
		return 0;

	return facts_say(by, at, false, TEXT_NO_USER, user);
}

static int group_judge(const struct by_facts *by, const struct bw_policy_grant *grant)
{
	uint32_t number;

	if (!grant->group || !bw_number_parse(grant->group, &number) ||
	    json_object_get(json_object_get(by->facts, "groups"), grant->group))
		return 0;

	return facts_say(by, grant->group_at, false, TEXT_NO_GROUP, grant->group);
}

/* --- Executables and scripts --------------------------------------------------- */

/**
 * struct candidate - What a grant names, while it is looked for
 *
 * @given: Number of executables that would get the grant.
 */
struct candidate {
	const struct by_facts *by;
	const struct bw_policy_grant *grant;
	unsigned int given;
};

static int target_judge(struct candidate *candidate, const char *path, const json_t *file)
{
	const struct bw_position at = candidate->grant->exe_at;
	const struct by_facts *by = candidate->by;
	_cleanup_(freep) char *blamed = strdup(path);
	const char *why;

	if (!blamed)
		return -ENOMEM;

	if (!file)
		return facts_say(by, at, true, TEXT_NO_GRANT, path, TEXT_UNSEEN);

	if (!file_is(file, "file") && !file_is(file, "script"))
		return facts_say(by, at, true, TEXT_NO_GRANT, path, strerror(EISDIR));

	why = facts_distrust(by, blamed);
	if (why)
		return facts_say(by, at, true, TEXT_NO_GRANT_DISTRUST, path, *blamed ? blamed : "/",
				 why);

	if (file_is(file, "script"))
		return facts_say(by, at, true, TEXT_NO_GRANT_SCRIPT, path);

	candidate->given++;
	return 0;
}

static int executable_judge(void *context, const char *path, const json_t *file)
{
	struct candidate *candidate = context;
	const char *leads_to = file_text(file, "leads_to");
	const char *blamed = file_text(file, "blamed");

	if (!file_is(file, "link"))
		return target_judge(candidate, path, file);

	if (leads_to)
		return target_judge(candidate, leads_to, file_find(candidate->by, leads_to));

	return blamed ? facts_say(candidate->by, candidate->grant->exe_at, true,
				  TEXT_NO_GRANT_BY_LINK, path, blamed)
		      : 0;
}

static int executables_judge(const struct by_facts *by, const struct bw_policy_grant *grant)
{
	struct candidate candidate = { .by = by, .grant = grant };
	int matches;

	if (!is_asked(by, grant->exe))
		return unasked_say(by, grant->exe, grant->exe_at);

	matches = matches_each(by, grant->exe, executable_judge, &candidate);
	if (matches < 0 || candidate.given)
		return matches < 0 ? matches : 0;

	return facts_say(by, grant->exe_at, true, TEXT_NOBODY, grant->name, grant->exe,
			 matches ? TEXT_UNTRUSTED : TEXT_MISSING);
}

static int script_say(const struct by_facts *by, const struct bw_policy_grant *grant,
		      const char *path, const char *what)
{
	return facts_say(by, grant->script_at, true, TEXT_NOBODY_BY_SCRIPT, grant->name, path,
			 what);
}

static int script_judge(const struct by_facts *by, const struct bw_policy_grant *grant)
{
	const char *path = grant->script;
	_cleanup_(freep) char *blamed = NULL;
	const json_t *file;
	const char *why;

	if (!path)
		return 0;

	if (!is_asked(by, path))
		return unasked_say(by, path, grant->script_at);

	file = file_find(by, path);
	if (file && file_text(file, "blamed"))
		return script_say(by, grant, file_text(file, "blamed"), TEXT_SCRIPT_BY_LINK);

	if (file && file_is(file, "link")) {
		path = file_text(file, "leads_to");
		file = path ? file_find(by, path) : NULL;
	}
	if (!file)
		return script_say(by, grant, grant->script, TEXT_MISSING);

	if (!file_is(file, "file") && !file_is(file, "script"))
		return script_say(by, grant, path, strerror(EISDIR));

	blamed = strdup(path);
	if (!blamed)
		return -ENOMEM;

	why = facts_distrust(by, blamed);
	return why ? script_say(by, grant, *blamed ? blamed : "/", why) : 0;
}

static int grants_judge(const struct by_facts *by, const struct bw_policy_grant *grants, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++) {
		const struct bw_policy_grant *grant = &grants[i];

		err = user_judge(by, grant->user, grant->user_at);
		if (!err)
			err = group_judge(by, grant);
		if (!err && grant->login && strcmp(grant->login, "none") != 0)
			err = user_judge(by, grant->login, grant->login_at);
		if (!err)
			err = script_judge(by, grant);
		if (!err)
			err = executables_judge(by, grant);
	}
	return err;
}

/* --- Paths --------------------------------------------------------------------- */

/* One entry of `protect:` or `except:`. */
struct entry {
	const struct by_facts *by;
	const struct bw_policy_path *source;
};

static int place_judge(void *context, const char *path, const json_t *file)
{
	const struct entry *entry = context;
	const char *leads_to = file_text(file, "leads_to");
	const char *blamed = file_text(file, "blamed");
	const struct bw_position at = entry->source->at;

	if (leads_to)
		file = file_find(entry->by, leads_to);
	else if (file_is(file, "link"))
		return blamed ? facts_say(entry->by, at, true, TEXT_LINK_PROTECTS, path, blamed)
			      : facts_say(entry->by, at, true, TEXT_LINK_TO_NOTHING, path);

	return file && file_is(file, "other") ? facts_say(entry->by, at, true, TEXT_NO_PLACE, path)
					      : 0;
}

static int match_none(void *context, const char *path, const json_t *file)
{
	(void)context;
	(void)path;
	(void)file;
	return 0;
}

/* A log that isn't there yet is nothing to wonder about, if it has a place to be. */
static bool may_be_missing(const struct entry *entry, bool protects)
{
	_cleanup_(freep) char *directory = path_directory(entry->source->path);

	return !protects && directory && !pattern_is_magic(strrchr(entry->source->path, '/')) &&
	       matches_each(entry->by, directory, match_none, NULL) > 0;
}

static int entry_judge(struct entry *entry, bool protects)
{
	const char *path = entry->source->path;
	int matches;

	if (!is_asked(entry->by, path))
		return unasked_say(entry->by, path, entry->source->at);

	matches = matches_each(entry->by, path, place_judge, entry);
	if (matches || may_be_missing(entry, protects))
		return matches < 0 ? matches : 0;

	return facts_say(entry->by, entry->source->at, true,
			 pattern_is_magic(path) ? TEXT_MATCHES_NOTHING : TEXT_DOESNT_EXIST, path);
}

static int entries_judge(const struct by_facts *by, const struct bw_policy_path *paths, size_t len,
			 bool protects)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++) {
		struct entry entry = { .by = by, .source = &paths[i] };

		err = entry_judge(&entry, protects);
	}
	return err;
}

static int policy_judge(const struct by_facts *by)
{
	const struct bw_policy *policy = by->policy;
	int err;

	err = entries_judge(by, policy->protect, policy->protect_len, true);
	if (!err)
		err = entries_judge(by, policy->except, policy->except_len, false);
	if (!err)
		err = grants_judge(by, policy->grants, policy->grants_len);
	return err ? err : grants_judge(by, policy->tracers, policy->tracers_len);
}

int bw_facts_check(const json_t *facts, const struct bw_policies *policies,
		   struct bw_diagnostics *diagnostics)
{
	int err = 0;

	for (size_t i = 0; i < policies->len && !err; i++) {
		const struct by_facts by = { facts, diagnostics, policies->items[i] };

		err = policy_judge(&by);
	}
	return err;
}
