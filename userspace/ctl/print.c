// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl's output: lines, colours, JSON, errors
 */
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>
#include <wctype.h>

#include "cleanup.h"
#include "print.h"

#define WIDTH_DEFAULT 80
#define WIDTH_LEAST 40

/* Marks that make a terminal show text in another order than it was written. */
static bool turns_direction(wchar_t wide)
{
	return wide == 0x061c || wide == 0x200e || wide == 0x200f ||
	       (wide >= 0x202a && wide <= 0x202e) || (wide >= 0x2066 && wide <= 0x2069);
}

/* Bytes of the printable character at @text; 0 when it isn't one. */
static size_t printable_len(const char *text, size_t left)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t len = mbrtowc(&wide, text, left, &state);

	if (len == 0 || len > left)
		return 0;

	return iswprint((wint_t)wide) && !turns_direction(wide) ? len : 0;
}

char *bw_text_safe(const char *text)
{
	size_t left = strlen(text);
	char *safe = calloc(left + 1, 4);
	char *to = safe;
	size_t len;

	if (!safe)
		return NULL;

	for (; left > 0; text += len, left -= len) {
		len = printable_len(text, left);
		if (len > 0) {
			to = mempcpy(to, text, len);
			continue;
		}
		to += sprintf(to, "\\x%02x", (unsigned char)*text);
		len = 1;
	}
	return safe;
}

/* The formatted text, made safe; malloc'ed, NULL without memory. */
static char *format_safe(const char *format, va_list args)
{
	_cleanup_(freep) char *text = NULL;

	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		return NULL;
	}
	return bw_text_safe(text);
}

void bw_print_part(FILE *out, const char *format, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list args;

	va_start(args, format);
	text = format_safe(format, args);
	va_end(args);

	(void)fputs(text ? text : "(no memory)", out);
}

void bw_print_line(FILE *out, const char *format, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list args;

	va_start(args, format);
	text = format_safe(format, args);
	va_end(args);

	(void)fprintf(out, "%s\n", text ? text : "(no memory)");
}

/* https://no-color.org: any value but an empty one says no. */
static bool may_colour(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(out)) && !(no_colour && *no_colour) && term &&
	       strcmp(term, "dumb") != 0;
}

void bw_print_word(FILE *out, enum bw_colour colour, const char *word, int width)
{
	static const char *const codes[] = {
		[BW_COLOUR_GOOD] = "32",
		[BW_COLOUR_CARE] = "33",
		[BW_COLOUR_BAD] = "1;31",
		[BW_COLOUR_HEAD] = "1",
	};
	int fill = width - (int)strlen(word);

	if (may_colour(out))
		(void)fprintf(out, "\033[%sm%s\033[0m", codes[colour], word);
	else
		(void)fputs(word, out);
	(void)fprintf(out, "%*s", fill > 0 ? fill : 0, "");
}

void bw_print_head(FILE *out, const char *head)
{
	bw_print_word(out, BW_COLOUR_HEAD, head, 0);
	(void)fputc('\n', out);
}

int bw_print_width(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)))
		return 0;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) || size.ws_col == 0)
		return WIDTH_DEFAULT;

	return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static int columns_of(const char *text, size_t len)
{
	int columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

/* Prints words, breaking the line before one that would cross @width. */
static void print_words(FILE *out, const char *text, int column, int indent, int width)
{
	bool first = true;

	while (*text) {
		size_t len = strcspn(text, " ");
		int columns = columns_of(text, len);

		if (!first && width > 0 && column + 1 + columns > width) {
			(void)fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fwrite(text, 1, len, out);
		column += columns;
		first = false;
		text += len + (text[len] == ' ');
	}
	(void)fputc('\n', out);
}

void bw_print_wrapped(FILE *out, int column, int indent, const char *format, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list args;

	va_start(args, format);
	text = format_safe(format, args);
	va_end(args);

	print_words(out, text ? text : "(no memory)", column, indent, bw_print_width(out));
}

void bw_print_problems(FILE *out, const json_t *problems)
{
	json_t *problem;
	size_t i;

	json_array_foreach (problems, i, problem) {
		const char *text = json_string_value(json_object_get(problem, "text"));
		const char *hint = json_string_value(json_object_get(problem, "hint"));

		(void)fputs("  ", out);
		bw_print_word(out, BW_COLOUR_CARE, "!", 2);
		bw_print_wrapped(out, 4, 4, "%s", text ? text : "?");
		if (hint) {
			(void)fputs("    -> ", out);
			bw_print_wrapped(out, 7, 7, "%s", hint);
		}
	}
}

json_t *bw_json_text(const char *text)
{
	_cleanup_(freep) char *safe = NULL;
	json_t *value = json_string(text);

	if (value)
		return value;

	safe = bw_text_safe(text);
	return safe ? json_string(safe) : NULL;
}

void bw_print_json(FILE *out, json_t *value)
{
	/* ASCII only: a terminal that shows it sees no control characters. */
	if (!value || json_dumpf(value, out, JSON_COMPACT | JSON_ENSURE_ASCII))
		(void)fputs("{\"ok\":false,\"error\":\"no memory\"}", out);
	(void)fputc('\n', out);
	json_decref(value);
}

static void print_complaint(const struct bw_ctl *ctl, const char *format, va_list args)
{
	static const char name[] = "bulwarkctl: ";
	_cleanup_(freep) char *text = NULL;

	text = format_safe(format, args);
	if (ctl->json) {
		bw_print_json(stdout, json_pack("{s:b,s:o}", "ok", 0, "error",
						bw_json_text(text ? text : "no memory")));
		return;
	}

	(void)fflush(stdout);
	(void)fputs(name, stderr);
	print_words(stderr, text ? text : "no memory", sizeof(name) - 1, 2, bw_print_width(stderr));
}

int bw_print_error(const struct bw_ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_complaint(ctl, format, args);
	va_end(args);
	return BW_EXIT_FAILED;
}

int bw_print_misuse(const struct bw_ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_complaint(ctl, format, args);
	va_end(args);
	return BW_EXIT_USAGE;
}
