/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - records in the kernel's audit trail: of decisions, and of the seal
 */
#ifndef BULWARK_AUDIT_H
#define BULWARK_AUDIT_H

#include <bulwark/event.h>

/* Records that were left out because too many came in one second, since load. */
u64 bw_audit_left_out(void);

/* One record of what happened to the seal.  May sleep. */
void bw_audit_seal(const char *op, bool success, u32 shown, u32 needed);

/**
 * bulwark_audit() - Write one record into the context of the running system call
 * @audit: What was decided.
 *
 * Called by BPF programs in any LSM hook, under whatever lock the hook holds:
 * never sleeps, takes no lock of a task.
 */
void bulwark_audit(const struct bw_audit *audit);

#endif
