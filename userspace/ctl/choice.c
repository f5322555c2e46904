// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: all techniques, and which of them are wanted
 */
#include "choice.h"

#include <string.h>

#include "cleanup.h"
#include "print.h"
#include "text.h"

/* More than there are: what is beyond is only never suggested. */
#define SUGGESTED_MAX 256

static const struct technique *const lists[] = {
	techniques_open,    techniques_view,   techniques_overlay, techniques_descriptor,
	techniques_read,    techniques_map,    techniques_copy,	   techniques_ring,
	techniques_program, techniques_memory, techniques_debug,   techniques_bpf,
};

const struct technique *technique_at(size_t place)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const struct technique *at = lists[i]; at->name; at++)
			if (place-- == 0)
				return at;
	return NULL;
}

bool choice_has(const char *only, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = only; at; at = strchr(at, ',')) {
		at += at != only;
		if (!strncmp(at, name, len) && (at[len] == ',' || !at[len]))
			return true;
	}
	return !only;
}

static int word_misuse(const struct bw_ctl *ctl, const char *word, const char *near)
{
	if (near)
		return bw_print_misuse(ctl, "no technique is called '%s'; did you mean '%s'?", word,
				       near);

	return bw_print_misuse(
		ctl,
		"no technique is called '%s'; 'bulwarkctl selftest --only " CHOICE_HELP
		"' lists them",
		word);
}

static int word_judge(const struct bw_ctl *ctl, const char *word)
{
	const char *names[SUGGESTED_MAX];
	const struct technique *at;
	size_t len = 0;

	for (size_t i = 0; (at = technique_at(i)); i++) {
		if (!strcmp(at->name, word))
			return 0;

		if (len < ARRAY_LEN(names))
			names[len++] = at->name;
	}
	return word_misuse(ctl, word, bw_word_suggest(word, names, len));
}

int choice_judge(const struct bw_ctl *ctl, const char *only)
{
	_cleanup_(freep) char *words = strdup(only);
	char *rest = words;
	int code = 0;

	if (!words)
		return bw_print_error(ctl, "no memory");

	while (!code && rest)
		code = word_judge(ctl, strsep(&rest, ","));
	return code;
}
