// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - prints TAP, unbuffered: a crash right after a line must not lose it
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static unsigned int tests;
static unsigned int failures;

static void line(bool passed, const char *reason, const char *format, va_list args)
{
	char name[512];

	vsnprintf(name, sizeof(name), format, args);
	tests++;
	failures += !passed;
	printf("%sok %u - %s", passed ? "" : "not ", tests, name);
	if (reason)
		printf(" # SKIP %s", reason);
	putchar('\n');
	fflush(stdout);
}

bool ok(bool passed, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(passed, NULL, format, args);
	va_end(args);
	return passed;
}

bool is(long got, long want, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(got == want, NULL, format, args);
	va_end(args);
	if (got != want)
		diag("got %ld, wanted %ld", got, want);
	return got == want;
}

bool is_text(const char *got, const char *want, const char *format, ...)
{
	bool same = got && !strcmp(got, want);
	va_list args;

	va_start(args, format);
	line(same, NULL, format, args);
	va_end(args);
	if (!same)
		diag("got '%s', wanted '%s'", got ? got : "(nothing)", want);
	return same;
}

void skip(const char *reason, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(true, reason, format, args);
	va_end(args);
}

void diag(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# ", stdout);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

int done(void)
{
	printf("1..%u\n", tests);
	fflush(stdout);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
