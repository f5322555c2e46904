/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the daemon's own messages, to standard error
 *
 * With a level in front ("<3>") when standard error is the journal, as systemd
 * tells by $JOURNAL_STREAM; with the daemon's name otherwise.  The evidence goes
 * elsewhere.
 */
#ifndef BULWARK_LOG_H
#define BULWARK_LOG_H

/* What stands in front of each message of this process: "" or "logger: ". */
void log_open(const char *role);

/* Adds strerror(-@err) if @err is negative; returns @err. */
int log_error(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

void log_alert(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
