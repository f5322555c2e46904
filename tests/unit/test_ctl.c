// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of bulwarkctl: its words, and what it asks a daemon
 */
#include <check.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "ctl.h"
#include "ctl_run.h"
#include "print.h"
#include "secret.h"
#include "standing.h"

static const struct {
	const char *name;
	const char *args[5];
	int code;
	const char *says;
} usages[] = {
	{ "nothing", { NULL }, BW_EXIT_USAGE, "VERB" },
	{ "help", { "help" }, BW_EXIT_OK, "status" },
	{ "-h", { "-h" }, BW_EXIT_OK, "doctor" },
	{ "help of a verb", { "help", "explain" }, BW_EXIT_OK, "--mount-namespace" },
	{ "a verb's --help", { "events", "--help" }, BW_EXIT_OK, "--since WHEN" },
	{ "help of nothing", { "help", "nothing" }, BW_EXIT_USAGE, "unknown verb 'nothing'" },
	{ "--version", { "--version" }, BW_EXIT_OK, "bulwarkctl  " BULWARK_VERSION },
	{ "unknown verb", { "protect" }, BW_EXIT_USAGE, "unknown verb 'protect'" },
	{ "unknown option", { "status", "--all" }, BW_EXIT_USAGE, "unknown option '--all'" },
	{ "no value", { "status", "--socket" }, BW_EXIT_USAGE, "'--socket' lacks its value" },
	{ "foreign option", { "status", "--host" }, BW_EXIT_USAGE, "'--host' means nothing to" },
	{ "an argument too many", { "status", "now" }, BW_EXIT_USAGE, "'now' is one argument too" },
	{ "-n", { "events", "-n", "ten" }, BW_EXIT_USAGE, "takes a number or 'all'" },
	{ "-n below 0", { "events", "-n", "-3" }, BW_EXIT_USAGE, "takes a number or 'all'" },
	{ "explain what?", { "explain", "/srv/x" }, BW_EXIT_USAGE, "--exe PATH, --user NAME" },
	{ "selftest", { "selftest", "/nowhere" }, BW_EXIT_FAILED, "can't try '/nowhere': No such" },
	{ "no number",
	  { "selftest", "--descriptor", "x", "/etc/passwd" },
	  BW_EXIT_USAGE,
	  "'--descriptor x' is no descriptor of '/etc/passwd'" },
	{ "no descriptor of it",
	  { "selftest", "--descriptor", "0", "/etc/passwd" },
	  BW_EXIT_USAGE,
	  "'--descriptor 0' is no descriptor of '/etc/passwd'" },
	{ "which ways?", { "selftest", "--only", "help" }, BW_EXIT_OK, "open-to-append\n" },
	{ "no way",
	  { "selftest", "--only", "open,magic" },
	  BW_EXIT_USAGE,
	  "no technique is called 'magic'; 'bulwarkctl selftest --only help'" },
	{ "nearly a way",
	  { "selftest", "--only", "mmap_privat" },
	  BW_EXIT_USAGE,
	  "'mmap_privat'; did you mean 'mmap-private'?" },
	{ "an empty name", { "selftest", "--only", "open," }, BW_EXIT_USAGE, "is called ''" },
	{ "a known way",
	  { "selftest", "--only", "open,pread", "/nowhere" },
	  BW_EXIT_FAILED,
	  "can't try '/nowhere': No such" },
	{ "no officers", { "seal", "--officers", "0" }, BW_EXIT_USAGE, "a number from 1 to 16" },
	{ "a crowd", { "seal", "--officers", "17" }, BW_EXIT_USAGE, "a number from 1 to 16" },
	{ "some officers", { "seal", "--officers", "3x" }, BW_EXIT_USAGE, "a number from 1 to 16" },
	{ "more than all",
	  { "seal", "--officers", "2", "--needed", "3" },
	  BW_EXIT_USAGE,
	  "from 1 to that of officers, 2" },
	{ "secrets in JSON", { "seal", "--json", "--yes" }, BW_EXIT_USAGE, "'--output DIR'" },
	{ "no secret's file", { "unseal", "/nowhere" }, BW_EXIT_FAILED, "cannot read '/nowhere'" },
	{ "no secret", { "unseal", "/etc/passwd" }, BW_EXIT_FAILED, "'/etc/passwd' is no secret" },
	{ "break-glass", { "breakglass" }, BW_EXIT_USAGE, "followed by 'request' or 'use'" },
	{ "a request of nothing",
	  { "breakglass", "request", "--set", "x" },
	  BW_EXIT_USAGE,
	  "needs '--exe PATH'" },
	{ "no request", { "breakglass", "use" }, BW_EXIT_USAGE, "which request?" },
	{ "no request's file",
	  { "breakglass", "use", "/nowhere" },
	  BW_EXIT_FAILED,
	  "cannot read '/nowhere'" },
	{ "what is too long for one",
	  { "breakglass", "use", "/dev/zero" },
	  BW_EXIT_FAILED,
	  "'/dev/zero' is neither a request" },
	{ "JSON", { "status", "--json", "x" }, BW_EXIT_USAGE, "{\"ok\":false,\"error\":\"'x' is" },
};

START_TEST(usage_is_judged)
{
	const char *const *args = usages[_i].args;
	struct ctl_run run = ctl_run(args[0], args[1], args[2], args[3], args[4], NULL);

	ck_assert_msg(run.code == usages[_i].code, "case '%s': code %d", usages[_i].name, run.code);
	ctl_contains(usages[_i].name, *run.err ? run.err : run.out, usages[_i].says);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	const char *safe;
} texts[] = {
	{ "plain", "/srv/a b.pdf", "/srv/a b.pdf" },
	{ "French", "/srv/relevé.pdf", "/srv/relevé.pdf" },
	{ "escape", "a\033[2Jb", "a\\x1b[2Jb" },
	{ "newline", "a\nb", "a\\x0ab" },
	{ "C1 control",
	  "a\xc2\x9b"
	  "b",
	  "a\\xc2\\x9bb" },
	{ "no UTF-8",
	  "a\xff"
	  "b",
	  "a\\xffb" },
	{ "turns direction",
	  "a\xe2\x80\xae"
	  "b",
	  "a\\xe2\\x80\\xaeb" },
	{ "half a character", "a\xc3", "a\\xc3" },
};

START_TEST(text_is_made_safe)
{
	_cleanup_(freep) char *safe = NULL;

	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	safe = bw_text_safe(texts[_i].text);
	ck_assert_msg(!strcmp(safe, texts[_i].safe), "case '%s': '%s'", texts[_i].name, safe);
}
END_TEST

#define KEEPER "\"keeper\":{\"links\":23,\"maps\":11,\"permanent\":true,\"off\":false}"
#define ENGINE "\"engine\":{\"pid\":7,\"since\":\"2026-11-24T10:00:00Z\"}"
#define LOGGER "\"logger\":{\"running\":true,\"pid\":8,\"restarts\":0}"
#define SETS                                                                                   \
	"\"sets\":[{\"name\":\"pension-db\",\"number\":1,\"mode\":\"enforce\",\"severity\":9," \
	"\"version\":3,\"file\":\"/etc/bulwark/policy.d/p.yaml\",\"grants\":2}]"
#define STATUS(state, rest)                                                                   \
	"{\"ok\":true,\"state\":\"" state "\",\"generation\":4," KEEPER "," ENGINE "," LOGGER \
	"," SETS "," rest "}\n"
#define REFUSED "\"canary\":\"refused\",\"problems\":[]"
#define LEAKED "\"canary\":\"leaked\",\"problems\":[{\"text\":\"no\\u001b\",\"hint\":\"do\"}]"

static const struct {
	const char *name;
	const char *answer;
	int code;
	const char *says;
} states[] = {
	{ "protected", STATUS("protected", REFUSED), 0, "State  protected\n Policy  generation 4" },
	{ "sets", STATUS("protected", REFUSED), 0,
	  "pension-db enforce    3      2        9 p.yaml" },
	{ "canary", STATUS("protected", REFUSED), 0, "Canary  refused: the kernel enforces" },
	{ "keeper", STATUS("protected", REFUSED), 0, "Keeper  23 links, 11 maps, permanent\n" },
	{ "not sealed", STATUS("protected", REFUSED), 0, "  Seal  not sealed\n" },
	{ "sealed",
	  "{\"ok\":true,\"state\":\"protected\",\"keeper\":{\"sealed\":true,"
	  "\"seal_needed\":2,\"seal_shown\":1,\"wrong_secrets\":3}}\n",
	  0, "  Seal  sealed: 1 of 2 secrets shown; 3 wrong ones\n" },
	{ "degraded", STATUS("degraded", LEAKED), 1, "State  degraded" },
	{ "leaked", STATUS("not-protected", LEAKED), 3, "leaked: the kernel does NOT enforce" },
	{ "problem", STATUS("not-protected", LEAKED), 3, "! no\\x1b\n    -> do\n" },
	{ "unknown state", STATUS("splendid\\u0007", REFUSED), 1, "State  splendid\\x07\n" },
	{ "empty answer", "{\"ok\":true}\n", 1, "State  unknown" },
	{ "refused", "{\"ok\":false,\"error\":\"not for you\"}\n", 3, "': not for you\n" },
	{ "logger gone",
	  "{\"ok\":true,\"engine\":{},\"logger\":{\"last_end\":\"was killed by SIGKILL\"}}\n", 1,
	  " Logger  not running; the last one was killed by SIGKILL\n" },
	{ "nothing was lost to learning",
	  STATUS("protected", REFUSED ",\"counters\":{\"lost\":2,\"unlearnt\":0}"), 0,
	  "; 2 details lost\n" },
	{ "something was", STATUS("protected", REFUSED ",\"counters\":{\"lost\":2,\"unlearnt\":5}"),
	  0, "; 2 details lost; 5 accesses not learnt\n" },
	{ "no JSON", "hello\n", 3, "the answer makes no sense" },
};

START_TEST(status_tells_the_state)
{
	struct ctl_run run;

	ctl_daemon("status", states[_i].answer, NULL);
	run = ctl_run("status", "--socket", ctl_path("socket"), NULL);
	ctl_contains(states[_i].name, run.out, states[_i].says);
	ck_assert_msg(run.code == states[_i].code, "case '%s': code %d", states[_i].name, run.code);
}
END_TEST

START_TEST(status_without_anything_is_unprotected)
{
	struct ctl_run run = ctl_run("status", "--json", "--socket", ctl_path("none"), NULL);

	ck_assert_int_eq(run.code, BW_EXIT_UNPROTECTED);
	ctl_contains("state", run.out, "\"state\":\"not-protected\"");
	ctl_contains("hint", run.out, "systemctl start bulwarkd");
}
END_TEST

START_TEST(standing_reads_the_modules_file)
{
	struct bw_control_info info = { 0 };

	ck_assert_int_eq(bw_standing_read(ctl_path("bulwark"), &info), -ENOENT);
	ctl_file("bulwark/state", "abi 1\nlinks 23\nmaps 11\nadoptions 2\npermanent yes\noff no\n"
				  "policy 4 00ff\nmeasured yes\nsealed yes\nseal-needed 2\n"
				  "seal-shown 1\nseal-id 00ff\nwrong-secrets 3\n");
	ck_assert_int_eq(bw_standing_read(ctl_path("bulwark"), &info), 0);
	ck_assert_uint_eq(info.links, 23);
	ck_assert_uint_eq(info.maps, 11);
	ck_assert_uint_eq(info.adoptions, 2);
	ck_assert_uint_eq(info.flags, BW_INFO_PERMANENT | BW_INFO_SEALED);
	ck_assert_uint_eq(info.seal_needed, 2);
	ck_assert_uint_eq(info.seal_shown, 1);
	ck_assert_uint_eq(info.wrong_secrets, 3);
}
END_TEST

static const struct {
	const char *name;
	const char *answer;
	int code;
	const char *out;
	const char *err;
} applies[] = {
	{ "applied",
	  "{\"ok\":true,\"generation\":5,\"diagnostics\":[\"a.yaml:3:1: warning: w\"]}\n", 0,
	  "a.yaml:3:1: warning: w\ngeneration 5 is in force\n", "" },
	{ "mistakes",
	  "{\"ok\":false,\"error\":\"1 mistake\",\"diagnostics\":[\"a.yaml:3:1: error: e\"]}\n", 1,
	  "",
	  "a.yaml:3:1: error: e\nbulwarkctl: nothing applied: mend these mistakes and apply again; "
	  "generation 4 stays in "
	  "force\n" },
	{ "not root", "{\"ok\":false,\"error\":\"only root may; use sudo\"}\n", 1, "",
	  "nothing applied: only root may; use sudo; generation 4 stays" },
};

START_TEST(apply_tells_the_outcome)
{
	struct ctl_run run;

	ctl_daemon("apply", applies[_i].answer, STATUS("protected", REFUSED));
	run = ctl_run("apply", "--socket", ctl_path("socket"), NULL);
	ck_assert_msg(run.code == applies[_i].code, "case '%s': code %d", applies[_i].name,
		      run.code);
	ctl_contains(applies[_i].name, run.out, applies[_i].out);
	ctl_contains(applies[_i].name, run.err, applies[_i].err);
}
END_TEST

START_TEST(apply_without_daemon_says_what_to_do)
{
	struct ctl_run run = ctl_run("apply", "--socket", ctl_path("none"), NULL);

	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("reason", run.err, "bulwarkd isn't running; run 'systemctl start bulwarkd'");
}
END_TEST

/* --- Budgets ------------------------------------------------------------------- */

#define BUDGET(limit)                                                           \
	"{\"ok\":true,\"truncated\":false,\"budgets\":[{\"set\":\"documents\"," \
	"\"grant\":\"web\",\"per\":\"user\",\"who\":\"33\",\"bytes\":5242880,"  \
	"\"bytes_limit\":null,\"files\":7,\"files_limit\":null,"                \
	"\"distinct_bytes\":3145728,\"distinct_bytes_limit\":" limit            \
	",\"every_s\":3600,\"back_s\":59,\"back_bytes\":1024,\"back_files\":1," \
	"\"back_distinct_bytes\":1024}]}\n"

#define BUDGET_OF(warn)                                                                        \
	"{\"ok\":true,\"truncated\":false,\"budgets\":[{\"set\":\"s\",\"grant\":\"g\","        \
	"\"per\":\"user\",\"who\":\"7\",\"bytes\":2048,\"bytes_limit\":4096,\"files\":1,"      \
	"\"files_limit\":null,\"every_s\":3600,\"back_s\":60,\"back_bytes\":1,\"back_files\":" \
	"1," warn "}]}\n"

static const struct {
	const char *name;
	const char *answer;
	const char *says;
} budgets[] = {
	{ "nothing to warn of", BUDGET_OF("\"warn\":null,\"warned\":false"),
	  "left  s/g, user 7: 2.0KiB of 4.0KiB, files: 1\n       in any 60m" },
	{ "not warned yet", BUDGET_OF("\"warn\":80,\"warned\":false"),
	  "of 4.0KiB, files: 1, warns at 80%\n" },
	{ "warned", BUDGET_OF("\"warn\":80,\"warned\":true"),
	  "of 4.0KiB, files: 1, warned at 80%\n" },
	{ "some is left", BUDGET("4194304"),
	  "left  documents/web, user 33: 5.0MiB, files: 7, distinct: 3.0MiB of 4.0MiB\n" },
	{ "nothing is", BUDGET("3145728"), "empty documents/web, user 33: 5.0MiB, files: 7, " },
	{ "no coverage", BUDGET("null"), "left  documents/web, user 33: 5.0MiB, files: 7\n" },
	{ "an older daemon", BUDGET_OF("\"x\":1"), "of 4.0KiB, files: 1\n" },
	{ "it doesn't end", BUDGET_OF("\"ends_s\":null"), "files: 1\n       in any 60m" },
	{ "it ends", BUDGET_OF("\"ends_s\":1799"),
	  "left  s/g, user 7: 2.0KiB of 4.0KiB, files: 1\n"
	  "       ends in 30m; nothing comes back before\n" },
};

START_TEST(budgets_are_told)
{
	struct ctl_run run;

	ctl_daemon("budgets", budgets[_i].answer, NULL);
	run = ctl_run("budgets", "--socket", ctl_path("socket"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains(budgets[_i].name, run.out, budgets[_i].says);
}
END_TEST

/* --- The seal ------------------------------------------------------------------ */

#define SEAL_ID "000102030405060708090a0b0c0d0e0f"
#define UNSEALED                                                             \
	"{\"ok\":true,\"state\":\"protected\",\"generation\":4,\"keeper\":{" \
	"\"sealed\":false,\"seal_id\":\"" SEAL_ID "\"}}\n"
#define OFFICERS 3

static const char *secret_path(int officer)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "officer-%d.secret", officer);
	return ctl_path(name);
}

static struct ctl_run seal_run(const char *answer)
{
	ctl_daemon("seal", answer, UNSEALED);
	return ctl_run("seal", "--yes", "--output", ctl_path("."), "--socket", ctl_path("socket"),
		       NULL);
}

START_TEST(seal_leaves_a_file_for_each_officer)
{
	struct ctl_run run = seal_run("{\"ok\":true}\n");
	uint8_t secrets[OFFICERS][BW_SECRET_SIZE];

	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ctl_contains("outcome", run.out, "the host is sealed: 2 of 3 secrets open it");
	for (int i = 0; i < OFFICERS; i++) {
		FILE *file = fopen(secret_path(i + 1), "r");
		char text[1024] = "";
		struct stat st;

		ck_assert_ptr_nonnull(file);
		ck_assert_int_eq(fstat(fileno(file), &st), 0);
		ck_assert_int_eq(st.st_mode, S_IFREG | 0600);
		ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, file), 0);
		fclose(file);
		ck_assert_int_eq(bw_secret_parse(text, secrets[i]), 0);
	}
	ck_assert_mem_ne(secrets[0], secrets[1], BW_SECRET_SIZE);
	ck_assert_mem_ne(secrets[0], secrets[2], BW_SECRET_SIZE);
}
END_TEST

START_TEST(seal_that_fails_takes_its_files_back)
{
	struct ctl_run run = seal_run("{\"ok\":false,\"error\":\"not now\"}\n");

	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("reason", run.err, "refused 'seal': not now");
	ck_assert_int_eq(access(secret_path(1), F_OK), -1);
}
END_TEST

/* Whether it was done is not known, if the answer was lost. */
START_TEST(seal_without_an_answer_keeps_its_files)
{
	struct ctl_run run;

	ctl_daemon("seal", "?\n", "{\"ok\":true,\"keeper\":{\"seal_id\":\"" SEAL_ID "\"}}\n");
	run = ctl_run("seal", "--yes", "--output", ctl_path("."), "--socket", ctl_path("socket"),
		      NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ck_assert_int_eq(access(secret_path(1), F_OK), 0);
}
END_TEST

START_TEST(seal_overwrites_nothing)
{
	struct ctl_run run;

	ctl_file("officer-2.secret", "of another host\n");
	run = seal_run("{\"ok\":true}\n");
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("reason", run.err, "officer-2.secret': File exists; not sealed");
	ck_assert_int_eq(access(secret_path(1), F_OK), -1);
	ck_assert_int_eq(access(secret_path(2), F_OK), 0);
}
END_TEST

/* Nobody types "yes" here. */
START_TEST(seal_asks_first)
{
	struct ctl_run run;

	ctl_daemon("seal", "{\"ok\":true}\n", UNSEALED);
	run = ctl_run("seal", "--officers", "1", "--socket", ctl_path("socket"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_FAILED);
	ctl_contains("secret", run.out, "Officer 1: ");
	ctl_contains("question", run.out, "Until 1 of 1 secrets are shown");
	ctl_contains("reason", run.err, "not sealed; these secrets open nothing");
}
END_TEST

#define ZERO_SECRET "0000000000000000000000000000000000000000000000000000000000000000"

#define GLASS_ASKED "{\"ok\":true,\"request\":\"set: x\\nfor: 3m\\n\",\"needed\":2}\n"
#define GLASS_USED "{\"ok\":true,\"name\":\"breakglass:1\",\"generation\":7,\"seconds\":180}\n"
#define GLASS_REFUSED "{\"ok\":false,\"error\":\"too late\"}\n"

/* Not a byte more than what officers are to sign. */
START_TEST(request_is_printed_as_it_is)
{
	struct ctl_run run;

	ctl_daemon("breakglass-request", GLASS_ASKED, GLASS_REFUSED);
	run = ctl_run("breakglass", "request", "--set", "x", "--exe", "/x", "--for", "3m",
		      "--bytes", "1KiB", "--reason", "y", "--socket", ctl_path("socket"), NULL);
	ck_assert_int_eq(run.code, BW_EXIT_OK);
	ck_assert_str_eq(run.out, "set: x\nfor: 3m\n");
}
END_TEST

START_TEST(use_tells_what_came_of_it)
{
	const char *file = ctl_path("request");
	struct ctl_run run;

	ctl_file("request", "set: x\n");
	ctl_daemon("breakglass-use", _i ? GLASS_USED : GLASS_REFUSED, GLASS_REFUSED);
	run = ctl_run("breakglass", "use", file, file, "--socket", ctl_path("socket"), NULL);
	ck_assert_int_eq(run.code, _i ? BW_EXIT_OK : BW_EXIT_FAILED);
	ctl_contains("use", _i ? run.out : run.err,
		     _i ? "'breakglass:1' is open for 180 seconds, as generation 7" : "too late");
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	const char *answer;
	int code;
	const char *says;
} unseals[] = {
	{ "one of two", ZERO_SECRET "6668\n", "{\"ok\":true,\"shown\":1,\"needed\":2}\n", 0,
	  "1 of 2 secrets shown, still sealed: 1 more needed\n" },
	{ "two of two", ZERO_SECRET "6668\n", "{\"ok\":true,\"shown\":2,\"needed\":2}\n", 0,
	  "the host is no longer sealed" },
	{ "refused", ZERO_SECRET "6668\n", "{\"ok\":false,\"error\":\"wrong\"}\n", 1,
	  "bulwarkd refused 'unseal': wrong\n" },
	{ "mistyped", ZERO_SECRET "6667\n", "{\"ok\":true}\n", 1,
	  "the secret is mistyped: its last group doesn't fit" },
	{ "no secret", "hello\n", "{\"ok\":true}\n", 1, "is no secret: 17 groups of four" },
};

START_TEST(unseal_tells_the_progress)
{
	struct ctl_run run;

	ctl_file("secret", unseals[_i].text);
	ctl_daemon("unseal", unseals[_i].answer, UNSEALED);
	run = ctl_run("unseal", ctl_path("secret"), "--socket", ctl_path("socket"), NULL);
	ctl_contains(unseals[_i].name, *run.err ? run.err : run.out, unseals[_i].says);
	ck_assert_msg(run.code == unseals[_i].code, "case '%s': code %d", unseals[_i].name,
		      run.code);
}
END_TEST

#define HOLDER(rest)                                                                           \
	"{\"ok\":true,\"holders\":[{\"pid\":2147483647,\"uid\":0,\"set\":\"pension-db\"," rest \
	"}]}\n"

static const struct {
	const char *name;
	const char *answer;
	int code;
	const char *says;
} holders[] = {
	{ "nobody", "{\"ok\":true,\"holders\":[]}\n", 0, "nobody has a protected file open" },
	{ "granted",
	  HOLDER("\"comm\":\"postgres\",\"fd\":9,\"hold\":\"open\",\"granted\":true,"
		 "\"device\":\"8:1\",\"inode\":12"),
	  0,
	  "yes   2147483647 root      postgres        fd 9    pension-db inode 12 on device "
	  "8:1" },
	{ "without a grant",
	  HOLDER("\"comm\":\"\\u001b[2J\",\"fd\":null,\"hold\":\"mapped\",\"granted\":false"), 1,
	  "no    2147483647 root      \\x1b[2J " },
	{ "refused", "{\"ok\":false,\"error\":\"later\"}\n", 1,
	  "bulwarkd refused 'holders': later" },
};

START_TEST(holders_are_listed)
{
	struct ctl_run run;

	ctl_daemon("holders", holders[_i].answer, NULL);
	run = ctl_run("holders", "--socket", ctl_path("socket"), NULL);
	ctl_contains(holders[_i].name, *run.err ? run.err : run.out, holders[_i].says);
	ck_assert_msg(run.code == holders[_i].code, "case '%s': code %d", holders[_i].name,
		      run.code);
}
END_TEST

/* Any file that this process has mapped: its "MAJOR:MINOR", inode and path. */
static void mapping_find(char *device, unsigned long long *inode, char *path)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned int major, minor;
	char line[512];

	*path = '\0';
	while (*path != '/' && fgets(line, sizeof(line), maps))
		(void)sscanf(line, "%*s %*s %*s %x:%x %llu %255s", &major, &minor, inode, path);
	fclose(maps);
	ck_assert_int_eq(*path, '/');
	sprintf(device, "%u:%u", major, minor);
}

START_TEST(mapped_file_is_named)
{
	unsigned long long inode;
	struct ctl_run run;
	char answer[512];
	char device[32];
	char path[256];

	mapping_find(device, &inode, path);
	snprintf(answer, sizeof(answer),
		 "{\"ok\":true,\"holders\":[{\"pid\":%d,\"fd\":null,\"device\":\"%s\","
		 "\"inode\":%llu,\"granted\":true}]}\n",
		 getpid(), device, inode);
	ctl_daemon("holders", answer, NULL);
	run = ctl_run("holders", "--socket", ctl_path("socket"), NULL);
	ctl_contains("path", run.out, path);
}
END_TEST

static Suite *ctl_suite(void)
{
	Suite *suite = suite_create("ctl");
	TCase *words = tcase_create("words");
	TCase *daemon = tcase_create("daemon");

	tcase_add_checked_fixture(words, ctl_setup, ctl_teardown);
	tcase_add_loop_test(words, usage_is_judged, 0, ARRAY_LEN(usages));
	tcase_add_loop_test(words, text_is_made_safe, 0, ARRAY_LEN(texts));
	suite_add_tcase(suite, words);

	tcase_set_timeout(daemon, 30);
	tcase_add_checked_fixture(daemon, ctl_setup, ctl_teardown);
	tcase_add_loop_test(daemon, status_tells_the_state, 0, ARRAY_LEN(states));
	tcase_add_test(daemon, status_without_anything_is_unprotected);
	tcase_add_test(daemon, standing_reads_the_modules_file);
	tcase_add_loop_test(daemon, apply_tells_the_outcome, 0, ARRAY_LEN(applies));
	tcase_add_test(daemon, apply_without_daemon_says_what_to_do);
	tcase_add_test(daemon, seal_leaves_a_file_for_each_officer);
	tcase_add_test(daemon, seal_that_fails_takes_its_files_back);
	tcase_add_test(daemon, seal_without_an_answer_keeps_its_files);
	tcase_add_test(daemon, seal_overwrites_nothing);
	tcase_add_test(daemon, seal_asks_first);
	tcase_add_test(daemon, request_is_printed_as_it_is);
	tcase_add_loop_test(daemon, use_tells_what_came_of_it, 0, 2);
	tcase_add_loop_test(daemon, unseal_tells_the_progress, 0, ARRAY_LEN(unseals));
	tcase_add_loop_test(daemon, budgets_are_told, 0, ARRAY_LEN(budgets));
	tcase_add_loop_test(daemon, holders_are_listed, 0, ARRAY_LEN(holders));
	tcase_add_test(daemon, mapped_file_is_named);
	suite_add_tcase(suite, daemon);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(ctl_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
