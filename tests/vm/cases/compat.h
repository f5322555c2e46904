/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - calls as a 32-bit program makes them
 */
#ifndef COMPAT_H
#define COMPAT_H

/* The call of that number in the other table: its result, or -errno. */
static inline long compat_call(long number, int fd, unsigned long second, unsigned long third)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(number), "b"((long)fd), "c"(second), "d"(third)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

/* ioctl(2): 0 or -errno.  @argument must lie below 4 GiB. */
static inline int ioctl_compat(int fd, unsigned long command, const void *argument)
{
	return (int)compat_call(54, fd, command, (unsigned long)argument);
}

#endif
