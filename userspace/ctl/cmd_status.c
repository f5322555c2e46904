// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl status: is this host protected?
 */
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "policy.h"
#include "print.h"
#include "standing.h"

static void problem_add(json_t *problems, const char *text, const char *hint)
{
	(void)json_array_append_new(
		problems, json_pack("{s:o,s:s*}", "text", bw_json_text(text), "hint", hint));
}

/* What the keeper's word means without the daemon's; problems are added. */
static const char *standing_judge(int err, const struct bw_control_info *info, bool away,
				  json_t *problems)
{
	if (err == -ENOENT) {
		problem_add(problems, "the module isn't loaded: nothing is enforced",
			    "run 'bulwarkctl doctor': it tells what is in the way");
		return "not-protected";
	}

	if (err) {
		problem_add(problems, "what the kernel enforces can't be seen by this user",
			    "run 'sudo bulwarkctl status'");
		return "unknown";
	}

	if (info->flags & BW_INFO_OFF) {
		problem_add(problems, "bulwark=off stands on the kernel command line",
			    "take it out of the boot loader's configuration and reboot");
		return "not-protected";
	}

	if (info->links == 0) {
		problem_add(problems, "the keeper holds no programs: nothing is enforced",
			    "run 'systemctl start bulwarkd'");
		return "not-protected";
	}

	/* It may be well, and just not tell this user. */
	if (!away)
		return "unknown";

	problem_add(problems,
		    "enforcement goes on without bulwarkd, but policies can't change; details of "
		    "refusals wait in the kernel, and what overflows is counted",
		    "start bulwarkd: it writes what it missed, and a gap record");
	if (!(info->flags & BW_INFO_PERMANENT))
		problem_add(problems, "kernel.ftrace_enabled=0 would silence the programs",
			    "run 'sysctl kernel.ftrace_enabled=1' and restart bulwarkd");
	return "degraded";
}

static json_t *keeper_pack(const struct bw_control_info *info)
{
	return json_pack("{s:i,s:i,s:I,s:b,s:b,s:b,s:i,s:i,s:I}", "links", info->links, "maps",
			 info->maps, "adoptions", (json_int_t)info->adoptions, "permanent",
			 !!(info->flags & BW_INFO_PERMANENT), "off", !!(info->flags & BW_INFO_OFF),
			 "sealed", !!(info->flags & BW_INFO_SEALED), "seal_needed",
			 info->seal_needed, "seal_shown", info->seal_shown, "wrong_secrets",
			 (json_int_t)info->wrong_secrets);
}

/* An answer like the daemon's, made without it; @problems tells why. */
static json_t *answer_without_daemon(bool away, json_t *problems)
{
	struct bw_control_info info = { 0 };
	int err = bw_standing_read(BW_STATUS_DIR, &info);
	const char *state = standing_judge(err, &info, away, problems);

	return json_pack("{s:b,s:s,s:o,s:n,s:o*}", "ok", 1, "state", state, "problems", problems,
			 "engine", "keeper", err ? NULL : keeper_pack(&info));
}

/* Asks the daemon, and the kernel when the daemon has no answer. */
static json_t *answer_get(const struct bw_ctl *ctl)
{
	_cleanup_(freep) char *text = NULL;
	struct bw_client_excuse excuse;
	json_t *problems = json_array();
	json_t *answer = NULL;
	const char *error;
	int err;

	err = bw_client_ask(ctl, "status", BW_ASK_TIMEOUT_MS, &answer);
	if (!err && bw_member_true(answer, "ok")) {
		json_decref(problems);
		return answer;
	}

	excuse = bw_client_excuse(err ? err : -EPROTO);
	error = bw_member_text(answer, "error");
	if (asprintf(&text, "no answer from bulwarkd at '%s': %s", ctl->socket,
		     error ? error : excuse.reason) < 0)
		text = NULL;

	problem_add(problems, text ? text : excuse.reason, error ? NULL : excuse.hint);
	json_decref(answer);
	return answer_without_daemon(err && err != -EACCES && err != -EPERM, problems);
}

/* The states that count as such; any other word is as good as none. */
static const struct {
	const char *name;
	enum bw_ctl_exit code;
	enum bw_colour colour;
} states[] = {
	{ "protected", BW_EXIT_OK, BW_COLOUR_GOOD },
	{ "degraded", BW_EXIT_FAILED, BW_COLOUR_CARE },
	{ "not-protected", BW_EXIT_UNPROTECTED, BW_COLOUR_BAD },
};

static int exit_of(const char *state)
{
	for (size_t i = 0; state && i < ARRAY_LEN(states); i++) {
		if (!strcmp(state, states[i].name))
			return states[i].code;
	}
	return BW_EXIT_FAILED;
}

static void state_print(const char *state)
{
	(void)fputs("  State  ", stdout);
	for (size_t i = 0; state && i < ARRAY_LEN(states); i++) {
		if (strcmp(state, states[i].name) != 0)
			continue;

		bw_print_word(stdout, states[i].colour, state, 0);
		(void)fputc('\n', stdout);
		return;
	}
	bw_print_line(stdout, "%s", state ? state : "unknown");
}

static size_t mode_count(const json_t *sets, const char *wanted)
{
	json_t *set;
	size_t count = 0;
	size_t i;

	json_array_foreach (sets, i, set) {
		const char *mode = bw_member_text(set, "mode");

		count += mode && !strcmp(mode, wanted);
	}
	return count;
}

static void policy_print(const json_t *answer)
{
	const json_t *sets = json_object_get(answer, "sets");
	size_t enforced = mode_count(sets, "enforce");
	size_t learning = mode_count(sets, "learn");
	size_t all = json_array_size(sets);

	bw_print_part(stdout, " Policy  generation %lld: %zu set%s, %zu enforced, %zu monitored",
		      (long long)bw_member_number(answer, "generation"), all, bw_plural(all),
		      enforced, all - enforced - learning);
	if (learning)
		bw_print_part(stdout, ", %zu learning", learning);
	bw_print_line(stdout, "%s", "");
}

static void canary_print(const json_t *answer)
{
	const char *canary = bw_member_text(answer, "canary");

	if (canary && !strcmp(canary, "refused"))
		bw_print_line(stdout, " Canary  refused: the kernel enforces");
	else if (canary && !strcmp(canary, "leaked"))
		bw_print_line(stdout, " Canary  leaked: the kernel does NOT enforce");
	else
		bw_print_line(stdout, " Canary  not tried");
}

static void keeper_print(const json_t *keeper)
{
	bw_print_line(stdout, " Keeper  %lld links, %lld maps%s%s",
		      (long long)bw_member_number(keeper, "links"),
		      (long long)bw_member_number(keeper, "maps"),
		      bw_member_true(keeper, "permanent") ? ", permanent" : ", not permanent",
		      bw_member_true(keeper, "off") ? ", off" : "");
}

static void seal_print(const json_t *keeper)
{
	long long wrong = bw_member_number(keeper, "wrong_secrets");

	bw_print_part(stdout, "   Seal  ");
	if (bw_member_true(keeper, "sealed"))
		bw_print_part(stdout, "sealed: %lld of %lld secrets shown",
			      (long long)bw_member_number(keeper, "seal_shown"),
			      (long long)bw_member_number(keeper, "seal_needed"));
	else
		bw_print_part(stdout, "not sealed");

	if (wrong > 0)
		bw_print_part(stdout, "; %lld wrong one%s", wrong, bw_plural((size_t)wrong));
	bw_print_line(stdout, "%s", "");
}

static void logger_print(const json_t *logger)
{
	const char *last_end = bw_member_text(logger, "last_end");
	const char *error = bw_member_text(logger, "error");

	if (!bw_member_true(logger, "running")) {
		bw_print_line(stdout, " Logger  not running%s%s", last_end ? "; the last one " : "",
			      last_end ? last_end : "");
		return;
	}

	bw_print_line(stdout, " Logger  pid %lld, restarted %lld times%s%s",
		      (long long)bw_member_number(logger, "pid"),
		      (long long)bw_member_number(logger, "restarts"), error ? "; its log: " : "",
		      error ? error : "");
}

static void engine_print(const json_t *engine)
{
	const char *since = bw_member_text(engine, "since");

	bw_print_line(stdout, " Engine  pid %lld since %s",
		      (long long)bw_member_number(engine, "pid"), since ? since : "?");
}

static void counters_print(const json_t *counters)
{
	json_int_t unlearnt = bw_member_number(counters, "unlearnt");

	bw_print_part(stdout,
		      "Refused  %lld; monitoring sets would have refused %lld; %lld details lost",
		      (long long)bw_member_number(counters, "refused"),
		      (long long)bw_member_number(counters, "would_refuse"),
		      (long long)bw_member_number(counters, "lost"));
	if (unlearnt > 0)
		bw_print_part(stdout, "; %lld accesses not learnt", (long long)unlearnt);
	bw_print_line(stdout, "%s", "");
}

/* The usual directory goes without saying. */
static const char *file_shown(const char *file)
{
	static const char usual[] = BW_POLICY_DIR "/";

	if (!file)
		return "?";

	return strncmp(file, usual, sizeof(usual) - 1) ? file : file + sizeof(usual) - 1;
}

static void set_print(const json_t *set, int width)
{
	const char *name = bw_member_text(set, "name");
	const char *mode = bw_member_text(set, "mode");
	const char *until = bw_member_text(set, "learn_until");

	bw_print_line(stdout, "%-*s %-7s %4lld %6lld %8lld %s%s%s", width, name ? name : "?",
		      mode ? mode : "?", (long long)bw_member_number(set, "version"),
		      (long long)bw_member_number(set, "grants"),
		      (long long)bw_member_number(set, "severity"),
		      file_shown(bw_member_text(set, "file")), until ? ", until " : "",
		      until ? until : "");
}

static void sets_print(const json_t *sets)
{
	int width = bw_members_width(sets, "name", 4);
	char head[128];
	json_t *set;
	size_t i;

	if (json_array_size(sets) == 0)
		return;

	(void)snprintf(head, sizeof(head), "%-*s MODE     VER GRANTS SEVERITY FILE", width, "SET");
	(void)fputc('\n', stdout);
	bw_print_head(stdout, head);
	json_array_foreach (sets, i, set)
		set_print(set, width);
}

static void answer_print(const json_t *answer)
{
	const json_t *problems = json_object_get(answer, "problems");
	const json_t *keeper = json_object_get(answer, "keeper");
	bool daemon = json_is_object(json_object_get(answer, "engine"));

	state_print(bw_member_text(answer, "state"));
	if (daemon) {
		policy_print(answer);
		canary_print(answer);
	}
	if (keeper) {
		keeper_print(keeper);
		seal_print(keeper);
	}
	if (daemon) {
		engine_print(json_object_get(answer, "engine"));
		logger_print(json_object_get(answer, "logger"));
		counters_print(json_object_get(answer, "counters"));
	}
	sets_print(json_object_get(answer, "sets"));

	if (json_array_size(problems) > 0)
		(void)fputc('\n', stdout);
	bw_print_problems(stdout, problems);
}

int bw_cmd_status(const struct bw_ctl *ctl)
{
	json_t *answer = answer_get(ctl);
	int code;

	code = exit_of(bw_member_text(answer, "state"));
	if (ctl->json) {
		bw_print_json(stdout, answer);
		return code;
	}

	answer_print(answer);
	json_decref(answer);
	return code;
}
