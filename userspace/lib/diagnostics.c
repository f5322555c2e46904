// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - diagnostics: what is wrong with a file, and where
 */
#include <stdarg.h>
#include <string.h>

#include "cleanup.h"
#include "policy.h"
#include "text.h"

static void diagnostic_done(struct bw_diagnostic *diagnostic)
{
	free(diagnostic->file);
	free(diagnostic->text);
}

void bw_diagnostics_done(struct bw_diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->len; i++)
		diagnostic_done(&diagnostics->items[i]);
	free(diagnostics->items);
	*diagnostics = (struct bw_diagnostics){ 0 };
}

static int diagnostics_append(struct bw_diagnostics *diagnostics,
			      const struct bw_diagnostic *diagnostic)
{
	struct bw_diagnostic *items;

	items = reallocarray(diagnostics->items, diagnostics->len + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;

	diagnostics->items = items;
	items[diagnostics->len++] = *diagnostic;
	diagnostics->errors += !diagnostic->warning;
	return 0;
}

int bw_diagnostics_add(struct bw_diagnostics *diagnostics, const char *file, struct bw_position at,
		       bool warning, const char *format, ...)
{
	struct bw_diagnostic diagnostic = { .at = at, .warning = warning };
	va_list arguments;
	int err = -ENOMEM;

	va_start(arguments, format);
	if (vasprintf(&diagnostic.text, format, arguments) < 0)
		diagnostic.text = NULL;
	va_end(arguments);

	diagnostic.file = strdup(file);
	if (diagnostic.file && diagnostic.text)
		err = diagnostics_append(diagnostics, &diagnostic);
	if (err)
		diagnostic_done(&diagnostic);

	return err;
}

char *bw_diagnostic_format(const struct bw_diagnostic *diagnostic)
{
	_cleanup_(freep) char *file = bw_text_escape(diagnostic->file);
	_cleanup_(freep) char *text = bw_text_escape(diagnostic->text);
	const char *kind = diagnostic->warning ? "warning" : "error";
	char *line;
	int len;

	if (!file || !text)
		return NULL;

	if (!diagnostic->at.line)
		len = asprintf(&line, "%s: %s: %s", file, kind, text);
	else
		len = asprintf(&line, "%s:%u:%u: %s: %s", file, diagnostic->at.line,
			       diagnostic->at.column, kind, text);
	return len < 0 ? NULL : line;
}

char *bw_diagnostics_first_error(const struct bw_diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->len; i++)
		if (!diagnostics->items[i].warning)
			return bw_diagnostic_format(&diagnostics->items[i]);

	return NULL;
}
