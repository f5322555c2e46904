/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - calls as a 32-bit program makes them
 */
#ifndef COMPAT_H
#define COMPAT_H

/* ioctl(2) by the other table: 0 or -errno.  @argument must lie below 4 GiB. */
static inline int ioctl_compat(int fd, unsigned long command, const void *argument)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(54L), "b"((long)fd), "c"(command), "d"(argument)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

#endif
