/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what a test of the fast guest says, in the Test Anything Protocol
 *
 *	int main(void)
 *	{
 *		ok(stat("/proc", &st) == 0, "/proc is there");
 *		is(open_secret(), -EACCES, "root is refused");
 *		if (!has_btrfs())
 *			skip("no btrfs here", "reflink is refused");
 *		return done();
 *	}
 *
 * A program that ends without done() has no plan, and counts as failed.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* Returns @passed, so that a test can stop where going on makes no sense. */
bool ok(bool passed, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells what came and what was wanted when they differ. */
bool is(long got, long want, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool is_text(const char *got, const char *want, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A test that can't be made here, and why. */
void skip(const char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A remark that counts for nothing. */
void diag(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes the plan; returns what main() must return. */
int done(void);

#endif
