// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what a set has learnt of each subject: adding it up
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "learnt.h"
#include "lesson.h"

void bw_lesson_done(struct bw_lesson *lesson)
{
	free(lesson->exe);
	free(lesson->user);
	free(lesson->unit);
	free(lesson->script);
	free(lesson->comm);
	*lesson = (struct bw_lesson){ 0 };
}

void bw_lessons_done(struct bw_lessons *lessons)
{
	for (size_t i = 0; i < lessons->len; i++)
		bw_lesson_done(&lessons->items[i]);
	free(lessons->items);
	*lessons = (struct bw_lessons){ 0 };
}

int bw_lessons_add(struct bw_lessons *lessons, struct bw_lesson *lesson)
{
	struct bw_lesson *items = lessons->items;

	if ((lessons->len & (lessons->len - 1)) == 0)
		items = reallocarray(items, lessons->len ? lessons->len * 2 : 1, sizeof(*items));
	if (!items) {
		bw_lesson_done(lesson);
		return -ENOMEM;
	}

	lessons->items = items;
	items[lessons->len++] = *lesson;
	*lesson = (struct bw_lesson){ 0 };
	return 0;
}

bool bw_lesson_is_of(const struct bw_lesson *lesson, const struct bw_lesson *other)
{
	return lesson->rest == other->rest && lesson->traces == other->traces &&
	       lesson->terminal == other->terminal && lesson->login == other->login &&
	       lesson->subject_flags == other->subject_flags &&
	       strcmp(lesson->exe, other->exe) == 0 && strcmp(lesson->user, other->user) == 0 &&
	       strcmp(lesson->unit, other->unit) == 0 && strcmp(lesson->script, other->script) == 0;
}

void bw_lesson_mark(struct bw_lesson *lesson, uint64_t when)
{
	uint32_t slot = learnt_slot(when);

	lesson->slots[slot / 64] |= 1ULL << slot % 64;
}

static uint64_t larger(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

void bw_lesson_merge(struct bw_lesson *lesson, const struct bw_lesson *other, bool at_once)
{
	lesson->trusted &= other->trusted;
	lesson->one_gid &= other->one_gid && lesson->gid == other->gid;
	lesson->first = lesson->first < other->first ? lesson->first : other->first;
	lesson->last = larger(lesson->last, other->last);
	lesson->opens += other->opens;
	lesson->reads += other->reads;
	lesson->bytes += other->bytes;
	if (at_once) {
		lesson->most_bytes += other->most_bytes;
		lesson->most_files += other->most_files;
	} else {
		lesson->most_bytes = larger(lesson->most_bytes, other->most_bytes);
		lesson->most_files = larger(lesson->most_files, other->most_files);
	}
	for (size_t i = 0; i < BW_LEARNT_WORDS; i++)
		lesson->slots[i] |= other->slots[i];
}

static const struct bw_lesson *find_since(const struct bw_lessons *lessons,
					  const struct bw_lesson *wanted)
{
	for (size_t i = 0; i < lessons->len; i++)
		if (lessons->items[i].first == wanted->first &&
		    bw_lesson_is_of(&lessons->items[i], wanted))
			return &lessons->items[i];
	return NULL;
}

static struct bw_lesson *find_subject(const struct bw_lessons *lessons, size_t len,
				      const struct bw_lesson *wanted)
{
	for (size_t i = 0; i < len; i++)
		if (bw_lesson_is_of(&lessons->items[i], wanted))
			return &lessons->items[i];
	return NULL;
}

/* The rest, which is made if there is none. */
static struct bw_lesson *find_rest(struct bw_lessons *lessons)
{
	for (size_t i = 0; i < lessons->len; i++)
		if (lessons->items[i].rest)
			return &lessons->items[i];
	return NULL;
}

/* What is over can't be told from other times any more, and needn't be. */
static int keep(struct bw_lessons *kept, struct bw_lesson *lesson)
{
	struct bw_lesson *known = find_subject(kept, kept->len, lesson);

	if (!known && kept->len >= BW_LESSONS_MAX)
		known = find_rest(kept);
	if (!known)
		return bw_lessons_add(kept, lesson);

	bw_lesson_merge(known, lesson, false);
	bw_lesson_done(lesson);
	return 0;
}

int bw_lessons_update(struct bw_lessons *lessons, struct bw_lessons *fresh)
{
	struct bw_lessons kept = { 0 };
	int err = 0;

	for (size_t i = 0; i < lessons->len && !err; i++) {
		if (find_since(fresh, &lessons->items[i]))
			bw_lesson_done(&lessons->items[i]);
		else
			err = keep(&kept, &lessons->items[i]);
	}
	for (size_t i = 0; i < fresh->len && !err; i++)
		err = bw_lessons_add(&kept, &fresh->items[i]);

	if (err) {
		bw_lessons_done(&kept);
		return err;
	}

	bw_lessons_done(lessons);
	bw_lessons_done(fresh);
	*lessons = kept;
	return 0;
}
