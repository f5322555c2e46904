// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: takes the facts of this host, for where policies are checked
 */
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>

#include "cleanup.h"
#include "facts.h"
#include "grant.h"
#include "resolve_texts.h"
#include "resolver.h"

/**
 * struct taking - Facts in the making
 *
 * @policy: At hand, and...
 * @at: ...where in it what is looked for stands.
 */
struct taking {
	struct bw_diagnostics *diagnostics;
	struct bw_mounts mounts;
	json_t *users;
	json_t *groups;
	json_t *asked;
	json_t *files;
	const struct bw_policy *policy;
	struct bw_position at;
};

/* --- Users and groups ---------------------------------------------------------- */

static int number_add(json_t *numbers, const char *name, uint32_t number)
{
	return json_object_set_new(numbers, name, json_integer(number)) < 0 ? -ENOMEM : 0;
}

static int users_list(json_t *users)
{
	const struct passwd *user;
	int err = 0;

	setpwent();
	while (!err && (user = getpwent()))
		err = number_add(users, user->pw_name, user->pw_uid);
	endpwent();
	return err;
}

static int groups_list(json_t *groups)
{
	const struct group *group;
	int err = 0;

	setgrent();
	while (!err && (group = getgrent()))
		err = number_add(groups, group->gr_name, group->gr_gid);
	endgrent();
	return err;
}

/* Not all databases let their entries be listed. */
static int named_take(json_t *numbers, const char *name,
		      int (*find)(const char *name, uint32_t *ret_number))
{
	uint32_t number;

	if (!name || !bw_number_parse(name, &number) || json_object_get(numbers, name) ||
	    find(name, &number))
		return 0;

	return number_add(numbers, name, number);
}

/* --- Files --------------------------------------------------------------------- */

static int failed(struct taking *taking, const char *path, int err)
{
	if (err == -ENOMEM)
		return err;

	return resolver_say(taking, taking->policy, taking->at, false, TEXT_CANT_LOOK, path,
			    strerror(-err), "");
}

static const char *filesystem_name(const struct taking *taking, dev_t dev)
{
	uint32_t number = major(dev) << 20 | minor(dev);

	for (size_t i = 0; i < taking->mounts.len; i++)
		if (taking->mounts.items[i].dev == number)
			return taking->mounts.items[i].type;
	return "unknown";
}

static const char *kind_name(const char *path, mode_t mode, const char *canonical)
{
	if (!canonical || strcmp(canonical, path) != 0)
		return "link";

	if (S_ISDIR(mode))
		return "directory";

	if (!S_ISREG(mode))
		return "other";

	return file_is_script(path) ? "script" : "file";
}

static int file_pack(struct taking *taking, const char *path, const struct stat *status,
		     const char *canonical, const char *blamed)
{
	const char *kind = kind_name(path, status->st_mode, canonical);
	bool leads = canonical && strcmp(canonical, path) != 0;
	char mode[8];
	json_t *file;

	(void)snprintf(mode, sizeof(mode), "%04o", status->st_mode & 07777);
	file = json_pack("{s:s, s:I, s:s, s:s, s:s*, s:s*}", "kind", kind, "owner",
			 (json_int_t)status->st_uid, "mode", mode, "filesystem",
			 filesystem_name(taking, status->st_dev), "leads_to",
			 leads ? canonical : NULL, "blamed", blamed);

	return file && json_object_set_new(taking->files, path, file) == 0 ? 0 : -ENOMEM;
}

/* JSON holds no other bytes: such a name is left out, as no policy can bear it either. */
static bool is_text(const char *text)
{
	json_t *value = json_string(text);

	json_decref(value);
	return value;
}

/* Follows links as for executables; whom a link is to blame for, as for scripts. */
static int links_follow(const char *path, char **ret_canonical, char **ret_blamed)
{
	_cleanup_(freep) char *other = NULL;
	int err = path_canonical_by_root(path, ret_canonical, ret_blamed);

	if (err == -EXDEV)
		err = path_canonical(path, ret_canonical, &other);
	return err == -EXDEV || leads_nowhere(err) ? 0 : err;
}

static int file_take(struct taking *taking, const char *path);

/* Whoever can write a directory above can put something else there. */
static int above_take(struct taking *taking, const char *path)
{
	_cleanup_(freep) char *directory = path_directory(path);

	if (!directory)
		return -ENOMEM;

	return strcmp(path, "/") ? file_take(taking, directory) : 0;
}

static int file_take(struct taking *taking, const char *path)
{
	_cleanup_(freep) char *canonical = NULL;
	_cleanup_(freep) char *blamed = NULL;
	struct stat status;
	int err;

	if (json_object_get(taking->files, path) || !is_text(path))
		return 0;

	if (lstat(path, &status) < 0)
		return leads_nowhere(-errno) ? 0 : failed(taking, path, -errno);

	err = links_follow(path, &canonical, &blamed);
	if (err)
		return failed(taking, path, err);

	err = file_pack(taking, path, &status, canonical, blamed);
	if (!err && canonical && strcmp(canonical, path) != 0)
		err = file_take(taking, canonical);
	return err ? err : above_take(taking, path);
}

static int match_take(void *context, const char *path)
{
	return file_take(context, path);
}

static int pattern_take(struct taking *taking, const char *pattern, struct bw_position at)
{
	int err;

	if (!pattern)
		return 0;

	taking->at = at;
	if (json_array_append_new(taking->asked, json_string(pattern)) < 0)
		return -ENOMEM;

	err = pattern_each(pattern, match_take, taking);
	if (err)
		err = failed(taking, pattern, err);
	return err || pattern_is_magic(pattern) ? err : above_take(taking, pattern);
}

/* --- Policies ------------------------------------------------------------------ */

static int paths_take(struct taking *taking, const struct bw_policy_path *paths, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++)
		err = pattern_take(taking, paths[i].path, paths[i].at);
	return err;
}

static int grants_take(struct taking *taking, const struct bw_policy_grant *grants, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++) {
		const struct bw_policy_grant *grant = &grants[i];

		err = named_take(taking->users, grant->user, bw_user_number);
		if (!err)
			err = named_take(taking->groups, grant->group, bw_group_number);
		if (!err)
			err = named_take(taking->users, grant->login, bw_user_number);
		if (!err)
			err = pattern_take(taking, grant->exe, grant->exe_at);
		if (!err)
			err = pattern_take(taking, grant->script, grant->script_at);
	}
	return err;
}

static int policy_take(struct taking *taking, const struct bw_policy *policy)
{
	int err;

	taking->policy = policy;
	err = paths_take(taking, policy->protect, policy->protect_len);
	if (!err)
		err = paths_take(taking, policy->except, policy->except_len);
	if (!err)
		err = grants_take(taking, policy->grants, policy->grants_len);
	return err ? err : grants_take(taking, policy->tracers, policy->tracers_len);
}

static int all_take(struct taking *taking, const struct bw_policies *policies)
{
	int err;

	if (!taking->users || !taking->groups || !taking->asked || !taking->files)
		return -ENOMEM;

	err = bw_mounts_load(BW_MOUNTINFO_PATH, &taking->mounts);
	if (!err)
		err = users_list(taking->users);
	if (!err)
		err = groups_list(taking->groups);
	for (size_t i = 0; i < policies->len && !err; i++)
		err = policy_take(taking, policies->items[i]);
	return err;
}

static json_t *facts_pack(const struct taking *taking)
{
	char taken[sizeof("2026-11-24T04:31:00Z")] = "";
	time_t now = time(NULL);
	struct utsname host;
	struct tm parts;

	if (uname(&host) < 0 || !gmtime_r(&now, &parts))
		return NULL;

	(void)strftime(taken, sizeof(taken), "%Y-%m-%dT%H:%M:%SZ", &parts);
	return json_pack("{s:i, s:s, s:s, s:s, s:O, s:O, s:O, s:O}", "facts", BW_FACTS_VERSION,
			 "host", host.nodename, "kernel", host.release, "taken", taken, "users",
			 taking->users, "groups", taking->groups, "asked", taking->asked, "files",
			 taking->files);
}

static void taking_done(struct taking *taking)
{
	bw_mounts_done(&taking->mounts);
	json_decref(taking->users);
	json_decref(taking->groups);
	json_decref(taking->asked);
	json_decref(taking->files);
}

int bw_facts_take(const struct bw_policies *policies, struct bw_diagnostics *diagnostics,
		  json_t **ret_facts)
{
	_cleanup_(taking_done) struct taking taking = {
		.diagnostics = diagnostics,
		.users = json_object(),
		.groups = json_object(),
		.asked = json_array(),
		.files = json_object(),
	};
	size_t errors = diagnostics->errors;
	json_t *facts;
	int err;

	err = all_take(&taking, policies);
	if (err)
		return err;

	if (diagnostics->errors > errors)
		return -EINVAL;

	facts = facts_pack(&taking);
	if (!facts)
		return -ENOMEM;

	*ret_facts = facts;
	return 0;
}
