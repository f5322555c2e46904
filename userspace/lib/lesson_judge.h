/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what is to be thought of a subject that read while a set learnt
 */
#ifndef BULWARK_LESSON_JUDGE_H
#define BULWARK_LESSON_JUDGE_H

#include "explain.h"
#include "lesson.h"

/* Why nobody should be granted that without a look; NULL if nothing speaks against it. */
const char *bw_lesson_doubt(const struct bw_lesson *lesson);

/* Numbers that a question has as text: of its login user, and of its group, "" if not known. */
struct bw_lesson_ids {
	char login[16];
	char group[16];
};

/* The question whether it may read; it points into @ids. */
struct bw_question bw_lesson_question(const struct bw_lesson *lesson, struct bw_lesson_ids *ids);

/*
 * "512 reads of 1.2 GiB, ...": what is known of it, on one line.  By this host's clocks.
 */
void bw_lesson_print(FILE *out, const struct bw_lesson *lesson);

/* Who it is, on one line: "/usr/bin/rsync as backup in backup.service". */
void bw_lesson_print_who(FILE *out, const struct bw_lesson *lesson);

/* "1.2 GiB": rounded, for people. */
void bw_bytes_print(FILE *out, uint64_t bytes);

#endif
