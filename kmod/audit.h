/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the programs call to leave a record in the kernel's audit trail
 */
#ifndef BULWARK_AUDIT_H
#define BULWARK_AUDIT_H

#include <bulwark/event.h>

/* Offers bulwark_audit() to BPF LSM programs.  Fails where the module has no BTF. */
int bw_audit_init(void);

/* Records that were left out because too many came in one second, since load. */
u64 bw_audit_left_out(void);

/**
 * bulwark_audit() - Write one record into the context of the running system call
 * @audit: What was decided.
 *
 * Called by BPF programs in any LSM hook, under whatever lock the hook holds:
 * never sleeps, takes no lock of a task.
 */
void bulwark_audit(const struct bw_audit *audit);

#endif
