/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl: what all its verbs share
 */
#ifndef BULWARK_CTL_H
#define BULWARK_CTL_H

#include <stdbool.h>

/* What bulwarkctl(8) promises; scripts and monitoring rely on it. */
enum bw_ctl_exit {
	BW_EXIT_OK = 0,
	BW_EXIT_FAILED = 1,
	BW_EXIT_USAGE = 2,
	BW_EXIT_UNPROTECTED = 3,
};

/* bw_ctl.lines when it isn't a number: all, nothing said, or nonsense. */
#define BW_LINES_ALL (-1L)
#define BW_LINES_UNSAID (-2L)
#define BW_LINES_WRONG (-3L)

/**
 * struct bw_ctl - One invocation, as the command line tells it
 *
 * @args: What follows the verb.
 * @args_len: Entries in @args.
 * @socket: Control socket of the daemon.
 * @policy: Policy file or directory.
 * @log: The event log.
 * @root: Where doctor finds the host's files; "" for "/".
 * @exe: explain, breakglass: the executable.
 * @user: explain, breakglass: the user.
 * @unit: explain: the systemd unit, "" for none.
 * @script: explain: the script, "" for none.
 * @group: explain: the group; NULL for none that a grant names.
 * @login: explain: the login user, "none" for none.
 * @clock: explain: when; NULL for now.
 * @descriptor: selftest: number of an inherited descriptor; NULL for none.
 * @only: selftest: names of techniques, with commas between; NULL for all.
 * @officers: seal: how many secrets; NULL for the usual number.
 * @needed: seal: how many of them open it; NULL for more than half.
 * @length: breakglass: for how long.
 * @bytes: breakglass: how much may be read.
 * @files: breakglass: how many files; NULL for any number.
 * @reason: breakglass: why.
 * @output: seal: directory for the secrets' files; NULL to print them.
 * @set: suggest, breakglass: name of the set.
 * @learnt: suggest, simulate: what was learnt; NULL for the daemon's file.
 * @signers: check: directory of public keys; NULL: signatures aren't looked at.
 * @facts: check: facts of another host; NULL for none.
 * @since: events, simulate: from when on; NULL for all.
 * @lines: events: how many at most, or BW_LINES_*.
 * @mount_ns: explain: in a mount namespace of its own.
 * @json: For programs, not for people.
 * @follow: events: wait for more.
 * @host: check: resolve on this host, too.
 * @signed_only: check: each file must be signed.
 * @yes: apply, seal: don't ask.
 * @next_boot: doctor: look at the kernel that the next boot would run.
 */
struct bw_ctl {
	char **args;
	int args_len;
	const char *socket;
	const char *policy;
	const char *log;
	const char *root;
	const char *exe;
	const char *user;
	const char *unit;
	const char *script;
	const char *group;
	const char *login;
	const char *clock;
	const char *set;
	const char *learnt;
	const char *since;
	const char *descriptor;
	const char *only;
	const char *officers;
	const char *needed;
	const char *output;
	const char *signers;
	const char *facts;
	const char *length;
	const char *bytes;
	const char *files;
	const char *reason;
	long lines;
	bool mount_ns;
	bool json;
	bool follow;
	bool host;
	bool signed_only;
	bool yes;
	bool next_boot;
};

/**
 * struct bw_verb - One command of bulwarkctl
 *
 * @name: As it is typed.
 * @run: Does it; returns an enum bw_ctl_exit.
 * @args_max: How many arguments it takes at most.
 * @options: Letters of the options that mean something to it.
 * @synopsis: Its arguments, for the help.
 * @summary: What it does, in a few words.
 */
struct bw_verb {
	const char *name;
	int (*run)(const struct bw_ctl *ctl);
	int args_max;
	const char *options;
	const char *synopsis;
	const char *summary;
};

/* All verbs; the last one has no name. */
extern const struct bw_verb bw_verbs[];

/* Prints the verbs, or one verb with its options. */
void bw_usage_print(const struct bw_verb *verb);
const struct bw_verb *bw_verb_find(const char *name);

/* The whole program but main(): parses, runs, returns an enum bw_ctl_exit. */
int bw_ctl_run(int argc, char **argv);

int bw_cmd_apply(const struct bw_ctl *ctl);
int bw_cmd_breakglass(const struct bw_ctl *ctl);
int bw_cmd_budgets(const struct bw_ctl *ctl);
int bw_cmd_check(const struct bw_ctl *ctl);
int bw_cmd_diff(const struct bw_ctl *ctl);
int bw_cmd_doctor(const struct bw_ctl *ctl);
int bw_cmd_events(const struct bw_ctl *ctl);
int bw_cmd_explain(const struct bw_ctl *ctl);
int bw_cmd_facts(const struct bw_ctl *ctl);
int bw_cmd_help(const struct bw_ctl *ctl);
int bw_cmd_holders(const struct bw_ctl *ctl);
int bw_cmd_seal(const struct bw_ctl *ctl);
int bw_cmd_selftest(const struct bw_ctl *ctl);
int bw_cmd_simulate(const struct bw_ctl *ctl);
int bw_cmd_status(const struct bw_ctl *ctl);
int bw_cmd_suggest(const struct bw_ctl *ctl);
int bw_cmd_tighten(const struct bw_ctl *ctl);
int bw_cmd_unseal(const struct bw_ctl *ctl);
int bw_cmd_version(const struct bw_ctl *ctl);

#endif
