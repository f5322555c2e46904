// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a grant of a policy file as the programs compare it
 */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "content.h"
#include "grant.h"
#include "resolve.h"

/* (uid_t)-1 is no user: the kernel takes it for "leave as it is". */
#define UID_LAST (UINT32_MAX - 1)

/* More than any entry of a user database holds. */
#define ENTRY_BYTES_MAX (1U << 20)

/* Looks a name up in one of the databases, with so much room for its entry. */
typedef int (*number_look)(const char *name, size_t buffer_size, uint32_t *ret_number);

int bw_number_parse(const char *text, uint32_t *ret_number)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || number > UID_LAST)
		return -EINVAL;

	*ret_number = number;
	return 0;
}

static int user_look_up(const char *name, size_t buffer_size, uint32_t *ret_uid)
{
	_cleanup_(freep) char *buffer = malloc(buffer_size);
	struct passwd entry, *found;
	int err;

	if (!buffer)
		return -ENOMEM;

	err = getpwnam_r(name, &entry, buffer, buffer_size, &found);
	if (err)
		return -err;

	if (!found)
		return -ENOENT;

	*ret_uid = found->pw_uid;
	return 0;
}

static int group_look_up(const char *name, size_t buffer_size, uint32_t *ret_gid)
{
	_cleanup_(freep) char *buffer = malloc(buffer_size);
	struct group entry, *found;
	int err;

	if (!buffer)
		return -ENOMEM;

	err = getgrnam_r(name, &entry, buffer, buffer_size, &found);
	if (err)
		return -err;

	if (!found)
		return -ENOENT;

	*ret_gid = found->gr_gid;
	return 0;
}

static int number_find(const char *name, number_look look, uint32_t *ret_number)
{
	int err = bw_number_parse(name, ret_number);

	if (!err)
		return 0;

	for (size_t size = 4096; size <= ENTRY_BYTES_MAX; size *= 4) {
		err = look(name, size, ret_number);
		if (err != -ERANGE)
			break;
	}
	/* getpwnam(3): several databases say "not found" in these words. */
	return err == -ESRCH || err == -EBADF || err == -EPERM ? -ENOENT : err;
}

int bw_user_number(const char *user, uint32_t *ret_uid)
{
	return number_find(user, user_look_up, ret_uid);
}

int bw_group_number(const char *group, uint32_t *ret_gid)
{
	return number_find(group, group_look_up, ret_gid);
}

static void unit_compile(const char *unit, struct bw_grant *grant)
{
	const char *star = strchr(unit, '*');
	size_t len = strnlen(unit, sizeof(grant->unit) - 1);

	memcpy(grant->unit, unit, len);
	grant->unit_len = len;
	if (star)
		grant->unit_star = star - unit;
}

/* Never 0, which stands for no pattern. */
static uint32_t pattern_number(const struct bw_policy_grant *grant)
{
	uint64_t hash = bw_name_hash(grant->exe) ^ bw_digests_number(&grant->sha256);
	uint32_t number;

	/* Not the plain hash: an executable may be called like its package. */
	if (grant->package)
		hash ^= bw_name_hash(grant->package) * BW_NAME_HASH_PRIME;
	number = (uint32_t)(hash ^ hash >> 32);
	return number ? number : 1;
}

uint64_t bw_budget_id(const char *set, const char *grant)
{
	char name[2 * BW_SET_NAME_SIZE];

	/* Both are shorter than a set's name may be. */
	(void)snprintf(name, sizeof(name), "%s/%s", set, grant);
	return bw_name_hash(name);
}

void bw_grant_compile(const struct bw_policy_grant *grant, const char *set, uint32_t uid,
		      unsigned int number, struct bw_grant *ret_grant)
{
	struct bw_grant compiled = {
		.number = number,
		.pattern = pattern_number(grant),
		.unit_star = BW_UNIT_NO_STAR,
		.budget = grant->budget,
	};

	if (grant->budget.per != BW_BUDGET_NONE)
		compiled.budget.id = bw_budget_id(set, grant->name);

	if (grant->any_mounts)
		compiled.flags |= BW_GRANT_ANY_MOUNTS;

	if (grant->script)
		compiled.flags |= BW_GRANT_SCRIPT;

	if (grant->group)
		compiled.flags |= BW_GRANT_GROUP;

	if (grant->login)
		compiled.flags |= BW_GRANT_LOGIN;

	if (bw_content_matters(grant))
		compiled.flags |= BW_GRANT_DIGEST;

	if (grant->hours.len > 0)
		compiled.flags |= BW_GRANT_HOURS;

	if (!strcmp(grant->user, "any"))
		compiled.flags |= BW_GRANT_ANY_USER;
	else
		compiled.uid = uid;

	if (!strcmp(grant->unit, "any"))
		compiled.flags |= BW_GRANT_ANY_UNIT;
	else
		unit_compile(grant->unit, &compiled);

	*ret_grant = compiled;
}
