/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - files of a test's own, and what was said about them
 *
 * Whatever goes wrong fails the test.
 */
#ifndef BULWARK_SCRATCH_DIR_H
#define BULWARK_SCRATCH_DIR_H

#include "policy.h"

/* Fixtures: an empty directory, gone afterwards. */
void scratch_setup(void);
void scratch_teardown(void);

/* A path in it, "" for the directory; valid until the eighth call after this one. */
const char *scratch_path(const char *name);

void scratch_write(const char *name, const char *text);

/* A file's bytes, with a NUL behind them; malloc'ed. */
char *file_bytes(const char *path, size_t *ret_len);

/* All diagnostics, one a line; malloc'ed. */
char *diagnostics_text(const struct bw_diagnostics *diagnostics);

#endif
