// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl: the one command for people
 */
#include <locale.h>

#include "ctl.h"

int main(int argc, char **argv)
{
	/* Only for which characters can be shown: all messages are English. */
	(void)setlocale(LC_CTYPE, "");

	return bw_ctl_run(argc, argv);
}
