// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - rules that may only become stricter
 */
#include <string.h>

#include "cleanup.h"
#include "resolver.h"
#include "verdict.h"

struct line {
	struct bw_rule_key key;
	const struct bw_rule *rule;
};

/**
 * struct index - Entries of some rules, sorted by key
 *
 * Points into the rules: it is worthless once they grow.
 */
struct index {
	struct line *lines;
	size_t len;
};

static void index_done(struct index *index)
{
	free(index->lines);
}

static int line_compare(const void *one, const void *other)
{
	const struct line *a = one;
	const struct line *b = other;

	return memcmp(&a->key, &b->key, sizeof(a->key));
}

static int index_make(const struct bw_rules *rules, struct index *ret_index)
{
	struct line *lines = calloc(rules->len + 1, sizeof(*lines));

	if (!lines)
		return -ENOMEM;

	for (size_t i = 0; i < rules->len; i++)
		lines[i] = (struct line){ rules->items[i].key, &rules->items[i].rule };
	qsort(lines, rules->len, sizeof(*lines), line_compare);
	*ret_index = (struct index){ .lines = lines, .len = rules->len };
	return 0;
}

static const struct bw_rule *index_find(const struct index *index, const struct bw_rule_key *key)
{
	const struct line wanted = { .key = *key };
	const struct line *found;

	found = bsearch(&wanted, index->lines, index->len, sizeof(*index->lines), line_compare);
	return found ? found->rule : NULL;
}

static bool is_place(const struct bw_rule_key *key)
{
	return key->kind == BW_RULE_ANCHOR || key->kind == BW_RULE_NAME;
}

static bool protects(const struct bw_rule *rule)
{
	return rule && rule->anchor == BW_ANCHOR_PROTECT;
}

/* --- Holes --------------------------------------------------------------------- */

static bool set_has_anchor(uint16_t set, const struct index *before)
{
	for (size_t i = 0; i < before->len; i++) {
		const struct line *line = &before->lines[i];

		if (line->key.kind == BW_RULE_ANCHOR && protects(line->rule) &&
		    line->rule->set == set)
			return true;
	}
	return false;
}

/*
 * May what is found at this rule have been in a set for longer?  A name alone is
 * protected until its directory is made; of a set that has something elsewhere,
 * that may have been moved there instead.
 */
static bool was_in_set(const struct bw_rule_key *within, const struct index *before)
{
	const struct bw_rule *rule = index_find(before, within);

	if (!protects(rule))
		return false;

	return within->kind == BW_RULE_ANCHOR || set_has_anchor(rule->set, before);
}

/*
 * A new cluster's log and pid file: nothing that they are in was protected before.
 * What was may hold a file that somebody has given such a name.
 */
static bool hole_is_in_new(const struct bw_rules *rules, const struct bw_rule_key *key,
			   const struct index *before)
{
	bool known = false;

	for (size_t i = 0; i < rules->holes_len; i++) {
		const struct bw_hole *hole = &rules->holes[i];

		if (hole->name != key->name || file_key_compare(&hole->directory, &key->file) != 0)
			continue;

		if (was_in_set(&hole->within, before))
			return false;

		known = true;
	}
	return known;
}

static bool hole_is_added(const struct bw_rules *rules, const struct bw_rule_entry *entry,
			  const struct index *before)
{
	const struct bw_rule *rule;

	if (!is_place(&entry->key) || entry->rule.anchor != BW_ANCHOR_EXCEPT)
		return false;

	rule = index_find(before, &entry->key);
	if (rule)
		return protects(rule);

	return !hole_is_in_new(rules, &entry->key, before);
}

static void added_holes_drop(struct bw_rules *rules, const struct index *before)
{
	size_t kept = 0;

	for (size_t i = 0; i < rules->len; i++)
		if (!hole_is_added(rules, &rules->items[i], before))
			rules->items[kept++] = rules->items[i];
	rules->len = kept;
}

/* --- What stays ---------------------------------------------------------------- */

static bool set_is_gone(uint16_t set, const struct index *now)
{
	const struct bw_rule_key key = { .kind = BW_RULE_SET, .set = set };

	return !index_find(now, &key);
}

static bool is_grant(const struct bw_rule_key *key)
{
	return key->kind == BW_RULE_GRANT || key->kind == BW_RULE_TRACER;
}

static bool executable_is_wanted(const struct bw_file_key *exe, const struct bw_rules *in_force,
				 const struct index *now)
{
	for (size_t i = 0; i < in_force->len; i++) {
		const struct bw_rule_key *key = &in_force->items[i].key;

		if (is_grant(key) && file_key_compare(&key->file, exe) == 0 &&
		    set_is_gone(key->set, now))
			return true;
	}
	return false;
}

static bool script_is_wanted(const struct bw_file_key *script, const struct bw_rules *in_force,
			     const struct index *now)
{
	for (size_t i = 0; i < in_force->len; i++) {
		const struct bw_rule_entry *entry = &in_force->items[i];

		if (is_grant(&entry->key) && set_is_gone(entry->key.set, now) &&
		    file_key_compare(&entry->rule.grant.script, script) == 0)
			return true;
	}
	return false;
}

static const struct bw_rule_key devices_key = { .kind = BW_RULE_DEVICES };

/* Does @entry, in force so far, have to stay although it isn't in @now? */
static bool entry_stays(const struct bw_rule_entry *entry, const struct bw_rules *in_force,
			const struct index *now)
{
	if (index_find(now, &entry->key))
		return false;

	switch (entry->key.kind) {
	case BW_RULE_ANCHOR:
	case BW_RULE_NAME:
		return protects(&entry->rule);
	case BW_RULE_FILESYSTEM:
		return true;
	case BW_RULE_SET:
	case BW_RULE_OTHERS:
	case BW_RULE_GRANT:
	case BW_RULE_TRACER:
		return set_is_gone(entry->key.set, now);
	case BW_RULE_EXE:
		return executable_is_wanted(&entry->key.file, in_force, now);
	case BW_RULE_SCRIPT:
		return script_is_wanted(&entry->key.file, in_force, now);
	case BW_RULE_DISK:
		return protects(&entry->rule) || !index_find(now, &devices_key);
	case BW_RULE_DEVICES:
	case BW_RULE_RAW:
		return !index_find(now, &devices_key);
	default:
		return false;
	}
}

int executable_keep(struct bw_rules *rules, const struct bw_file_key *exe)
{
	struct bw_file_key *executables;
	size_t at = rules->executables_len;

	executables = reallocarray(rules->executables, at + 1, sizeof(*executables));
	if (!executables)
		return -ENOMEM;

	/* They are sorted. */
	for (; at > 0 && file_key_compare(&executables[at - 1], exe) > 0; at--)
		executables[at] = executables[at - 1];
	executables[at] = *exe;
	rules->executables = executables;
	rules->executables_len++;
	return 0;
}

static int entry_keep(struct bw_rules *rules, const struct bw_rule_entry *entry)
{
	int err = rules_add(rules, &entry->key, &entry->rule);

	if (err)
		return err;

	return entry->key.kind == BW_RULE_EXE ? executable_keep(rules, &entry->key.file) : 0;
}

/* The index would be worthless after the first addition: collect first. */
static int staying_collect(const struct bw_rules *rules, const struct bw_rules *in_force,
			   struct bw_rules *staying)
{
	_cleanup_(index_done) struct index now = { 0 };
	int err;

	err = index_make(rules, &now);
	for (size_t i = 0; i < in_force->len && !err; i++)
		if (entry_stays(&in_force->items[i], in_force, &now))
			err = entry_keep(staying, &in_force->items[i]);
	return err;
}

static int staying_add(struct bw_rules *rules, const struct bw_rules *in_force)
{
	_cleanup_(bw_rules_freep) struct bw_rules *staying = calloc(1, sizeof(*staying));
	int err;

	if (!staying)
		return -ENOMEM;

	err = staying_collect(rules, in_force, staying);
	for (size_t i = 0; i < staying->len && !err; i++)
		err = entry_keep(rules, &staying->items[i]);
	if (!err)
		rules->filesystems |= in_force->filesystems;
	return err;
}

/* Where something enforced may stay, what can't be placed stays refused. */
static void filesystems_tighten(struct bw_rules *rules, const struct index *before)
{
	for (size_t i = 0; i < rules->len; i++) {
		struct bw_rule_entry *entry = &rules->items[i];
		const struct bw_rule *rule;

		if (entry->key.kind != BW_RULE_FILESYSTEM)
			continue;

		rule = index_find(before, &entry->key);
		if (rule && mode_refuses(rule->mode))
			entry->rule.mode = rule->mode;
	}
}

/*
 * INV-1: unmounting a set's filesystem doesn't free its disk; nor does unplugging it.
 * Whether the bytes are gone only an administrator can tell.
 */
static void disks_tighten(struct bw_rules *rules, const struct index *before)
{
	for (size_t i = 0; i < rules->len; i++) {
		struct bw_rule_entry *entry = &rules->items[i];

		if (entry->key.kind == BW_RULE_DISK && protects(index_find(before, &entry->key)))
			entry->rule.anchor = BW_ANCHOR_PROTECT;
	}
}

int bw_rules_tighten(struct bw_rules *rules, const struct bw_rules *in_force)
{
	_cleanup_(index_done) struct index before = { 0 };
	int err;

	err = index_make(in_force, &before);
	if (err)
		return err;

	added_holes_drop(rules, &before);
	filesystems_tighten(rules, &before);
	disks_tighten(rules, &before);
	coverages_tighten(rules, in_force);
	return staying_add(rules, in_force);
}
