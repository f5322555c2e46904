// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkd: which part of the daemon this process is
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "engine.h"
#include "log.h"
#include "logger.h"
#include "options.h"
#include "policy_state.h"
#include "release.h"

static int run(const struct bw_options *options)
{
	switch (options->role) {
	case BW_ROLE_ENGINE:
		return bw_engine_run(options);
	case BW_ROLE_LOGGER:
		return bw_logger_run(options);
	case BW_ROLE_CHECK:
		return bw_policy_state_check(&options->policy);
	case BW_ROLE_RELEASE:
		return bw_release();
	case BW_ROLE_HELP:
		bw_options_help();
		return 0;
	case BW_ROLE_VERSION:
		(void)puts("bulwarkd " BULWARK_VERSION);
		return 0;
	}
	return -EINVAL;
}

/* systemd tries again, but for what only an administrator can mend. */
static int exit_status(int err)
{
	switch (err) {
	case 0:
		return EXIT_SUCCESS;
	case -EPERM:
	case -ENODEV:
	case -EPROTO:
	case -ESRCH:
		return EX_CONFIG;
	default:
		return EXIT_FAILURE;
	}
}

int main(int argc, char **argv)
{
	struct bw_options options;

	log_open("");
	if (bw_options_parse(argc, argv, &options))
		return EX_USAGE;

	if (options.role == BW_ROLE_LOGGER)
		log_open("logger: ");

	return exit_status(run(&options));
}
