// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkd's command line
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "options.h"
#include "policy.h"
#include "signers.h"
#include "wire.h"

#define OFFICERS_MAX 16

enum {
	OPTION_POLICY_DIR = 256,
	OPTION_SIGNERS,
	OPTION_REQUIRE_SIGNATURE,
	OPTION_SOCKET,
	OPTION_LOG_DIR,
	OPTION_STATE_DIR,
	OPTION_LOGGER_USER,
	OPTION_GROUP,
	OPTION_OFFICERS,
	OPTION_LOGGER,
	OPTION_CHECK,
	OPTION_RELEASE,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "policy-dir", required_argument, NULL, OPTION_POLICY_DIR },
	{ "signers", required_argument, NULL, OPTION_SIGNERS },
	{ "require-signature", no_argument, NULL, OPTION_REQUIRE_SIGNATURE },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "log-dir", required_argument, NULL, OPTION_LOG_DIR },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "logger-user", required_argument, NULL, OPTION_LOGGER_USER },
	{ "group", required_argument, NULL, OPTION_GROUP },
	{ "officers", required_argument, NULL, OPTION_OFFICERS },
	{ "logger", no_argument, NULL, OPTION_LOGGER },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "release", no_argument, NULL, OPTION_RELEASE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static const char help_text[] =
	"Usage: bulwarkd [OPTION]...\n"
	"Puts Bulwark's policy in force and writes what is refused.\n"
	"\n"
	"      --check             check the policy files as a start would, and exit\n"
	"      --release           end enforcement: make the module let go, and exit\n"
	"      --policy-dir DIR    policy files (" BW_POLICY_DIR ")\n"
	"      --signers DIR       public keys of who signs them (" BW_SIGNERS_DIR ")\n"
	"      --require-signature take no policy that nobody of these has signed\n"
	"      --socket PATH       control socket (" BW_SOCKET_PATH ")\n"
	"      --log-dir DIR       where events.jsonl goes (/var/log/bulwark)\n"
	"      --state-dir DIR     where logger.json goes (/var/lib/bulwark)\n"
	"      --logger-user NAME  whom the logger runs as (bulwark-log)\n"
	"      --group NAME        who may look through the socket (bulwark)\n"
	"      --officers K        how many must sign to break the glass (2)\n"
	"  -h, --help              this text\n"
	"      --version           version\n"
	"\n"
	"It stays in the foreground. SIGHUP applies the policy files, SIGUSR1 opens the\n"
	"log anew, SIGTERM ends the daemon; what is in force stays in force.\n"
	"See bulwarkd(8).\n";

void bw_options_help(void)
{
	(void)fputs(help_text, stdout);
}

static int take_officers(struct bw_options *options)
{
	size_t digits = strspn(optarg, "0123456789");
	unsigned long officers = strtoul(optarg, NULL, 10);

	if (!digits || optarg[digits] || officers < 1 || officers > OFFICERS_MAX) {
		log_error(0, "'--officers' takes a number from 1 to %d", OFFICERS_MAX);
		return -EINVAL;
	}

	options->officers = (unsigned int)officers;
	return 0;
}

static int take_option(int option, struct bw_options *options)
{
	switch (option) {
	case OPTION_POLICY_DIR:
		options->policy.dir = optarg;
		return 0;
	case OPTION_SIGNERS:
		options->policy.signers = optarg;
		return 0;
	case OPTION_REQUIRE_SIGNATURE:
		options->policy.signed_only = true;
		return 0;
	case OPTION_SOCKET:
		options->socket = optarg;
		return 0;
	case OPTION_LOG_DIR:
		options->log_dir = optarg;
		return 0;
	case OPTION_STATE_DIR:
		options->state_dir = optarg;
		return 0;
	case OPTION_LOGGER_USER:
		options->logger_user = optarg;
		return 0;
	case OPTION_GROUP:
		options->group = optarg;
		return 0;
	case OPTION_OFFICERS:
		return take_officers(options);
	case OPTION_LOGGER:
		options->role = BW_ROLE_LOGGER;
		return 0;
	case OPTION_CHECK:
		options->role = BW_ROLE_CHECK;
		return 0;
	case OPTION_RELEASE:
		options->role = BW_ROLE_RELEASE;
		return 0;
	case OPTION_VERSION:
		options->role = BW_ROLE_VERSION;
		return 0;
	case 'h':
		options->role = BW_ROLE_HELP;
		return 0;
	default:
		/* getopt_long() has said what is wrong. */
		log_error(0, "see 'bulwarkd --help'");
		return -EINVAL;
	}
}

int bw_options_parse(int argc, char **argv, struct bw_options *ret_options)
{
	struct bw_options options = {
		.role = BW_ROLE_ENGINE,
		.policy = { .dir = BW_POLICY_DIR, .signers = BW_SIGNERS_DIR },
		.socket = BW_SOCKET_PATH,
		.log_dir = "/var/log/bulwark",
		.state_dir = "/var/lib/bulwark",
		.logger_user = "bulwark-log",
		.group = "bulwark",
		.officers = 2,
	};
	int option;
	int err;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0) {
		err = take_option(option, &options);
		if (err)
			return err;
	}

	if (optind < argc) {
		log_error(0, "'%s' is not an option; see 'bulwarkd --help'", argv[optind]);
		return -EINVAL;
	}

	*ret_options = options;
	return 0;
}
