/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - words on the kernel's command line that a test heeds, like "kills=10000"
 *
 * What the kernel doesn't know itself, and has no dot, comes as PID 1's environment
 * (Documentation/admin-guide/kernel-parameters.rst), and the tests inherit it.
 */
#ifndef WORDS_H
#define WORDS_H

/* The number that the word @name has there; @otherwise if it isn't there. */
unsigned int word_number(const char *name, unsigned int otherwise);

#endif
