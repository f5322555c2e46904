/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: what the ways through the kernel's debuggers share
 */
#ifndef BULWARK_DEBUGGER_H
#define BULWARK_DEBUGGER_H

#include <linux/perf_event.h>

#include "holder.h"

/* Between two samples. */
#define SAMPLE_NS 1000000

/* A holder, for root alone: the kernel refuses its debuggers to others by itself. */
int debugger_begin(const struct target *target, enum holder_deed deed, struct holder *holder,
		   struct loot *loot);

/*
 * Notes a refusal that isn't the kernel's own, which says EPERM to who has root's
 * capabilities.  Hands on the error.
 */
int debugger_refused(struct loot *loot, int err);

/* A descriptor of what this process does, on any processor; or -errno. */
int perf_event_open(const struct perf_event_attr *attr, pid_t pid);

#endif
