/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl's output: lines, colours, JSON, errors
 *
 * Names of files and processes are chosen by anybody: no byte of them reaches a
 * terminal that isn't a printable character of its locale.
 */
#ifndef BULWARK_PRINT_H
#define BULWARK_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "ctl.h"

enum bw_colour {
	BW_COLOUR_GOOD = 1,
	BW_COLOUR_CARE = 2,
	BW_COLOUR_BAD = 3,
	BW_COLOUR_HEAD = 4,
};

/*
 * A copy with everything unprintable, and what turns the direction of text,
 * written as \xNN; malloc'ed, NULL without memory.
 */
char *bw_text_safe(const char *text);

/* "1 file", "2 files": "s" or nothing. */
static inline const char *bw_plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* Prints one safe line, without and with its end. */
void bw_print_part(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bw_print_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints a word of our own in a colour, filled up to @width columns. */
void bw_print_word(FILE *out, enum bw_colour colour, const char *word, int width);

/* Prints the head of a table. */
void bw_print_head(FILE *out, const char *head);

/* Columns of the terminal; 0 for no limit: a pipe's reader has its own idea. */
int bw_print_width(FILE *out);

/*
 * Prints a text from column @column on; on a terminal broken at its width, with
 * further lines beginning at @indent.
 */
void bw_print_wrapped(FILE *out, int column, int indent, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Prints a list of problems with what to do about each: [{"text", "hint"}]. */
void bw_print_problems(FILE *out, const json_t *problems);

/* A JSON string of any bytes: what is no UTF-8 is written as bw_text_safe() does. */
json_t *bw_json_text(const char *text);

/* Prints a JSON value on one line and drops the caller's reference. */
void bw_print_json(FILE *out, json_t *value);

/*
 * Says "bulwarkctl: ..." on standard error or, for programs, one object on
 * standard output.  The text names the object, the reason and what to do next.
 *
 * Returns BW_EXIT_FAILED; usage errors BW_EXIT_USAGE.
 */
int bw_print_error(const struct bw_ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int bw_print_misuse(const struct bw_ctl *ctl, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
