/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - keeps the kernel's ftrace switch from silencing the programs
 */
#ifndef BULWARK_PERMANENCE_H
#define BULWARK_PERMANENCE_H

#include <linux/types.h>

int bw_permanence_init(void);
void bw_permanence_exit(void);

/*
 * Tries again where the switch was off so far.  Fails open, and says so in the
 * kernel log: while the switch is off, no program runs.
 */
void bw_permanence_take(void);

/* Whether kernel.ftrace_enabled=0 is refused. */
bool bw_permanence_held(void);

#endif
