// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: how the places of all sets lie to each other
 */
#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "resolver.h"

#define place_say(resolver, place, warning, ...) \
	resolver_say(resolver, (place)->policy, (place)->at, warning, __VA_ARGS__)

/*
 * What protects comes before what excepts, what root named before what a user's link
 * led to: the first of a path is its winner.
 */
static int place_compare(const void *one, const void *other)
{
	const struct place *a = one;
	const struct place *b = other;
	int order = strcmp(a->path, b->path);

	if (order)
		return order;

	if (a->anchor != b->anchor)
		return a->anchor < b->anchor ? -1 : 1;

	if (a->by_user != b->by_user)
		return a->by_user ? 1 : -1;

	return (a->set > b->set) - (a->set < b->set);
}

/* The first from @index on that says something, if it has this path. */
static const struct place *place_of_path(const struct resolver *resolver, size_t index,
					 const char *path)
{
	for (; index < resolver->places.len; index++) {
		const struct place *place = &resolver->places.items[index];

		if (strcmp(place->path, path) != 0)
			break;

		if (place->anchor)
			return place;
	}
	return NULL;
}

static const struct place *place_at(const struct resolver *resolver, const char *path)
{
	size_t low = 0;
	size_t high = resolver->places.len;

	/* The first that isn't smaller: the winner among those of one path. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(resolver->places.items[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return place_of_path(resolver, low, path);
}

bool path_ascend(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;

	slash[slash == path] = '\0';
	return true;
}

const struct place *places_nearest(const struct resolver *resolver, const char *path)
{
	char here[PATH_MAX];
	const struct place *place;

	if (strlen(path) >= sizeof(here))
		return NULL;

	strcpy(here, path);
	do {
		place = place_at(resolver, here);
		if (place)
			return place;
	} while (path_ascend(here));

	return NULL;
}

static const struct place *nearest_above(const struct resolver *resolver, const struct place *place)
{
	char parent[PATH_MAX];

	if (strlen(place->path) >= sizeof(parent))
		return NULL;

	strcpy(parent, place->path);
	return path_ascend(parent) ? places_nearest(resolver, parent) : NULL;
}

/* Whoever may make a link must not keep a policy from being applied. */
static int user_place_drop(struct resolver *resolver, struct place *place,
			   const struct place *other)
{
	place->anchor = 0;
	return place_say(resolver, place, true,
			 "'%s', to which a link led that isn't root's, is left out: it stays in "
			 "set '%s' (%s)",
			 place->path, other->policy->set, other->policy->file);
}

static int protect_judge(struct resolver *resolver, struct place *place)
{
	const struct place *above = nearest_above(resolver, place);

	if (!above || above->anchor == BW_ANCHOR_EXCEPT || above->set == place->set)
		return 0;

	if (place->cut_from & 1ULL << above->set)
		return 0;

	if (place->by_user)
		return user_place_drop(resolver, place, above);

	if (above->by_user)
		return place_say(resolver, above, true,
				 "'%s', to which a link led that isn't root's, holds '%s' of set "
				 "'%s', which stays in that one (%s)",
				 above->path, place->path, place->policy->set, place->policy->file);

	return place_say(resolver, place, false,
			 "'%s' lies inside '%s' of set '%s'; sets may not overlap: except it there "
			 "(%s)",
			 place->path, above->path, above->policy->set, above->policy->file);
}

static int except_judge(struct resolver *resolver, struct place *place)
{
	const struct place *above = nearest_above(resolver, place);

	if (above && above->set == place->set)
		return 0;

	place->anchor = 0;
	if (above && above->anchor == BW_ANCHOR_PROTECT)
		return place_say(resolver, place, above->by_user,
				 "'%s' belongs to set '%s': only that set can except it (%s)",
				 place->path, above->policy->set, above->policy->file);

	/* One of many directories of a pattern, in which nothing of this name is. */
	if (!place->exists)
		return 0;

	return place_say(resolver, place, true,
			 "'%s' lies in no protected directory of this set: nothing to except",
			 place->path);
}

static int user_place_except(struct resolver *resolver, struct place *place)
{
	place->anchor = 0;
	return place_say(resolver, place, true,
			 "'%s', to which a link led that isn't root's, is left out: it is excepted",
			 place->path);
}

/* Two entries for one path: @place comes first. */
static int twins_judge(struct resolver *resolver, struct place *place, struct place *other)
{
	if (other->anchor == place->anchor && other->set == place->set) {
		other->anchor = 0;
		return 0;
	}
	if (other->anchor == BW_ANCHOR_PROTECT && other->by_user)
		return user_place_drop(resolver, other, place);

	if (other->anchor == BW_ANCHOR_PROTECT)
		return place_say(resolver, other, false,
				 "'%s' belongs to set '%s' too; sets may not overlap (%s)",
				 other->path, place->policy->set, place->policy->file);

	/* Each is judged by what its own set protects around it. */
	if (place->anchor == BW_ANCHOR_EXCEPT)
		return 0;

	if (other->set == place->set && place->by_user)
		return user_place_except(resolver, place);

	if (other->set == place->set)
		return place_say(resolver, other, false, "'%s' is both protected and excepted",
				 other->path);

	/* Another set's hole, and just what this set protects: design 8. */
	place->cut_from |= 1ULL << other->set;
	other->anchor = 0;
	return 0;
}

static int all_twins_judge(struct resolver *resolver)
{
	struct place *places = resolver->places.items;
	size_t first = 0;
	int err = 0;

	for (size_t i = 1; i < resolver->places.len && !err; i++) {
		if (places[first].anchor && strcmp(places[first].path, places[i].path) == 0)
			err = twins_judge(resolver, &places[first], &places[i]);
		else
			first = i;
	}
	return err;
}

static int inode_compare(const void *one, const void *other, void *context)
{
	const struct place *places = context;
	const struct place *a = &places[*(const uint32_t *)one];
	const struct place *b = &places[*(const uint32_t *)other];

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;

	return (a->ino > b->ino) - (a->ino < b->ino);
}

static int by_inode_fill(struct resolver *resolver)
{
	const struct places *places = &resolver->places;

	resolver->by_inode = calloc(places->len + 1, sizeof(*resolver->by_inode));
	if (!resolver->by_inode)
		return -ENOMEM;

	for (size_t i = 0; i < places->len; i++)
		if (places->items[i].exists && places->items[i].anchor)
			resolver->by_inode[resolver->by_inode_len++] = (uint32_t)i;

	qsort_r(resolver->by_inode, resolver->by_inode_len, sizeof(*resolver->by_inode),
		inode_compare, places->items);
	return 0;
}

size_t places_by_inode(const struct resolver *resolver, uint64_t dev, uint64_t ino)
{
	size_t low = 0;
	size_t high = resolver->by_inode_len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct place *place = &resolver->places.items[resolver->by_inode[middle]];

		if (place->dev < dev || (place->dev == dev && place->ino < ino))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A hole that is, by a bind mount or a hard link, what some entry protects. */
static int hole_judge(struct resolver *resolver, struct place *hole, const struct place *protected)
{
	bool own = hole->set == protected->set;

	if (own && hole->directory && !protected->by_user)
		return place_say(resolver, hole, false,
				 "'%s' and '%s' are one file: both protected and excepted",
				 hole->path, protected->path);

	hole->anchor = 0;
	if (!own)
		return 0;

	return place_say(resolver, hole, true,
			 "'%s' is another name of '%s', which is protected, and therefore can't be "
			 "excepted",
			 hole->path, protected->path);
}

/* All pairs of places that are one inode. */
static int inodes_judge(struct resolver *resolver)
{
	struct place *places = resolver->places.items;
	int err = 0;

	for (size_t i = 0; i < resolver->by_inode_len && !err; i++) {
		struct place *hole = &places[resolver->by_inode[i]];
		size_t j = places_by_inode(resolver, hole->dev, hole->ino);

		for (; hole->anchor == BW_ANCHOR_EXCEPT && j < resolver->by_inode_len && !err;
		     j++) {
			const struct place *other = &places[resolver->by_inode[j]];

			if (other->dev != hole->dev || other->ino != hole->ino)
				break;

			if (other->anchor == BW_ANCHOR_PROTECT)
				err = hole_judge(resolver, hole, other);
		}
	}
	return err;
}

int places_judge(struct resolver *resolver)
{
	struct places *places = &resolver->places;
	int err;

	if (places->len)
		qsort(places->items, places->len, sizeof(*places->items), place_compare);

	err = all_twins_judge(resolver);
	for (size_t i = 0; i < places->len && !err; i++) {
		struct place *place = &places->items[i];

		if (place->anchor == BW_ANCHOR_PROTECT)
			err = protect_judge(resolver, place);
		else if (place->anchor == BW_ANCHOR_EXCEPT)
			err = except_judge(resolver, place);
	}
	if (err)
		return err;

	err = by_inode_fill(resolver);
	return err ? err : inodes_judge(resolver);
}
