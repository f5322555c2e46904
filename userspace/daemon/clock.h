/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the two clocks: one for people, one that the kernel side uses
 */
#ifndef BULWARK_CLOCK_H
#define BULWARK_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

static inline uint64_t boottime_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_BOOTTIME);
}

#endif
