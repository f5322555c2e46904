// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl version: of the command, the module and the daemon
 */
#include <stdio.h>
#include <string.h>

#include <bulwark/abi.h>

#include "cleanup.h"
#include "client.h"
#include "print.h"

/* Version of the loaded module; false when none is. */
static bool module_version(char *version, size_t size)
{
	_cleanup_(fclosep) FILE *file = fopen("/sys/module/bulwark/version", "re");

	if (!file || !fgets(version, (int)size, file))
		return false;

	version[strcspn(version, "\n")] = '\0';
	return true;
}

/* Version of the running daemon, a new reference; NULL when it doesn't tell. */
static json_t *daemon_version(const struct bw_ctl *ctl)
{
	json_t *answer;
	json_t *version;

	if (bw_client_ask(ctl, "status", BW_ASK_TIMEOUT_MS, &answer))
		return NULL;

	version = json_incref(json_object_get(answer, "version"));
	json_decref(answer);
	return version;
}

int bw_cmd_version(const struct bw_ctl *ctl)
{
	json_t *daemon = daemon_version(ctl);
	const char *running = json_string_value(daemon);
	char module[64];
	bool loaded = module_version(module, sizeof(module));

	if (ctl->json) {
		bw_print_json(stdout, json_pack("{s:b,s:s,s:i,s:s?,s:o?}", "ok", 1, "bulwarkctl",
						BULWARK_VERSION, "abi", BW_ABI_VERSION, "module",
						loaded ? module : NULL, "bulwarkd", daemon));
		return BW_EXIT_OK;
	}

	bw_print_line(stdout, "bulwarkctl  %s (ABI %d)", BULWARK_VERSION, BW_ABI_VERSION);
	bw_print_line(stdout, "module      %s", loaded ? module : "not loaded");
	bw_print_line(stdout, "bulwarkd    %s",
		      running ? running : "doesn't answer; see 'bulwarkctl status'");
	json_decref(daemon);
	return BW_EXIT_OK;
}
