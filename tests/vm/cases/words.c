// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - words on the kernel's command line that a test heeds, like "kills=10000"
 */
#include <stdlib.h>

#include "words.h"

unsigned int word_number(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned int)strtoul(text, NULL, 10) : otherwise;
}
