/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - reporter: collects the mistakes of one file
 */
#ifndef BULWARK_REPORTER_H
#define BULWARK_REPORTER_H

#include "policy.h"

/**
 * struct bw_reporter - Where the mistakes of one file go
 *
 * @diagnostics: Of all files.
 * @file: This one's path, for people.
 * @first: Index of this file's first in @diagnostics.
 * @errors: Mistakes of this file, those not shown included.
 * @hidden: Those not shown.
 * @err: -ENOMEM once memory was short; then nothing counts any more.
 */
struct bw_reporter {
	struct bw_diagnostics *diagnostics;
	const char *file;
	size_t first;
	size_t errors;
	size_t hidden;
	int err;
};

struct bw_reporter bw_reporter_begin(struct bw_diagnostics *diagnostics, const char *file);

void bw_report_error(struct bw_reporter *reporter, struct bw_position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void bw_report_warning(struct bw_reporter *reporter, struct bw_position at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void bw_report_no_memory(struct bw_reporter *reporter);

/*
 * Puts the file's diagnostics in the order of their lines.  Returns 0, -EINVAL
 * (there were errors) or -ENOMEM.
 */
int bw_reporter_end(struct bw_reporter *reporter);

#endif
