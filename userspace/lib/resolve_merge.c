// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: anchors and names, each once
 */
#include <string.h>

#include "cleanup.h"
#include "resolver.h"
#include "verdict.h"

/* More warnings of one kind say nothing new. */
#define CONFLICTS_TOLD_MAX 20

static int finding_add(struct resolver *resolver, const struct finding *finding)
{
	struct findings *findings = &resolver->findings;
	int err;

	err = array_reserve(&findings->items, findings->len, sizeof(*findings->items));
	if (err)
		return err;

	findings->items[findings->len++] = *finding;
	return 0;
}

int finding_add_linked(struct resolver *resolver, const struct place *top, int fd, bool directory)
{
	const struct bw_identifier *identifier = resolver->identifier;
	struct finding finding = {
		.place = (uint32_t)(top - resolver->places.items),
		.set = top->set,
		.anchor = BW_ANCHOR_PROTECT,
		.linked = true,
		.directory = directory,
	};
	int err;

	err = identifier->identify(identifier->context, fd, &finding.file);
	return err ? err : finding_add(resolver, &finding);
}

static int place_find(struct resolver *resolver, uint32_t index)
{
	const struct place *place = &resolver->places.items[index];
	struct finding finding = {
		.file = place->key,
		.place = index,
		.set = place->set,
		.anchor = (uint8_t)place->anchor,
		.directory = place->directory,
	};
	int err = 0;

	if (!place->anchor)
		return 0;

	/*
	 * A hole is a name: as an inode, a protected file moved onto that name would
	 * take the hole with it wherever it goes next.
	 */
	if (place->exists && place->anchor == BW_ANCHOR_PROTECT)
		err = finding_add(resolver, &finding);
	if (err || (place->directory && place->anchor == BW_ANCHOR_PROTECT))
		return err;

	finding.file = place->parent;
	finding.name = bw_name_hash(strrchr(place->path, '/') + 1);
	return finding_add(resolver, &finding);
}

int file_key_compare(const struct bw_file_key *one, const struct bw_file_key *other)
{
	if (one->dev != other->dev)
		return one->dev < other->dev ? -1 : 1;

	if (one->ino != other->ino)
		return one->ino < other->ino ? -1 : 1;

	return (one->generation > other->generation) - (one->generation < other->generation);
}

static int target_compare(const struct finding *one, const struct finding *other)
{
	int order = file_key_compare(&one->file, &other->file);

	return order ? order : (one->name > other->name) - (one->name < other->name);
}

/* What protects comes before what excepts, what was named before what was met. */
static int finding_compare(const void *one, const void *other)
{
	const struct finding *a = one;
	const struct finding *b = other;
	int order = target_compare(a, b);

	if (order)
		return order;

	if (a->anchor != b->anchor)
		return a->anchor < b->anchor ? -1 : 1;

	if (a->linked != b->linked)
		return a->linked ? 1 : -1;

	return (a->place > b->place) - (a->place < b->place);
}

/*
 * One directory in two sets is root's doing, by a mount.  One file can be its owner's,
 * by a link: whoever may make one must not keep a policy from being applied.
 */
static int conflict_say(struct resolver *resolver, const struct finding *one,
			const struct finding *other)
{
	const struct place *here = &resolver->places.items[other->place];
	const struct place *there = &resolver->places.items[one->place];

	if (one->set == other->set)
		return resolver_say(resolver, here->policy, here->at, false,
				    "'%s' and '%s' are one file: both protected and excepted",
				    there->path, here->path);

	return resolver_say(
		resolver, here->policy, here->at, !other->directory,
		"inode %llu is in '%s' and by another name in '%s' of set '%s'; sets "
		"may not overlap%s (%s)",
		(unsigned long long)other->file.ino, here->path, there->path, there->policy->set,
		other->directory ? "" : ": it counts as in that one", there->policy->file);
}

/* Two findings for one inode or name: @one comes first. */
static bool finding_conflicts(const struct finding *one, const struct finding *other)
{
	if (one->anchor == BW_ANCHOR_EXCEPT)
		return false;

	if (other->anchor == BW_ANCHOR_PROTECT)
		return one->set != other->set;

	/* Another set's hole is no protection, and a file met by another name stays in. */
	return one->set == other->set && !one->linked;
}

/* Files, of which there can be many, @told of them already. */
static bool conflict_is_told(const struct finding *finding, unsigned int *told)
{
	return finding->directory || finding->name || (*told)++ < CONFLICTS_TOLD_MAX;
}

static int hole_emit(const struct resolver *resolver, const struct finding *finding,
		     struct bw_rules *rules)
{
	const struct place *place = &resolver->places.items[finding->place];
	int err = 0;

	for (size_t i = 0; i < place->above_len && !err; i++) {
		err = array_reserve(&rules->holes, rules->holes_len, sizeof(*rules->holes));
		if (err)
			break;

		rules->holes[rules->holes_len++] = (struct bw_hole){
			.directory = finding->file,
			.name = finding->name,
			.within = place->above[i],
		};
	}
	return err;
}

static int finding_emit(const struct resolver *resolver, const struct finding *finding,
			struct bw_rules *rules)
{
	const struct bw_rule_key key = {
		.kind = finding->name ? BW_RULE_NAME : BW_RULE_ANCHOR,
		.file = finding->file,
		.name = finding->name,
	};
	const struct bw_rule rule = {
		.set = finding->set,
		.anchor = finding->anchor,
	};

	int err = rules_add(rules, &key, &rule);

	if (err || finding->anchor != BW_ANCHOR_EXCEPT)
		return err;

	return hole_emit(resolver, finding, rules);
}

/*
 * What can't be placed is refused, unless all sets there only watch.  A mere hole
 * is no set.
 */
static int filesystem_emit(const struct resolver *resolver, const struct finding *first,
			   struct bw_rules *rules)
{
	const struct finding *end = resolver->findings.items + resolver->findings.len;
	const struct bw_rule_key key = {
		.kind = BW_RULE_FILESYSTEM,
		.file.dev = first->file.dev,
	};
	struct bw_rule rule = { .mode = BW_MODE_MONITOR };
	bool holds_set = false;

	for (const struct finding *at = first; at < end && at->file.dev == first->file.dev; at++) {
		if (at->anchor != BW_ANCHOR_PROTECT)
			continue;

		holds_set = true;
		if (mode_refuses(resolver->places.items[at->place].policy->mode))
			rule.mode = 0;
	}
	if (!holds_set)
		return 0;

	rules->filesystems |= 1ULL << bw_filesystem_bit(first->file.dev);
	return rules_add(rules, &key, &rule);
}

static int sorted_emit(struct resolver *resolver, struct bw_rules *rules)
{
	const struct finding *items = resolver->findings.items;
	const struct finding *last = NULL;
	unsigned int told = 0;
	int err = 0;

	for (size_t i = 0; i < resolver->findings.len && !err; i++) {
		const struct finding *finding = &items[i];

		if (last && target_compare(last, finding) == 0) {
			if (finding_conflicts(last, finding) && conflict_is_told(finding, &told))
				err = conflict_say(resolver, last, finding);
			/* One hole by two paths lies in what is above either. */
			if (!err && finding->anchor == BW_ANCHOR_EXCEPT)
				err = hole_emit(resolver, finding, rules);
			continue;
		}
		if (!last || last->file.dev != finding->file.dev)
			err = filesystem_emit(resolver, finding, rules);
		if (!err)
			err = finding_emit(resolver, finding, rules);
		last = finding;
	}
	return err;
}

int findings_emit(struct resolver *resolver, struct bw_rules *rules)
{
	struct findings *findings = &resolver->findings;
	int err = 0;

	for (size_t i = 0; i < resolver->places.len && !err; i++)
		err = place_find(resolver, (uint32_t)i);
	if (err || !findings->len)
		return err;

	qsort(findings->items, findings->len, sizeof(*findings->items), finding_compare);
	return sorted_emit(resolver, rules);
}
