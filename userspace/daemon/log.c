// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the daemon's own messages, to standard error
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "log.h"

static const char *log_role = "";
static bool log_levels;

void log_open(const char *role)
{
	log_role = role;
	log_levels = getenv("JOURNAL_STREAM") != NULL;
}

/* One write(2) per message: engine and logger share the descriptor. */
static void write_message(const char *level, int err, const char *format, va_list arguments)
{
	char text[1024];

	(void)vsnprintf(text, sizeof(text), format, arguments);
	(void)dprintf(STDERR_FILENO, "%s%s%s%s%s\n", log_levels ? level : "bulwarkd: ", log_role,
		      text, err < 0 ? ": " : "", err < 0 ? strerror(-err) : "");
}

int log_error(int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_message(SD_ERR, err, format, arguments);
	va_end(arguments);
	return err;
}

void log_alert(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_message(SD_ALERT, 0, format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_message(SD_WARNING, 0, format, arguments);
	va_end(arguments);
}

void log_notice(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_message(SD_NOTICE, 0, format, arguments);
	va_end(arguments);
}

void log_info(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_message(SD_INFO, 0, format, arguments);
	va_end(arguments);
}
