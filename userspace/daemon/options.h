/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkd's command line
 */
#ifndef BULWARK_OPTIONS_H
#define BULWARK_OPTIONS_H

#include "policy_state.h"

enum bw_role {
	BW_ROLE_ENGINE = 1,
	BW_ROLE_LOGGER = 2,  /* --logger: started by the engine only */
	BW_ROLE_CHECK = 3,   /* --check */
	BW_ROLE_RELEASE = 4, /* --release */
	BW_ROLE_HELP = 5,
	BW_ROLE_VERSION = 6,
};

/**
 * struct bw_options - What bulwarkd was asked to do
 *
 * @policy: Where policy files are, and who must have signed them.
 * @socket: Control socket; the lock and the decoy lie beside it.
 * @log_dir: Holds events.jsonl.
 * @state_dir: Holds logger.json.
 * @logger_user: Whom the logger runs as.
 * @group: Who may look through the control socket.
 * @officers: How many of them must sign to break the glass.
 */
struct bw_options {
	enum bw_role role;
	struct bw_policy_source policy;
	const char *socket;
	const char *log_dir;
	const char *state_dir;
	const char *logger_user;
	const char *group;
	unsigned int officers;
};

/* Returns 0, or -EINVAL when a message has been printed. */
int bw_options_parse(int argc, char **argv, struct bw_options *ret_options);
void bw_options_help(void);

#endif
