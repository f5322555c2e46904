// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what is to be thought of a subject that read while a set learnt
 */
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "lesson_judge.h"
#include "policy_check.h"
#include "text.h"

#define SERVICE ".service"
/* Each user's own: whatever he starts runs in it. */
#define USER_SERVICE "user@"

static bool is_service(const char *unit)
{
	size_t len = strlen(unit);

	return len > strlen(SERVICE) && strcmp(unit + len - strlen(SERVICE), SERVICE) == 0 &&
	       strncmp(unit, USER_SERVICE, strlen(USER_SERVICE)) != 0;
}

static const char *flags_doubt(uint32_t flags)
{
	if (!(flags & BW_SUBJECT_KNOWN))
		return "the process was never seen to start";

	if (flags & BW_SUBJECT_TAINTED)
		return "it runs code that others than root can write";

	if (flags & BW_SUBJECT_UNSAFE)
		return "it was traced when it started";

	if (flags & (BW_SUBJECT_USER_NS | BW_SUBJECT_CHROOT))
		return "it lives in a namespace or root directory that isn't the host's";

	return NULL;
}

const char *bw_lesson_doubt(const struct bw_lesson *lesson)
{
	const char *doubt = flags_doubt(lesson->subject_flags);

	if (lesson->rest)
		return "there was no room to tell them apart";

	if (doubt)
		return doubt;

	if (lesson->terminal && lesson->login != BW_LOGIN_NONE)
		return "somebody sat at a terminal";

	if (!is_service(lesson->unit))
		return "it ran in no service";

	if (!*lesson->exe)
		return "its executable isn't known";

	if (!lesson->trusted)
		return "others than root can write its executable";

	if (bw_is_interpreter(lesson->exe) && !*lesson->script)
		return "it runs whatever script it is given";

	return lesson->terminal ? "it had a terminal" : NULL;
}

struct bw_question bw_lesson_question(const struct bw_lesson *lesson, struct bw_lesson_ids *ids)
{
	if (lesson->login == BW_LOGIN_NONE)
		(void)snprintf(ids->login, sizeof(ids->login), "none");
	else
		(void)snprintf(ids->login, sizeof(ids->login), "%u", lesson->login);

	ids->group[0] = '\0';
	if (lesson->one_gid)
		(void)snprintf(ids->group, sizeof(ids->group), "%u", lesson->gid);

	return (struct bw_question){
		.exe = *lesson->exe ? lesson->exe : "/",
		.user = lesson->user,
		.unit = lesson->unit,
		.group = ids->group,
		.script = lesson->script,
		.login = ids->login,
		.flags = lesson->subject_flags,
		.file = "/",
	};
}

void bw_bytes_print(FILE *out, uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	uint64_t rest = 0;
	size_t unit = 0;

	for (; bytes >= 1024 && unit + 1 < ARRAY_LEN(units); unit++) {
		rest = bytes % 1024;
		bytes /= 1024;
	}
	if (unit)
		(void)fprintf(out, "%llu.%llu %s", (unsigned long long)bytes,
			      (unsigned long long)(rest * 10 / 1024), units[unit]);
	else
		(void)fprintf(out, "%llu %s", (unsigned long long)bytes, units[unit]);
}

static void moment_print(FILE *out, uint64_t seconds)
{
	time_t moment = (time_t)seconds;
	char text[32] = "?";
	struct tm shown;

	if (localtime_r(&moment, &shown))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &shown);
	(void)fputs(text, out);
}

void bw_lesson_print(FILE *out, const struct bw_lesson *lesson)
{
	(void)fprintf(out, "%llu read%s of ", (unsigned long long)lesson->reads,
		      lesson->reads == 1 ? "" : "s");
	bw_bytes_print(out, lesson->bytes);
	(void)fprintf(out, ", %llu open%s; in a day at most ", (unsigned long long)lesson->opens,
		      lesson->opens == 1 ? "" : "s");
	bw_bytes_print(out, lesson->most_bytes);
	(void)fprintf(out, " and %llu file%s; ", (unsigned long long)lesson->most_files,
		      lesson->most_files == 1 ? "" : "s");
	moment_print(out, lesson->first);
	(void)fputs(" to ", out);
	moment_print(out, lesson->last);
}

/* Processes choose their names, and people their files': no line may end in one. */
static void text_print(FILE *out, const char *text)
{
	_cleanup_(freep) char *escaped = bw_text_escape(text);

	(void)fputs(escaped ? escaped : "?", out);
}

void bw_lesson_print_who(FILE *out, const struct bw_lesson *lesson)
{
	if (lesson->rest) {
		(void)fputs("all others", out);
		return;
	}

	text_print(out, *lesson->exe ? lesson->exe : lesson->comm);
	(void)fprintf(out, " as %s in ", lesson->user);
	text_print(out, *lesson->unit ? lesson->unit : "no unit");
	if (*lesson->script) {
		(void)fputs(" by ", out);
		text_print(out, lesson->script);
	}
	if (lesson->login != BW_LOGIN_NONE)
		(void)fprintf(out, ", login user %u", lesson->login);
	if (lesson->terminal)
		(void)fputs(", at a terminal", out);
	if (lesson->traces)
		(void)fputs(", of the kernel's memory", out);
}
