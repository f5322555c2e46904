// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - explain: would this subject get this file, and by which line
 */
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "explain.h"
#include "grant.h"
#include "pattern.h"
#include "verdict.h"

/* No grant's user: policies end one number below. */
#define UID_NOBODY UINT32_MAX

/**
 * struct place - The entry of a policy that is nearest to a file
 *
 * @len: Bytes of the file's path that it covers, 0 for none.
 */
struct place {
	const struct bw_policy *policy;
	const struct bw_policy_path *entry;
	size_t len;
	bool protect;
};

static int path_check(const char *path)
{
	_cleanup_(freep) char *normal = bw_path_normalise(path);

	if (!normal)
		return -ENOMEM;

	return strcmp(path, normal) ? -EINVAL : 0;
}

/* Of an `except:` and a `protect:` for the same file, the latter counts. */
static void place_look(struct place *place, const struct bw_policy *policy, const char *file,
		       bool protect)
{
	const struct bw_policy_path *entries = protect ? policy->protect : policy->except;
	size_t entries_len = protect ? policy->protect_len : policy->except_len;

	for (size_t i = 0; i < entries_len; i++) {
		size_t len = bw_pattern_covers(entries[i].path, file);

		if (len > place->len)
			*place = (struct place){ policy, &entries[i], len, protect };
	}
}

static struct place place_find(const struct bw_policies *policies, const char *file)
{
	struct place place = { 0 };

	for (size_t i = 0; i < policies->len; i++)
		place_look(&place, policies->items[i], file, true);
	for (size_t i = 0; i < policies->len; i++)
		place_look(&place, policies->items[i], file, false);
	return place;
}

static bool user_named(const struct bw_policies *policies, const char *user)
{
	for (size_t i = 0; i < policies->len; i++) {
		for (size_t j = 0; j < policies->items[i]->grants_len; j++) {
			if (!strcmp(policies->items[i]->grants[j].user, user))
				return true;
		}
	}
	return false;
}

/* Which disk is free of sets the host decides: any node may be one that isn't, but no file in memory. */
static bool is_node(const char *file)
{
	return bw_pattern_covers("/dev", file) > 0 && !bw_pattern_covers("/dev/shm", file);
}

/*
 * A policy is checked on hosts that lack its users, too: there, a user whom a
 * grant names is that grant's user and nobody else's.
 */
static int user_find(const struct bw_policies *policies, const char *user, uint32_t *ret_uid)
{
	int err = bw_user_number(user, ret_uid);

	if (err != -ENOENT || !user_named(policies, user))
		return err;

	*ret_uid = UID_NOBODY;
	return 0;
}

static uint32_t grant_uid(const struct bw_policy_grant *grant, const struct bw_question *question,
			  uint32_t uid)
{
	uint32_t grant_uid;

	if (!strcmp(grant->user, question->user))
		return uid;

	return bw_user_number(grant->user, &grant_uid) ? ~uid : grant_uid;
}

/* By name, or by number, as @find tells. */
static bool is_same(const char *one, const char *other,
		    int (*find)(const char *name, uint32_t *ret_number))
{
	uint32_t one_number, other_number;

	if (!strcmp(one, other))
		return true;

	return !find(one, &one_number) && !find(other, &other_number) && one_number == other_number;
}

/* Fails closed: of a zone that the host doesn't know, no hour is right. */
static void hours_fill(const struct bw_policy_grant *grant, const struct bw_question *question,
		       struct bw_grant *compiled)
{
	if (!question->at)
		compiled->flags &= ~BW_GRANT_HOURS;
	else if (question->shown)
		bw_hours_compile_as_shown(&grant->hours, &compiled->hours);
	else
		(void)bw_hours_compile(&grant->hours, question->at, &compiled->hours);
}

/* Fails closed: records of dpkg that can't be read are none. */
static bool content_fits(const struct bw_policy_grant *grant, const struct bw_question *question)
{
	_cleanup_(freep) char *why = NULL;

	return !question->content ||
	       (!bw_content_judge(grant, question->exe, question->content, &why) && !why);
}

static enum bw_reason grant_ask(const struct bw_policy_grant *grant,
				const struct bw_question *question, uint32_t uid)
{
	struct bw_grant compiled;
	struct bw_who who = {
		.flags = BW_SUBJECT_KNOWN | question->flags |
			 (question->mount_ns ? BW_SUBJECT_MOUNT_NS : 0),
		.uid = uid,
		.unit_len = strlen(question->unit),
		.now = question->at,
	};

	memcpy(who.unit, question->unit, strnlen(question->unit, sizeof(who.unit) - 1));
	bw_grant_compile(grant, "", grant_uid(grant, question, uid), 1, &compiled);
	hours_fill(grant, question, &compiled);
	/* 0 and another number: more needn't be known of what is compared. */
	if (grant->script && strcmp(grant->script, question->script) == 0)
		who.flags |= WHO_STARTED;
	if (content_fits(grant, question))
		who.flags |= WHO_VERIFIED;
	if (grant->group && is_same(grant->group, question->group, bw_group_number))
		who.flags |= WHO_IN_GROUP;
	who.login = grant->login && !is_same(grant->login, question->login, bw_user_number);
	return grant_judge(&compiled, &who);
}

static struct bw_position reason_position(const struct bw_policy_grant *grant,
					  enum bw_reason reason)
{
	switch (reason) {
	case BW_REASON_WRONG_USER:
		return grant->user_at;
	case BW_REASON_WRONG_UNIT:
		return grant->unit_at;
	case BW_REASON_WRONG_SCRIPT:
		return grant->script_at;
	case BW_REASON_WRONG_DIGEST:
		return grant->sha256.len > 0 ? grant->sha256_at : grant->package_at;
	case BW_REASON_WRONG_GROUP:
		return grant->group_at;
	case BW_REASON_WRONG_LOGIN:
		return grant->login_at;
	case BW_REASON_WRONG_HOURS:
		return grant->hours_at;
	default:
		return grant->at;
	}
}

static void answer_consider(struct bw_answer *answer, const struct bw_policy_grant *grant,
			    enum bw_reason reason)
{
	if (answer->grant && reason_rank(reason) <= reason_rank(answer->reason))
		return;

	answer->grant = grant;
	answer->reason = reason;
	answer->at = reason_position(grant, reason);
}

enum bw_reason bw_explain_grant(const struct bw_policy_grant *grant,
				const struct bw_question *question)
{
	uint32_t uid;

	if (bw_pattern_covers(grant->exe, question->exe) != strlen(question->exe))
		return BW_REASON_NO_GRANT;

	return grant_ask(grant, question, bw_user_number(question->user, &uid) ? UID_NOBODY : uid);
}

static void grants_ask(const struct bw_question *question, uint32_t uid, struct bw_answer *answer)
{
	const struct bw_policy *policy = answer->policy;

	answer->reason = BW_REASON_NO_GRANT;
	for (size_t i = 0; i < policy->grants_len; i++) {
		const struct bw_policy_grant *grant = &policy->grants[i];

		if (bw_pattern_covers(grant->exe, question->exe) == strlen(question->exe))
			answer_consider(answer, grant, grant_ask(grant, question, uid));
	}
	answer->verdict = verdict_for(policy->mode, answer->reason);
}

/* What can't be counted, as a disk, isn't theirs. */
static void others_ask(struct bw_answer *answer)
{
	answer->others =
		answer->reason != BW_REASON_GRANTED && answer->policy->others.per != BW_BUDGET_NONE;
	if (!answer->others)
		return;

	answer->verdict = BW_VERDICT_ALLOW;
	answer->reason = BW_REASON_GRANTED;
	answer->at = answer->policy->others_at;
}

int bw_explain(const struct bw_policies *policies, const struct bw_question *question,
	       struct bw_answer *ret_answer)
{
	struct bw_answer answer = {
		.verdict = BW_VERDICT_ALLOW,
		.reason = BW_REASON_GRANTED,
	};
	struct place place;
	uint32_t uid;
	int err;

	err = path_check(question->exe);
	if (!err)
		err = path_check(question->file);
	if (!err)
		err = user_find(policies, question->user, &uid);
	if (err)
		return err;

	place = place_find(policies, question->file);
	if (place.len) {
		answer.policy = place.policy;
		answer.at = place.entry->at;
		answer.in_set = place.protect;
	}
	if (!place.len && is_node(question->file)) {
		answer.policy = bw_policies_devices(policies);
		answer.in_set = answer.policy != NULL;
		answer.at = answer.in_set ? answer.policy->devices_at : answer.at;
	}
	if (answer.in_set)
		grants_ask(question, uid, &answer);
	if (answer.in_set && place.len)
		others_ask(&answer);

	*ret_answer = answer;
	return 0;
}

void bw_explain_glass(struct bw_answer *answer, bool left)
{
	enum bw_reason reason = left ? BW_REASON_GRANTED : BW_REASON_BUDGET_BYTES;

	answer->verdict = verdict_for(answer->policy->mode, reason);
	answer->reason = left ? BW_REASON_GLASS : reason;
	answer->grant = NULL;
	answer->others = false;
	answer->at = (struct bw_position){ 0 };
}
