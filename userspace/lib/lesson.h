/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what a set has learnt of one subject, and the files that keep it
 */
#ifndef BULWARK_LESSON_H
#define BULWARK_LESSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <bulwark/maps.h>

#define BW_LEARNT_DIR "/var/lib/bulwark/learnt"
#define BW_LEARNT_SUFFIX ".jsonl"

/* Subjects that are told apart in one set; all others are one lesson. */
#define BW_LESSONS_MAX 8192

/**
 * struct bw_lesson - What one subject did in one set
 *
 * @exe: Path of the executable; "" if it isn't known.
 * @user: Name of the user, or the number.
 * @unit: The systemd unit; "" for none.
 * @script: Path of the script that a grant names; "" for none.
 * @comm: Name of the first thread; anybody can choose his own.
 * @login: The login user's number, or BW_LOGIN_NONE.
 * @subject_flags: BW_SUBJECT_* bits.
 * @gid: The real group id...
 * @one_gid: ...which is known, and was always that one.
 * @terminal: It had one.
 * @trusted: Only root can write what is at @exe.
 * @traces: It asked for what shows the kernel's memory, not for a file: nothing that is learnt.
 * @rest: All those for whom there was no room.
 * @first: CLOCK_TAI of the first access, in seconds; tells two times of the same subject apart.
 * The others are as in struct bw_learnt.
 */
struct bw_lesson {
	char *exe;
	char *user;
	char *unit;
	char *script;
	char *comm;
	uint32_t login;
	uint32_t subject_flags;
	uint32_t gid;
	bool one_gid;
	bool terminal;
	bool trusted;
	bool traces;
	bool rest;
	uint64_t first;
	uint64_t last;
	uint64_t opens;
	uint64_t reads;
	uint64_t bytes;
	uint64_t most_bytes;
	uint64_t most_files;
	uint64_t slots[BW_LEARNT_WORDS];
};

void bw_lesson_done(struct bw_lesson *lesson);

struct bw_lessons {
	struct bw_lesson *items;
	size_t len;
};

void bw_lessons_done(struct bw_lessons *lessons);

/* Takes what @lesson points to, even if it fails.  Returns 0 or -ENOMEM. */
int bw_lessons_add(struct bw_lessons *lessons, struct bw_lesson *lesson);

/* Is it the same subject? */
bool bw_lesson_is_of(const struct bw_lesson *lesson, const struct bw_lesson *other);

/* Something was accessed at that second. */
void bw_lesson_mark(struct bw_lesson *lesson, uint64_t when);

/*
 * Adds what @other says to @lesson.  @at_once: They may have been read in the same window, so
 * both count; else the fuller one does.
 */
void bw_lesson_merge(struct bw_lesson *lesson, const struct bw_lesson *other, bool at_once);

/*
 * In the place of what was known of the same subject since the same moment; what the others
 * say of one subject becomes one, and more than BW_LESSONS_MAX become the rest.
 * Takes what @fresh points to.  Returns 0 or -ENOMEM.
 */
int bw_lessons_update(struct bw_lessons *lessons, struct bw_lessons *fresh);

/*
 * One line each.  Returns 0, -EBADMSG (not what bw_lessons_write() writes: @ret_line says
 * where) or -ENOMEM.
 */
int bw_lessons_read(FILE *file, struct bw_lessons *ret_lessons, unsigned int *ret_line);

/* Returns 0, -ENOMEM or -EIO. */
int bw_lessons_write(FILE *file, const struct bw_lessons *lessons);

#endif
