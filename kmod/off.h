/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the way back for a host that doesn't come up: bulwark=off
 */
#ifndef BULWARK_OFF_H
#define BULWARK_OFF_H

#include <linux/types.h>

/* Reads the kernel's command line, and records in the kernel log what it says. */
void bw_off_init(void);

/* Whether bulwark=off stands there.  Never changes after bw_off_init(). */
bool bw_off(void);

#endif
