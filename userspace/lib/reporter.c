// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - reporter: collects the mistakes of one file
 */
#include <stdarg.h>

#include "cleanup.h"
#include "reporter.h"

/* Nobody reads more; a file that isn't meant as a policy has thousands. */
#define SHOWN_MAX 100

struct bw_reporter bw_reporter_begin(struct bw_diagnostics *diagnostics, const char *file)
{
	return (struct bw_reporter){
		.diagnostics = diagnostics,
		.file = file,
		.first = diagnostics->len,
	};
}

void bw_report_no_memory(struct bw_reporter *reporter)
{
	reporter->err = -ENOMEM;
}

static void report(struct bw_reporter *reporter, struct bw_position at, bool warning,
		   const char *format, va_list arguments)
{
	_cleanup_(freep) char *text = NULL;

	if (reporter->diagnostics->len - reporter->first >= SHOWN_MAX) {
		reporter->hidden++;
		return;
	}

	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
		bw_report_no_memory(reporter);
		return;
	}

	if (bw_diagnostics_add(reporter->diagnostics, reporter->file, at, warning, "%s", text))
		bw_report_no_memory(reporter);
}

void bw_report_error(struct bw_reporter *reporter, struct bw_position at, const char *format, ...)
{
	va_list arguments;

	reporter->errors++;
	va_start(arguments, format);
	report(reporter, at, false, format, arguments);
	va_end(arguments);
}

void bw_report_warning(struct bw_reporter *reporter, struct bw_position at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(reporter, at, true, format, arguments);
	va_end(arguments);
}

static bool comes_after(const struct bw_diagnostic *one, const struct bw_diagnostic *other)
{
	if (one->at.line != other->at.line)
		return one->at.line > other->at.line;

	return one->at.column > other->at.column;
}

/* Insertion keeps the order of what stands at one place; there are SHOWN_MAX at most. */
static void diagnostics_sort(struct bw_diagnostic *items, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		struct bw_diagnostic moved = items[i];
		size_t j = i;

		for (; j > 0 && comes_after(&items[j - 1], &moved); j--)
			items[j] = items[j - 1];
		items[j] = moved;
	}
}

int bw_reporter_end(struct bw_reporter *reporter)
{
	struct bw_diagnostics *diagnostics = reporter->diagnostics;

	if (diagnostics->len > reporter->first)
		diagnostics_sort(diagnostics->items + reporter->first,
				 diagnostics->len - reporter->first);

	if (reporter->hidden &&
	    bw_diagnostics_add(diagnostics, reporter->file, (struct bw_position){ 0 },
			       !reporter->errors, "%zu more like these are not shown",
			       reporter->hidden))
		bw_report_no_memory(reporter);

	if (reporter->err)
		return reporter->err;

	return reporter->errors ? -EINVAL : 0;
}
