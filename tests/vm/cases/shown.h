/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - a process that shows another executable than it was started from
 */
#ifndef SHOWN_H
#define SHOWN_H

/* Maps nothing of @exe, from which the process was started, any more.  0 or -errno. */
int shown_leave(const char *exe);

/* Then it can show the file of a descriptor: 0 or -errno. */
int shown_by_file(int exe);
int shown_by_map(int exe);

#endif
