/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - names byte by byte: what is costly to verify, and therefore is in
 * global functions
 *
 * A verifier follows a static function again at each call and in each state.  A
 * global one it proves once per program, for any argument of these types, and
 * thereafter takes any number for the answer.
 */
#ifndef BULWARK_BYTES_BPF_H
#define BULWARK_BYTES_BPF_H

#include "maps.bpf.h"

#include "verdict.h"

/*
 * Makes a verifier forget which values are possible: it would follow the rest of
 * the program for each of them.  That of 6.1 needs it, or code is taken for dead
 * and left out: it thinks a value that bpf_loop() changes a constant, and until
 * 6.8 a verifier takes two states for one that differ in a constant on the stack
 * which is read through a pointer.  @unknown is any number that it doesn't know; of 64 bits for
 * a value that is stored through a pointer: one that has limits is remembered exactly there.
 */
static __always_inline __u64 forget(__u64 value, __u64 unknown)
{
	asm volatile("%0 ^= %1\n"
		     "%0 ^= %1"
		     : "+r"(value)
		     : "r"(unknown));
	return value;
}

/* bw_name_hash() of the @len bytes at the kernel's address @name. */
__u64 name_hash(__u64 name, __u64 len);

struct unit_name {
	char bytes[BW_UNIT_SIZE];
};

/* bw_unit_hash() of a unit's name, and of nothing that stands behind it; 0 for no unit. */
__u64 unit_name_hash(const struct unit_name *unit, __u32 len);

/*
 * What this grant says to @who, or @other if that was closer to a grant; see
 * reason_closer().  A verifier doesn't know that neither pointer is NULL: no grant.
 */
__u32 grant_answer(const struct bw_grant *grant, const struct bw_who *who, __u32 other);

/*
 * Takes the charge's amount from its budget (INV-6); @uses: what the file remembers, NULL if
 * nothing, and then it counts as one that wasn't read before; @fresh: of pieces_fresh(); @reserve:
 * to be filled, NULL for none.  As of CHARGED_REASON_MASK.
 */
__u32 charge_take(const struct charge *charge, struct file_uses *uses,
		  const struct bw_budget *budget, __u64 fresh, struct reserve *reserve);

/* Bytes of the charge's pieces that weren't read in this window. */
__u64 pieces_fresh(const struct charge *charge, const struct bw_budget *budget);

/* After charge_take(): books the pieces.  BW_REASON_GRANTED, or what stands against it. */
__u32 pieces_take(const struct charge *charge, const struct bw_budget *budget);

/*
 * Adds an access of the task at hand to what is learnt of it; @kind: enum learnt_kind; @uses:
 * as above; @unit: unit_hash(), for which there is no stack left below.  0 if there is no room.
 */
__u32 learnt_note(__u64 amount, __u32 set, __u32 kind, struct file_uses *uses, __u64 unit);

#endif
