/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - arithmetic without branches, for what a verifier would follow each outcome of.
 * Pure, as verdict.h is
 */
#ifndef BULWARK_MASK_H
#define BULWARK_MASK_H

#include <linux/types.h>

/*
 * All ones if @one < @other, both below 2^31.  In BPF neither compiler nor
 * verifier may see through it: they would make it a branch, follow both outcomes
 * at each byte of a name, and never come to an end.
 */
static inline __u32 mask_less(__u32 one, __u32 other)
{
	__s64 difference = one;

#ifdef __bpf__
	asm volatile("%0 -= %1\n"
		     "%0 s>>= 63"
		     : "+r"(difference)
		     : "r"((__s64)other));
#else
	difference = (difference - (__s64)other) >> 63;
#endif
	return difference;
}

/* In BPF the compiler mustn't keep several numbers that it makes of one: there is little stack. */
static inline __u32 one_number(__u32 value)
{
#ifdef __bpf__
	asm volatile("" : "+r"(value));
#endif
	return value;
}

#endif
