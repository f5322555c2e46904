// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: what else a grant asks for: users, groups, scripts, hours
 */
#include <string.h>

#include "cleanup.h"
#include "grant.h"
#include "resolve_texts.h"
#include "resolver.h"

/* A grant whose conditions are looked for. */
struct condition {
	struct resolver *resolver;
	const struct granted *granted;
};

#define condition_say(condition, position, warning, ...)                                     \
	resolver_say((condition)->resolver, (condition)->granted->policy, position, warning, \
		     __VA_ARGS__)

static int user_look_up(struct condition *condition, const char *user, struct bw_position at,
			uint32_t *ret_uid)
{
	int err;

	*ret_uid = 0;
	if (strcmp(user, "any") == 0)
		return 0;

	err = bw_user_number(user, ret_uid);
	if (!err || err == -ENOMEM)
		return err;

	if (err == -ENOENT)
		return condition_say(condition, at, false, TEXT_NO_USER, user);

	return condition_say(condition, at, false, "can't look up user '%s': %s", user,
			     strerror(-err));
}

static int group_look_up(struct condition *condition, uint32_t *ret_gid)
{
	const char *group = condition->granted->source->group;
	struct bw_position at = condition->granted->source->group_at;
	int err;

	*ret_gid = 0;
	if (!group)
		return 0;

	err = bw_group_number(group, ret_gid);
	if (!err || err == -ENOMEM)
		return err;

	if (err == -ENOENT)
		return condition_say(condition, at, false, TEXT_NO_GROUP, group);

	return condition_say(condition, at, false, "can't look up group '%s': %s", group,
			     strerror(-err));
}

static int login_look_up(struct condition *condition, uint32_t *ret_login)
{
	const struct bw_policy_grant *source = condition->granted->source;

	if (source->login && strcmp(source->login, "none") != 0)
		return user_look_up(condition, source->login, source->login_at, ret_login);

	*ret_login = source->login ? BW_LOGIN_NONE : 0;
	return 0;
}

/* The one that is missing or can't be trusted has started nobody. */
static int script_say(struct condition *condition, const char *path, const char *what)
{
	return condition_say(condition, condition->granted->source->script_at, true,
			     TEXT_NOBODY_BY_SCRIPT, condition->granted->source->name, path, what);
}

static int script_judge(struct condition *condition, char *canonical, struct bw_file_key *ret_key)
{
	struct bw_file_key key;
	const char *why;
	int err = file_identify(condition->resolver, canonical, &key);

	if (err)
		return script_say(condition, canonical, strerror(-err));

	why = path_distrust(canonical);
	if (why)
		return script_say(condition, *canonical ? canonical : "/", why);

	*ret_key = key;
	return 0;
}

static int script_look_up(struct condition *condition, struct bw_file_key *ret_key)
{
	const char *script = condition->granted->source->script;
	_cleanup_(freep) char *canonical = NULL;
	_cleanup_(freep) char *directory = NULL;
	_cleanup_(freep) char *blamed = NULL;
	int err;

	if (!script)
		return 0;

	err = watches_add(condition->resolver, script);
	if (err)
		return err;

	err = path_canonical_by_root(script, &canonical, &blamed);
	if (err == -EXDEV)
		return script_say(condition, blamed, TEXT_SCRIPT_BY_LINK);

	if (leads_nowhere(err))
		return script_say(condition, script, TEXT_MISSING);

	if (err == -ENOMEM)
		return err;

	if (err)
		return script_say(condition, script, strerror(-err));

	/* Another one than that of @script, where there are links. */
	directory = path_directory(canonical);
	err = directory ? watches_add_directory(condition->resolver, directory) : -ENOMEM;
	return err ? err : script_judge(condition, canonical, ret_key);
}

static int hours_look_up(struct condition *condition, struct bw_hours *hours)
{
	const struct bw_policy_grant *source = condition->granted->source;
	int err;

	if (source->hours.len == 0)
		return 0;

	err = bw_hours_compile(&source->hours, time(NULL), hours);
	if (!err || err == -ENOMEM)
		return err;

	return condition_say(condition, source->hours_at, false,
			     "there is no time zone '%s' on this host; see /usr/share/zoneinfo",
			     source->hours.zone);
}

int grant_conditions(struct resolver *resolver, const struct granted *granted, unsigned int number,
		     struct bw_grant *ret_grant)
{
	struct condition condition = { resolver, granted };
	uint32_t uid;
	int err;

	err = user_look_up(&condition, granted->source->user, granted->source->user_at, &uid);
	if (err)
		return err;

	bw_grant_compile(granted->source, granted->policy->set, uid, number, ret_grant);
	err = group_look_up(&condition, &ret_grant->gid);
	if (!err)
		err = login_look_up(&condition, &ret_grant->login);
	if (!err)
		err = script_look_up(&condition, &ret_grant->script);
	if (!err)
		err = hours_look_up(&condition, &ret_grant->hours);
	return err;
}
