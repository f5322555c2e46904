// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl doctor: what its checks are made of
 */
#include <stdarg.h>
#include <string.h>
#include <zlib.h>

#include "cleanup.h"
#include "doctor.h"
#include "print.h"

/* Kernel configurations and boot loaders' files are far smaller. */
#define FILE_SIZE_MAX (4U << 20)

static const char *const finding_names[] = {
	[BW_FINDING_OK] = "ok",
	[BW_FINDING_WARN] = "warn",
	[BW_FINDING_FAIL] = "fail",
};

static const enum bw_colour finding_colours[] = {
	[BW_FINDING_OK] = BW_COLOUR_GOOD,
	[BW_FINDING_WARN] = BW_COLOUR_CARE,
	[BW_FINDING_FAIL] = BW_COLOUR_BAD,
};

void bw_doctor_see(struct bw_doctor *doctor, enum bw_finding finding, const char *check,
		   const char *format, ...)
{
	_cleanup_(freep) char *seen = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&seen, format, args) < 0)
		seen = NULL;
	va_end(args);

	doctor->counts[finding]++;
	(void)json_array_append_new(doctor->checks,
				    json_pack("{s:s,s:s,s:o}", "check", check, "level",
					      finding_names[finding], "seen",
					      bw_json_text(seen ? seen : "")));
	if (doctor->ctl->json)
		return;

	bw_print_word(stdout, finding_colours[finding], finding_names[finding], 6);
	bw_print_part(stdout, "%s: ", check);
	bw_print_wrapped(stdout, 8 + (int)strlen(check), 6, "%s", seen ? seen : "(no memory)");
}

void bw_doctor_advise(struct bw_doctor *doctor, const char *format, ...)
{
	_cleanup_(freep) char *hint = NULL;
	json_t *check;
	va_list args;

	va_start(args, format);
	if (vasprintf(&hint, format, args) < 0)
		hint = NULL;
	va_end(args);

	check = json_array_get(doctor->checks, json_array_size(doctor->checks) - 1);
	(void)json_object_set_new(check, "hint", bw_json_text(hint ? hint : ""));
	if (doctor->ctl->json)
		return;

	(void)fputs("      -> ", stdout);
	bw_print_wrapped(stdout, 9, 9, "%s", hint ? hint : "(no memory)");
}

static char *path_format(const struct bw_doctor *doctor, const char *format, va_list args)
{
	_cleanup_(freep) char *name = NULL;
	char *path;

	if (vasprintf(&name, format, args) < 0) {
		name = NULL;
		return NULL;
	}
	return asprintf(&path, "%s%s", doctor->ctl->root, name) < 0 ? NULL : path;
}

char *bw_doctor_path(const struct bw_doctor *doctor, const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = path_format(doctor, format, args);
	va_end(args);
	return path;
}

/* Files of /proc have no size: read until there is no more. */
static char *text_read(gzFile file)
{
	_cleanup_(freep) char *text = malloc(FILE_SIZE_MAX + 1);
	unsigned int len = 0;
	char *shorter;
	int got;

	if (!text)
		return NULL;

	do {
		got = gzread(file, text + len, FILE_SIZE_MAX - len);
		if (got < 0) {
			errno = errno ? errno : EIO;
			return NULL;
		}
		len += (unsigned int)got;
	} while (got > 0 && len < FILE_SIZE_MAX);

	text[len] = '\0';
	shorter = realloc(text, len + 1);
	if (shorter)
		text = NULL;
	return shorter;
}

char *bw_doctor_read(const struct bw_doctor *doctor, const char *format, ...)
{
	_cleanup_(freep) char *path = NULL;
	va_list args;
	gzFile file;
	char *text;

	va_start(args, format);
	path = path_format(doctor, format, args);
	va_end(args);
	if (!path)
		return NULL;

	file = gzopen(path, "re");
	if (!file)
		return NULL;

	text = text_read(file);
	(void)gzclose(file);
	return text;
}

bool bw_doctor_exists(const struct bw_doctor *doctor, const char *format, ...)
{
	_cleanup_(freep) char *path = NULL;
	va_list args;

	va_start(args, format);
	path = path_format(doctor, format, args);
	va_end(args);
	return path && !access(path, F_OK);
}

bool bw_word_in(const char *text, const char *word, const char *separators)
{
	size_t len = strlen(word);

	for (;;) {
		text += strspn(text, separators);
		if (!*text)
			return false;

		if (strcspn(text, separators) == len && !strncmp(text, word, len))
			return true;

		text += strcspn(text, separators);
	}
}
