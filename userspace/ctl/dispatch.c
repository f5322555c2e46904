// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl: its verbs and options, and from one to the other
 */
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "ctl.h"
#include "policy.h"
#include "print.h"
#include "record.h"
#include "wire.h"

const struct bw_verb bw_verbs[] = {
	{ "status", bw_cmd_status, 0, "js", "", "is this host protected?" },
	{ "doctor", bw_cmd_doctor, 0, "jsplbr", "",
	  "is this host fit for it, after a reboot too?" },
	{ "check", bw_cmd_check, 1, "jHFKq", "[FILE|DIR]", "find all mistakes in policy files" },
	{ "facts", bw_cmd_facts, 1, "j", "[FILE|DIR]",
	  "what policies name on this host, for 'check' elsewhere" },
	{ "diff", bw_cmd_diff, 2, "j", "[OLD] NEW", "who may read more by a policy, and who less" },
	{ "apply", bw_cmd_apply, 0, "jsy", "", "put the policy files in force" },
	{ "tighten", bw_cmd_tighten, 1, "js", "FILE",
	  "put a stricter policy file in force, sealed or not" },
	{ "explain", bw_cmd_explain, 1, "jspeuGUxLam", "FILE",
	  "who may read a file, and by which line" },
	{ "suggest", bw_cmd_suggest, 0, "jpTR", "", "a policy file from what a set has learnt" },
	{ "simulate", bw_cmd_simulate, 0, "jplSR", "",
	  "what a policy would have refused of what was learnt" },
	{ "events", bw_cmd_events, 0, "jlfnS", "", "what was refused" },
	{ "holders", bw_cmd_holders, 0, "js", "", "who has protected files open or mapped" },
	{ "budgets", bw_cmd_budgets, 0, "js", "", "what was read of how much, and by whom" },
	{ "selftest", bw_cmd_selftest, 1, "jdo", "[FILE]",
	  "does any way lead to a protected file?" },
	{ "seal", bw_cmd_seal, 0, "jsOkDy", "", "let nothing be weakened any more" },
	{ "unseal", bw_cmd_unseal, 1, "js", "[FILE|-]",
	  "show one of the secrets that open the seal" },
	{ "breakglass", bw_cmd_breakglass, 18, "jseuTiBNW", "request | use FILE SIGNATURE...",
	  "read for a while, by officers' leave" },
	{ "version", bw_cmd_version, 0, "js", "", "versions of command, module and daemon" },
	{ "help", bw_cmd_help, 1, "j", "[VERB]", "this list, or one verb's options" },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

/* All options, each with the letter that stands for it in the verbs' lists. */
static const struct {
	const char *name;
	int letter;
	const char *argument;
	const char *help;
} options[] = {
	{ "json", 'j', NULL, "print JSON" },
	{ "socket", 's', "PATH", "control socket (" BW_SOCKET_PATH ")" },
	{ "policy", 'p', "PATH", "policy file or directory (" BW_POLICY_DIR ")" },
	{ "log", 'l', "FILE", "event log (" BW_LOG_PATH ")" },
	{ "exe", 'e', "PATH", "the executable, needed" },
	{ "user", 'u', "NAME", "the user, by name or number" },
	{ "group", 'G', "NAME", "the group, by name or number (none)" },
	{ "unit", 'U', "UNIT", "the systemd unit (none)" },
	{ "script", 'x', "PATH", "the script that started it (none)" },
	{ "login", 'L', "NAME", "the login user (none)" },
	{ "at", 'a', "WHEN", "'2026-11-24T04:31' by the grant's clocks (now)" },
	{ "mount-namespace", 'm', NULL, "in a mount namespace of its own" },
	{ "follow", 'f', NULL, "wait for more" },
	{ "lines", 'n', "N", "the last N only" },
	{ "set", 'T', "NAME", "the set, needed" },
	{ "learnt", 'R', "FILE", "a copy of /var/lib/bulwark/learnt/SET.jsonl" },
	{ "since", 'S', "WHEN", "'2h', '3d', 'today', '2026-11-24 13:00'" },
	{ "descriptor", 'd', "N", "a descriptor of FILE from before it was protected" },
	{ "only", 'o', "NAME[,NAME...]", "these ways only; 'help' lists them" },
	{ "officers", 'O', "N", "how many people get a secret (3)" },
	{ "needed", 'k', "N", "how many of them open the seal (more than half)" },
	{ "output", 'D', "DIR", "write each secret to a file there" },
	{ "yes", 'y', NULL, "don't ask" },
	{ "for", 'i', "TIME", "how long, from the use on, needed: '30m'" },
	{ "bytes", 'B', "SIZE", "how much may be read, needed: '2GiB'" },
	{ "files", 'N', "N", "how many files (any number)" },
	{ "reason", 'W', "TEXT", "why, for the officers, needed" },
	{ "host", 'H', NULL, "look up its files and users here, too" },
	{ "host-facts", 'F', "FILE", "look them up in what 'facts' wrote on a host" },
	{ "signers", 'K', "DIR", "public keys of who may sign policies" },
	{ "require-signature", 'q', NULL, "each policy file must be signed" },
	{ "next-boot", 'b', NULL, "look at the newest installed kernel" },
	{ "root", 'r', "DIR", "the host whose files are below DIR" },
	{ "help", 'h', NULL, "show help" },
	{ "version", 'V', NULL, "show versions" },
};

/* Meant for every verb: they replace it. */
#define OPTIONS_COMMON "hV"
/* Those that can be typed with one dash. */
#define OPTIONS_SHORT "fhn"

static void options_print(const char *letters)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		bool is_short = strchr(OPTIONS_SHORT, options[i].letter);
		char left[40];

		if (!strchr(letters, options[i].letter))
			continue;

		(void)snprintf(left, sizeof(left), "%c%c%c --%s %s", is_short ? '-' : ' ',
			       is_short ? options[i].letter : ' ', is_short ? ',' : ' ',
			       options[i].name, options[i].argument ? options[i].argument : "");
		(void)printf("  %-22s %s\n", left, options[i].help);
	}
}

void bw_usage_print(const struct bw_verb *verb)
{
	if (verb) {
		(void)printf("bulwarkctl %s%s%s%s: %s\n\n", verb->name,
			     *verb->options ? " [OPTION...]" : "", *verb->synopsis ? " " : "",
			     verb->synopsis, verb->summary);
		options_print(verb->options);
		return;
	}

	(void)puts("bulwarkctl VERB [OPTION...]: protected files, who may read them, who tried\n");
	for (verb = bw_verbs; verb->name; verb++)
		(void)printf("  %-10s %s\n", verb->name, verb->summary);
	(void)puts("\nExit status: 0 protected or done, 1 degraded or failed, 2 misuse,\n"
		   "3 not protected.  'bulwarkctl help VERB' lists a verb's options;\n"
		   "bulwarkctl(8) tells the rest.");
}

const struct bw_verb *bw_verb_find(const char *name)
{
	for (const struct bw_verb *verb = bw_verbs; verb->name; verb++) {
		if (!strcmp(verb->name, name))
			return verb;
	}
	return NULL;
}

static const char *option_name(int letter)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (options[i].letter == letter)
			return options[i].name;
	}
	return "?";
}

/* "10" to 10; "all" to BW_LINES_ALL; anything else to BW_LINES_WRONG. */
static long lines_parse(const char *text)
{
	char *end;
	long lines;

	if (!strcmp(text, "all"))
		return BW_LINES_ALL;

	errno = 0;
	lines = strtol(text, &end, 10);
	return errno || *end || end == text || lines < 0 ? BW_LINES_WRONG : lines;
}

static bool *flag_of(struct bw_ctl *ctl, int letter)
{
	switch (letter) {
	case 'j':
		return &ctl->json;
	case 'm':
		return &ctl->mount_ns;
	case 'f':
		return &ctl->follow;
	case 'H':
		return &ctl->host;
	case 'q':
		return &ctl->signed_only;
	case 'y':
		return &ctl->yes;
	case 'b':
		return &ctl->next_boot;
	default:
		return NULL;
	}
}

static const char **text_of(struct bw_ctl *ctl, int letter)
{
	switch (letter) {
	case 's':
		return &ctl->socket;
	case 'p':
		return &ctl->policy;
	case 'l':
		return &ctl->log;
	case 'e':
		return &ctl->exe;
	case 'u':
		return &ctl->user;
	case 'G':
		return &ctl->group;
	case 'U':
		return &ctl->unit;
	case 'x':
		return &ctl->script;
	case 'L':
		return &ctl->login;
	case 'a':
		return &ctl->clock;
	case 'T':
		return &ctl->set;
	case 'R':
		return &ctl->learnt;
	case 'S':
		return &ctl->since;
	case 'r':
		return &ctl->root;
	case 'd':
		return &ctl->descriptor;
	case 'o':
		return &ctl->only;
	case 'O':
		return &ctl->officers;
	case 'k':
		return &ctl->needed;
	case 'D':
		return &ctl->output;
	case 'F':
		return &ctl->facts;
	case 'K':
		return &ctl->signers;
	case 'i':
		return &ctl->length;
	case 'B':
		return &ctl->bytes;
	case 'N':
		return &ctl->files;
	case 'W':
		return &ctl->reason;
	default:
		return NULL;
	}
}

static void option_set(struct bw_ctl *ctl, int letter, const char *argument)
{
	bool *flag = flag_of(ctl, letter);
	const char **text = text_of(ctl, letter);

	if (flag)
		*flag = true;
	if (text)
		*text = argument;
	if (letter == 'n')
		ctl->lines = lines_parse(argument);
}

/* Reads all options; @seen collects their letters.  Returns 0 or BW_EXIT_USAGE. */
static int options_read(int argc, char **argv, struct bw_ctl *ctl, char *seen)
{
	struct option table[ARRAY_LEN(options) + 1] = { 0 };
	size_t seen_len = 0;
	int letter;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		table[i].name = options[i].name;
		table[i].has_arg = options[i].argument ? required_argument : no_argument;
		table[i].val = options[i].letter;
	}

	optind = 0;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":fhn:", table, NULL)) != -1) {
		if (letter == ':')
			return bw_print_misuse(ctl,
					       "option '%s' lacks its value; see 'bulwarkctl help'",
					       argv[optind - 1]);

		if (letter == '?')
			return bw_print_misuse(ctl, "unknown option '%s'; see 'bulwarkctl help'",
					       argv[optind - 1]);

		option_set(ctl, letter, optarg);
		if (!strchr(seen, letter))
			seen[seen_len++] = (char)letter;
	}
	return 0;
}

/* An option that would be ignored is a mistake of whoever typed it. */
static int options_judge(const struct bw_ctl *ctl, const struct bw_verb *verb, const char *seen)
{
	for (; *seen; seen++) {
		if (!strchr(verb->options, *seen))
			return bw_print_misuse(ctl,
					       "option '--%s' means nothing to '%s'; see "
					       "'bulwarkctl help %s'",
					       option_name(*seen), verb->name, verb->name);
	}

	if (ctl->lines == BW_LINES_WRONG)
		return bw_print_misuse(ctl, "'--lines' takes a number or 'all', as in '-n 20'");

	if (ctl->args_len > verb->args_max)
		return bw_print_misuse(ctl,
				       "'%s' is one argument too many; see 'bulwarkctl help %s'",
				       ctl->args[verb->args_max], verb->name);

	return 0;
}

/* 'bulwarkctl', '--help' and '--version' name no verb but mean one. */
static const struct bw_verb *verb_choose(struct bw_ctl *ctl, const char *seen)
{
	if (strchr(seen, 'h'))
		return bw_verb_find("help");

	if (strchr(seen, 'V')) {
		ctl->args_len = 0;
		return bw_verb_find("version");
	}

	if (ctl->args_len == 0)
		return NULL;

	ctl->args_len--;
	return bw_verb_find(*ctl->args++);
}

int bw_ctl_run(int argc, char **argv)
{
	struct bw_ctl ctl = {
		.socket = BW_SOCKET_PATH,
		.policy = BW_POLICY_DIR,
		.log = BW_LOG_PATH,
		.root = "",
		.unit = "",
		.lines = BW_LINES_UNSAID,
	};
	char seen[ARRAY_LEN(options) + 1] = "";
	const struct bw_verb *verb;
	int code;

	code = options_read(argc, argv, &ctl, seen);
	if (code)
		return code;

	ctl.args = argv + optind;
	ctl.args_len = argc - optind;
	if (ctl.args_len == 0 && !strpbrk(seen, OPTIONS_COMMON)) {
		bw_usage_print(NULL);
		return BW_EXIT_USAGE;
	}

	verb = verb_choose(&ctl, seen);
	if (!verb)
		return bw_print_misuse(&ctl, "unknown verb '%s'; 'bulwarkctl help' lists them",
				       ctl.args[-1]);

	/* --help and --version answer whatever else was typed. */
	if (!strpbrk(seen, OPTIONS_COMMON))
		code = options_judge(&ctl, verb, seen);

	return code ? code : verb->run(&ctl);
}
