/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the daemon's own messages, to standard error
 *
 * With a level in front ("<3>") when standard error is the journal, as systemd
 * tells by $JOURNAL_STREAM; plain otherwise.  The evidence goes elsewhere.
 */
#ifndef BULWARK_LOG_H
#define BULWARK_LOG_H

/* Names the process in front of each message: "bulwarkd", "bulwarkd-logger". */
void log_open(const char *name);

/* Adds strerror(-@err) if @err is negative; returns @err. */
int log_error(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

void log_alert(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
