/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - which system calls each process may make
 *
 * A call outside the list kills the process: whoever runs foreign code in it gets
 * no further.  No verdict changes (INV-5); the engine reports the logger's end,
 * systemd the engine's, and both are started again.
 */
#ifndef BULWARK_SANDBOX_H
#define BULWARK_SANDBOX_H

#include "options.h"

/* For BW_ROLE_ENGINE and BW_ROLE_LOGGER.  Sets no_new_privs.  Returns 0 or -errno. */
int bw_sandbox_enter(enum bw_role role);

#endif
