// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: requests to break the glass, and their use
 */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "engine.h"
#include "glass_judge.h"
#include "grant.h"
#include "log.h"

#define HOST_PATH "/etc/machine-id"
#define BOOT_PATH "/proc/sys/kernel/random/boot_id"

#define NONCE_SIZE 16
#define SECOND_NS 1000000000ULL

/**
 * struct asked - One question about break-glass
 *
 * @officers: Whose signatures count.
 * @host: Machine id.
 * @boot: Boot id.
 * @glass: The request.
 * @digest: SHA-256 of its text.
 * @why: What stands against it, or who has signed it.
 */
struct asked {
	struct bw_engine *engine;
	struct bw_signers *officers;
	char host[64];
	char boot[64];
	struct bw_glass glass;
	uint8_t digest[BW_DIGEST_SIZE];
	char why[BW_GLASS_WHY_SIZE];
};

static void asked_done(struct asked *asked)
{
	bw_signers_free(asked->officers);
	bw_glass_done(&asked->glass);
}

/* Returns -EINVAL. */
static int __attribute__((format(printf, 2, 3)))
say_no(struct asked *asked, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(asked->why, sizeof(asked->why), format, list);
	va_end(list);
	return -EINVAL;
}

/* --- The terms ----------------------------------------------------------------- */

/* Read anew each time: a key that is taken away counts no more. */
static int officers_read(struct bw_signers **ret_officers, char *why)
{
	struct bw_diagnostics found = { 0 };
	int err = bw_signers_load(BW_OFFICERS_DIR, true, &found, ret_officers);
	_cleanup_(freep) char *error = err ? bw_diagnostics_first_error(&found) : NULL;

	if (err)
		(void)snprintf(why, BW_GLASS_WHY_SIZE, "cannot read the officers' keys: %s",
			       error ? error : strerror(-err));
	bw_diagnostics_done(&found);
	return err;
}

static int officers_check(struct asked *asked)
{
	unsigned int needed = asked->engine->options->officers;
	uint8_t digest[BW_DIGEST_SIZE];
	int err;

	err = officers_read(&asked->officers, asked->why);
	if (err)
		return -EINVAL;

	if (asked->officers->len == 0)
		return say_no(asked, "break-glass is off: no officers' keys lie in '%s'",
			      BW_OFFICERS_DIR);

	if (asked->officers->len < needed)
		return say_no(asked, "%u officers have to sign, and the keys of %zu are there",
			      needed, asked->officers->len);

	bw_glass_officers_digest(asked->officers, needed, digest);
	if (bw_engine_is_sealed(asked->engine) &&
	    !bw_enforcer_officers_are(asked->engine->enforcer, digest))
		return say_no(asked,
			      "the host is sealed, and the officers aren't those that it was "
			      "sealed with");
	return 0;
}

static int line_read(struct asked *asked, const char *path, char *line, size_t line_size)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");

	if (!file || !fgets(line, (int)line_size, file))
		return say_no(asked, "cannot read '%s'", path);

	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static int terms_find(struct asked *asked)
{
	int err;

	if (!asked->engine->enforcer)
		return say_no(asked, "nothing is protected with 'bulwark=off'");

	err = officers_check(asked);
	if (!err)
		err = line_read(asked, HOST_PATH, asked->host, sizeof(asked->host));
	return err ? err : line_read(asked, BOOT_PATH, asked->boot, sizeof(asked->boot));
}

/* --- A request ----------------------------------------------------------------- */

static int set_check(struct asked *asked, const char *set)
{
	if (bw_policy_state_number(&asked->engine->policy, set))
		return 0;

	return say_no(asked, "no set '%s' is in force", set);
}

static int executable_find(struct asked *asked, const char *path, struct bw_file_key *ret_exe)
{
	int err = bw_glass_executable(&asked->engine->policy.identifier, path, ret_exe);

	if (err == -EPERM)
		return say_no(asked, "others than root can change '%s'", path);

	if (err == -ENOEXEC)
		return say_no(asked, "'%s' is a script, and the kernel sees its interpreter", path);

	return err ? say_no(asked, "cannot find the executable '%s': %s", path, strerror(-err)) : 0;
}

static void nonce_make(char nonce[2 * NONCE_SIZE + 1])
{
	uint8_t bytes[NONCE_SIZE];

	randombytes_buf(bytes, sizeof(bytes));
	(void)sodium_bin2hex(nonce, 2 * NONCE_SIZE + 1, bytes, sizeof(bytes));
}

static void time_make(char *text, size_t size)
{
	time_t now = time(NULL);
	struct tm utc;

	if (!gmtime_r(&now, &utc) || !strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc))
		(void)snprintf(text, size, "unknown");
}

static const char *text_of(const json_t *request, const char *key, const char *missing)
{
	const char *text = json_string_value(json_object_get(request, key));

	return text ? text : missing;
}

/* What it asks for is right; *ret_text is what officers are to sign. */
static int request_write(struct asked *asked, const json_t *request, char **ret_text)
{
	const char *values[BW_GLASS_KEYS] = {
		[BW_GLASS_VERSION] = "1",
		[BW_GLASS_HOST] = asked->host,
		[BW_GLASS_BOOT] = asked->boot,
		[BW_GLASS_SET] = text_of(request, "set", ""),
		[BW_GLASS_EXE] = text_of(request, "exe", ""),
		[BW_GLASS_FOR] = text_of(request, "for", ""),
		[BW_GLASS_BYTES] = text_of(request, "bytes", ""),
		[BW_GLASS_FILES] = text_of(request, "files", "any"),
		[BW_GLASS_REASON] = text_of(request, "reason", ""),
	};
	char nonce[2 * NONCE_SIZE + 1], made[32], asker[16], uid_text[16];
	const char *wrong;
	uint32_t uid;
	int err;

	(void)snprintf(asker, sizeof(asker), "%u",
		       (unsigned int)json_integer_value(json_object_get(request, "asker")));
	values[BW_GLASS_ASKED_BY] = asker;
	values[BW_GLASS_USER] = text_of(request, "user", asker);
	if (bw_user_number(values[BW_GLASS_USER], &uid))
		return say_no(asked, "there is no such user on this host");

	(void)snprintf(uid_text, sizeof(uid_text), "%u", uid);
	nonce_make(nonce);
	time_make(made, sizeof(made));
	values[BW_GLASS_UID] = uid_text;
	values[BW_GLASS_NONCE] = nonce;
	values[BW_GLASS_MADE] = made;
	*ret_text = bw_glass_text(values);
	if (!*ret_text)
		return -ENOMEM;

	err = bw_glass_parse(*ret_text, strlen(*ret_text), &asked->glass, &wrong);
	return err == -EINVAL ? say_no(asked, "%s", wrong) : err;
}

/* Others can't keep root from asking. */
static int request_note(struct asked *asked, const char *text)
{
	bool by_root = strcmp(asked->glass.values[BW_GLASS_ASKED_BY], "0") == 0;
	int err;

	(void)crypto_hash_sha256(asked->digest, (const uint8_t *)text, strlen(text));
	err = bw_enforcer_request_add(asked->engine->enforcer, asked->digest, boottime_ns(),
				      by_root);
	if (err == -ENOSPC)
		return say_no(asked,
			      "too many requests are waiting; they are forgotten after an hour");

	return err;
}

static int request_make(struct asked *asked, const json_t *request, char **ret_text)
{
	struct bw_file_key exe;
	int err;

	err = terms_find(asked);
	if (!err)
		err = request_write(asked, request, ret_text);
	if (!err)
		err = set_check(asked, asked->glass.values[BW_GLASS_SET]);
	if (!err)
		err = executable_find(asked, asked->glass.values[BW_GLASS_EXE], &exe);
	if (!err && !*ret_text)
		err = -ENOMEM;
	return err ? err : request_note(asked, *ret_text);
}

/* --- Use ----------------------------------------------------------------------- */

static int request_take(struct asked *asked)
{
	int err = bw_enforcer_request_use(asked->engine->enforcer, asked->digest, boottime_ns());

	switch (err) {
	case 0:
		return 0;
	case -ENOENT:
		return say_no(asked, "this host has made no such request since it was started");
	case -EALREADY:
		return say_no(asked, "it was used before, and counts once only; make a new one");
	case -ETIME:
		return say_no(asked, "it is older than an hour; make a new one");
	default:
		return err;
	}
}

/* Its end is counted from here on. */
static int glass_open(struct asked *asked, struct bw_grant *ret_grant)
{
	struct bw_engine *engine = asked->engine;
	const struct bw_glass *glass = &asked->glass;
	const char *set = glass->values[BW_GLASS_SET];
	struct bw_file_key exe;
	int err;

	err = executable_find(asked, glass->values[BW_GLASS_EXE], &exe);
	if (err)
		return err;

	if (engine->glass_len == BW_GLASS_OPEN_MAX)
		return say_no(asked, "%d are open already; wait until one has ended",
			      BW_GLASS_OPEN_MAX);

	*ret_grant =
		bw_glass_grant(glass, asked->digest, boottime_ns() + glass->seconds * SECOND_NS);
	err = bw_engine_break(engine, set, &exe, ret_grant);
	if (err == -ENOENT)
		return say_no(asked, "no set '%s' is in force", set);
	if (err == -ENOSPC)
		return say_no(asked, "'%s' has %d grants in the set '%s', and more can't be",
			      glass->values[BW_GLASS_EXE], BW_GRANTS_PER_EXE_MAX, set);

	if (!err)
		bw_engine_glass_note(engine, set, &exe, ret_grant);
	return err;
}

static int request_use(struct asked *asked, const json_t *request, struct bw_grant *ret_grant)
{
	const char *text = text_of(request, "request", "");
	struct bw_glass_terms terms = {
		.host = asked->host,
		.boot = asked->boot,
		.needed = asked->engine->options->officers,
	};
	int err;

	err = terms_find(asked);
	if (err)
		return err;

	terms.officers = asked->officers;
	err = bw_glass_judge(&terms, text, strlen(text), json_object_get(request, "signatures"),
			     &asked->glass, asked->why);
	if (err)
		return err;

	(void)crypto_hash_sha256(asked->digest, (const uint8_t *)text, strlen(text));
	err = request_take(asked);
	if (err)
		return err;

	err = glass_open(asked, ret_grant);
	if (err)
		bw_enforcer_request_undo(asked->engine->enforcer, asked->digest);
	return err;
}

/* --- Verbs --------------------------------------------------------------------- */

/* What is asked for, in a sentence's part. */
static void tell(struct asked *asked, enum bw_notice_kind kind, const char *name, const char *by)
{
	const char *const *values = asked->glass.values;
	char text[512];

	(void)snprintf(text, sizeof(text),
		       "%s%s%s for '%s' of the user %s, for %s, bytes: %s, files: %s, asked by the "
		       "user %s%s%s: %s",
		       name, *name ? ", set " : "set ", values[BW_GLASS_SET], values[BW_GLASS_EXE],
		       values[BW_GLASS_USER], values[BW_GLASS_FOR], values[BW_GLASS_BYTES],
		       values[BW_GLASS_FILES], values[BW_GLASS_ASKED_BY], *by ? ", signed by " : "",
		       by, values[BW_GLASS_REASON]);
	bw_engine_notice(asked->engine, kind, text);
}

static json_t *refuse(struct asked *asked, int err)
{
	if (err != -EINVAL || !*asked->why)
		(void)say_no(asked, "%s", strerror(-err));

	log_warning("break-glass refused: %s", asked->why);
	bw_engine_notice(asked->engine, BW_NOTICE_GLASS_REFUSED, asked->why);
	return bw_engine_refuse(asked->why);
}

json_t *bw_engine_answer_glass_request(struct bw_engine *engine, const json_t *request)
{
	_cleanup_(asked_done) struct asked asked = { .engine = engine };
	_cleanup_(freep) char *text = NULL;
	int err = sodium_init() < 0 ? -EIO : request_make(&asked, request, &text);

	if (err)
		return refuse(&asked, err);

	tell(&asked, BW_NOTICE_GLASS_ASKED, "", "");
	return json_pack("{s:b, s:s, s:i}", "ok", 1, "request", text, "needed",
			 (int)engine->options->officers);
}

json_t *bw_engine_answer_glass_use(struct bw_engine *engine, const json_t *request)
{
	_cleanup_(asked_done) struct asked asked = { .engine = engine };
	char name[BW_GLASS_NAME_SIZE];
	struct bw_grant grant = { 0 };
	int err = request_use(&asked, request, &grant);

	if (err)
		return refuse(&asked, err);

	bw_glass_name(grant.number, name);
	tell(&asked, BW_NOTICE_GLASS_BROKEN, name, asked.why);
	return json_pack("{s:b, s:s, s:i, s:i}", "ok", 1, "name", name, "generation",
			 (int)bw_enforcer_generation(engine->enforcer), "seconds",
			 (int)asked.glass.seconds);
}

int bw_engine_glass_seal(struct bw_engine *engine)
{
	_cleanup_(bw_signers_freep) struct bw_signers *officers = NULL;
	char why[BW_GLASS_WHY_SIZE];
	uint8_t digest[BW_DIGEST_SIZE];
	int err;

	err = officers_read(&officers, why);
	if (err)
		return log_error(err, "%s", why);

	bw_glass_officers_digest(officers, engine->options->officers, digest);
	return bw_enforcer_officers_note(engine->enforcer, digest);
}
