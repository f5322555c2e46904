/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what was found wrong with policy files: says it, each thing once
 */
#ifndef BULWARK_POLICY_FOUND_H
#define BULWARK_POLICY_FOUND_H

#include "policy.h"

/* Logs what isn't in @known, which may be NULL. */
void bw_found_log(const struct bw_diagnostics *found, const struct bw_diagnostics *known);

/*
 * The same without warnings: they are said once all is resolved again, and then kept on
 * record.
 */
void bw_found_log_errors(const struct bw_diagnostics *found, const struct bw_diagnostics *known);

/*
 * Has what is said of the file @dir/@name say @path: the file that the administrator has, and
 * not the place where it no longer is.  Without memory it goes on naming that place.
 */
void bw_found_rename(struct bw_diagnostics *found, const char *dir, const char *name,
		     const char *path);

#endif
