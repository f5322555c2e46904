// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what has become of executables whose content was verified
 */
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "verified.h"

/* Of several grants for one executable, each has its own: they stand in the same order. */
static const struct bw_verified *verified_find(const struct bw_rules *rules, const char *path,
					       size_t nth)
{
	for (size_t i = 0; i < rules->verified_len; i++)
		if (strcmp(rules->verified[i].path, path) == 0 && nth-- == 0)
			return &rules->verified[i];
	return NULL;
}

static size_t verified_rank(const struct bw_rules *rules, size_t index)
{
	size_t nth = 0;

	for (size_t i = 0; i < index; i++)
		nth += strcmp(rules->verified[i].path, rules->verified[index].path) == 0;
	return nth;
}

/* What there is to say; NULL: nothing. */
static const char *verified_change(const struct bw_verified *before, const struct bw_verified *now)
{
	if (!now->right)
		return before->right ? "is suspended: what is in it isn't verified" : NULL;

	if (!before->right)
		return "was verified again";

	return before->version != now->version ? "has changed, and was verified again" : NULL;
}

static int verified_add(struct bw_rules *rules, const struct bw_verified *named, __u64 version)
{
	struct bw_verified *items;

	items = reallocarray(rules->verified, rules->verified_len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;

	rules->verified = items;
	items += rules->verified_len;
	*items = (struct bw_verified){ strdup(named->path), named->file, version, version != 0 };
	if (!items->path)
		return -ENOMEM;

	rules->verified_len++;
	return 0;
}

/* The first of its grants, as the first of those to come. */
static const struct bw_grant *grant_recall(const struct bw_rules *in_force,
					   const struct bw_file_key *file)
{
	for (size_t i = 0; i < in_force->len; i++) {
		const struct bw_rule_entry *entry = &in_force->items[i];

		if (entry->key.kind == BW_RULE_GRANT &&
		    memcmp(&entry->key.file, file, sizeof(*file)) == 0 &&
		    entry->rule.grant.flags & BW_GRANT_DIGEST)
			return &entry->rule.grant;
	}
	return NULL;
}

int bw_verified_recall(struct bw_rules *in_force, const struct bw_rules *now)
{
	int err = 0;

	for (size_t i = 0; i < now->verified_len && !err; i++) {
		const struct bw_verified *item = &now->verified[i];
		const struct bw_grant *grant = grant_recall(in_force, &item->file);

		if (grant && verified_rank(now, i) == 0)
			err = verified_add(in_force, item, grant->content);
	}
	return err;
}

void bw_verified_compare(const struct bw_rules *before, const struct bw_rules *now,
			 void (*tell)(void *context, const char *text), void *context)
{
	for (size_t i = 0; before && i < now->verified_len; i++) {
		const struct bw_verified *item = &now->verified[i];
		const struct bw_verified *known =
			verified_find(before, item->path, verified_rank(now, i));
		const char *change = known ? verified_change(known, item) : NULL;
		_cleanup_(freep) char *text = NULL;

		if (!change)
			continue;

		if (asprintf(&text, "'%s' %s", item->path, change) < 0)
			text = NULL;
		if (text)
			tell(context, text);
	}
}
