/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - runs bulwarkctl in a test, with a daemon and files of the test's own
 */
#ifndef BULWARK_CTL_RUN_H
#define BULWARK_CTL_RUN_H

#include <stddef.h>

/* What one run printed, and how it ended. */
struct ctl_run {
	int code;
	char out[16384];
	char err[16384];
};

/* Fixtures: a directory of one's own, gone afterwards, a daemon included. */
void ctl_setup(void);
void ctl_teardown(void);

/* A path in that directory; valid until the fourth call after this one. */
const char *ctl_path(const char *name);

/* Writes a file in it, and the directories above the file. */
void ctl_file(const char *name, const char *text);

/* Starts a daemon on ctl_path("socket") that gives @answer to @verb, else @other. */
void ctl_daemon(const char *verb, const char *answer, const char *other);

/* Runs "bulwarkctl ARG..."; NULL ends the list. */
struct ctl_run ctl_run(const char *arg, ...) __attribute__((sentinel));

/* Fails the test unless @text contains @part; says which case it was. */
void ctl_contains(const char *name, const char *text, const char *part);

#endif
