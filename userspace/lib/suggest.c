// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a policy from what a set has learnt
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "lesson_judge.h"
#include "policy_lines.h"
#include "suggest.h"
#include "suggest_grant.h"

/* Who was looked at for less than a day may come at other hours, too. */
#define HOURS_LEARNT_S (20L * 60 * 60)

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-@:"

/**
 * struct suggesting - A policy on its way to a suggestion
 *
 * @services: Who gets a grant, one for each that differs; they point into @lessons.
 * @names: Of their grants.
 * @zone: Of their hours; NULL if it wasn't learnt for long enough.
 */
struct suggesting {
	const struct bw_policy *policy;
	const struct bw_lessons *lessons;
	struct bw_lesson *services;
	char (*names)[BW_SET_NAME_SIZE];
	size_t len;
	size_t doubtful;
	const char *zone;
	FILE *out;
};

/* --- Who gets a grant ------------------------------------------------------------ */

static bool is_plain(const char *text)
{
	return !text[strspn(text, PLAIN)];
}

static const char *doubt_of(const struct bw_lesson *lesson)
{
	const char *doubt = bw_lesson_doubt(lesson);

	if (doubt)
		return doubt;

	return is_plain(lesson->exe) && is_plain(lesson->script)
		       ? NULL
		       : "its path has characters that patterns are made of, or odd ones";
}

static bool is_granted(const struct bw_policy *policy, const struct bw_lesson *lesson)
{
	struct bw_lesson_ids ids;
	struct bw_question question = bw_lesson_question(lesson, &ids);

	for (size_t i = 0; i < policy->grants_len; i++)
		if (bw_explain_grant(&policy->grants[i], &question) == BW_REASON_GRANTED)
			return true;
	return false;
}

/* Whoever is logged in, or nobody: a grant is for all of them. */
static bool is_same_service(const struct bw_lesson *one, const struct bw_lesson *other)
{
	return strcmp(one->exe, other->exe) == 0 && strcmp(one->user, other->user) == 0 &&
	       strcmp(one->unit, other->unit) == 0 && strcmp(one->script, other->script) == 0;
}

static void service_add(struct suggesting *suggesting, const struct bw_lesson *lesson)
{
	for (size_t i = 0; i < suggesting->len; i++) {
		struct bw_lesson *service = &suggesting->services[i];

		if (!is_same_service(service, lesson))
			continue;

		bw_lesson_merge(service, lesson, !bw_lesson_is_of(service, lesson));
		service->subject_flags |= lesson->subject_flags;
		return;
	}
	suggesting->services[suggesting->len++] = *lesson;
}

static void services_find(struct suggesting *suggesting)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (size_t i = 0; i < suggesting->lessons->len; i++) {
		const struct bw_lesson *lesson = &suggesting->lessons->items[i];

		first = lesson->first < first ? lesson->first : first;
		last = lesson->last > last ? lesson->last : last;
		if (!doubt_of(lesson) && !is_granted(suggesting->policy, lesson))
			service_add(suggesting, lesson);
	}
	if (last < first || last - first < HOURS_LEARNT_S)
		suggesting->zone = NULL;
}

/* --- Names of grants ------------------------------------------------------------- */

static bool name_is_taken(const struct suggesting *suggesting, size_t len, const char *name)
{
	for (size_t i = 0; i < suggesting->policy->grants_len; i++)
		if (strcmp(suggesting->policy->grants[i].name, name) == 0)
			return true;

	for (size_t i = 0; i < len; i++)
		if (strcmp(suggesting->names[i], name) == 0)
			return true;
	return false;
}

/* "pension-backup" of "pension-backup.service"; with a number, if there is one. */
static void name_make(struct suggesting *suggesting, size_t index)
{
	const char *unit = suggesting->services[index].unit;
	char base[BW_SET_NAME_SIZE - 4] = "", *name = suggesting->names[index];
	size_t len = 0;

	for (; *unit && *unit != '.' && len + 1 < sizeof(base); unit++) {
		char letter = *unit >= 'A' && *unit <= 'Z' ? (char)(*unit + 32) : *unit;

		if (strchr(NAME_LETTERS, letter) && (len || letter != '-'))
			base[len++] = letter;
		else if (len && base[len - 1] != '-')
			base[len++] = '-';
	}
	(void)snprintf(name, BW_SET_NAME_SIZE, "%s", len ? base : "service");
	for (int number = 2; number < 1000 && name_is_taken(suggesting, index, name); number++)
		(void)snprintf(name, BW_SET_NAME_SIZE, "%s%d", len ? base : "service", number);
}

/* --- The text -------------------------------------------------------------------- */

/* How many of an executable's grants there are already. */
static size_t same_exe(const struct suggesting *suggesting, size_t index)
{
	const char *exe = suggesting->services[index].exe;
	size_t count = 0;

	for (size_t i = 0; i < suggesting->policy->grants_len; i++)
		count += strcmp(suggesting->policy->grants[i].exe, exe) == 0;
	for (size_t i = 0; i < index; i++)
		count += strcmp(suggesting->services[i].exe, exe) == 0;
	return count;
}

static void doubt_write(struct suggesting *suggesting, size_t indent,
			const struct bw_lesson *lesson, const char *doubt)
{
	if (!suggesting->doubtful++)
		(void)fprintf(suggesting->out, "%*s# Not granted, look at these:\n", (int)indent,
			      "");
	(void)fprintf(suggesting->out, "%*s#   ", (int)indent, "");
	bw_lesson_print_who(suggesting->out, lesson);
	(void)fprintf(suggesting->out, ": %s\n%*s#     ", doubt, (int)indent, "");
	bw_lesson_print(suggesting->out, lesson);
	(void)fputc('\n', suggesting->out);
}

static size_t grants_write(struct suggesting *suggesting, size_t indent)
{
	size_t count = 0;

	for (size_t i = 0; i < suggesting->len; i++) {
		const struct bw_lesson *service = &suggesting->services[i];

		name_make(suggesting, i);
		if (same_exe(suggesting, i) >= BW_GRANTS_PER_EXE_MAX) {
			doubt_write(suggesting, indent, service,
				    "too many grants for its executable");
			continue;
		}
		suggest_grant(suggesting->out, indent, service, suggesting->names[i],
			      suggesting->zone);
		count++;
	}
	return count;
}

static void doubts_write(struct suggesting *suggesting, size_t indent)
{
	for (size_t i = 0; i < suggesting->lessons->len; i++) {
		const struct bw_lesson *lesson = &suggesting->lessons->items[i];
		const char *doubt = doubt_of(lesson);

		if (doubt && !is_granted(suggesting->policy, lesson))
			doubt_write(suggesting, indent, lesson, doubt);
	}
}

static bool is_within(const struct bw_lines *lines, size_t line)
{
	return line >= lines->from && line < lines->to;
}

/* All lines but those that another one takes the place of. */
static void lines_write(struct suggesting *suggesting, const struct bw_policy_lines *lines,
			const char *text, struct bw_suggestion *suggestion)
{
	FILE *out = suggesting->out;

	(void)fputs("# Suggested by 'bulwarkctl suggest' from what was learnt: review it\n", out);
	for (size_t line = 0; *text || line < lines->grants.to; line++) {
		size_t len = strcspn(text, "\n");
		bool empty =
			lines->grants_empty && suggesting->len && is_within(&lines->grants, line);

		if (is_within(&lines->version, line) && line == lines->version.from)
			(void)fprintf(out, "version: %u\nmode: monitor\n",
				      suggesting->policy->version + 1);
		else if (empty && line == lines->grants.from)
			(void)fputs("grants:\n", out);
		else if (!empty && !is_within(&lines->version, line) &&
			 !is_within(&lines->mode, line) && !is_within(&lines->learn_until, line))
			(void)fprintf(out, "%.*s\n", (int)len, text);

		if (line + 1 == lines->grants.to) {
			suggestion->grants = grants_write(suggesting, lines->indent);
			doubts_write(suggesting, lines->indent);
		}
		text += len;
		text += *text == '\n';
	}
	suggestion->doubtful = suggesting->doubtful;
}

static void suggesting_done(struct suggesting *suggesting)
{
	free(suggesting->services);
	free(suggesting->names);
}

int bw_suggest(const char *text, const struct bw_policy *policy, const struct bw_lessons *lessons,
	       const char *zone, struct bw_suggestion *ret_suggestion)
{
	_cleanup_(suggesting_done) struct suggesting suggesting = {
		.policy = policy,
		.lessons = lessons,
		.zone = zone,
		.services = calloc(lessons->len + 1, sizeof(*suggesting.services)),
		.names = calloc(lessons->len + 1, sizeof(*suggesting.names)),
	};
	struct bw_suggestion suggestion = { 0 };
	struct bw_policy_lines lines;
	size_t size;
	int err;

	if (!suggesting.services || !suggesting.names)
		return -ENOMEM;

	err = bw_policy_lines_find(text, strlen(text), &lines);
	if (err)
		return err;

	suggesting.out = open_memstream(&suggestion.text, &size);
	if (!suggesting.out)
		return -ENOMEM;

	services_find(&suggesting);
	lines_write(&suggesting, &lines, text, &suggestion);
	if (fclose(suggesting.out) == EOF) {
		free(suggestion.text);
		return -ENOMEM;
	}

	*ret_suggestion = suggestion;
	return 0;
}
