// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what the kernel has learnt of a subject, with names for its numbers
 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "lesson_make.h"
#include "record.h"
#include "resolver.h"

_Static_assert(sizeof(((struct bw_learnt *)0)->exe_names) ==
		       sizeof(((struct bw_event *)0)->exe_names),
	       "an executable's names are as many and as long as in an event");

/* "" if the path isn't known as a whole. */
static char *exe_path(const struct bw_learnt_key *key, const struct bw_learnt *learnt,
		      const struct bw_mounts *mounts)
{
	_cleanup_(freep) char *inner = NULL;
	struct bw_event event = {
		.exe_names_len = learnt->exe_names_len,
		.exe_names_cut = learnt->exe_names_cut,
	};
	char *path = NULL;

	if (!learnt->exe_names_len || learnt->exe_names_cut)
		return strdup("");

	memcpy(event.exe_names, learnt->exe_names, sizeof(event.exe_names));
	inner = bw_event_exe_path(&event);
	if (inner)
		path = bw_mounts_path(mounts, key->exe.dev, inner);
	return path ? path : strdup("");
}

static char *user_name(uint32_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", uid);
	return strdup(entry ? entry->pw_name : number);
}

static const char *script_path(const struct bw_rules *rules, const struct bw_file_key *script)
{
	for (size_t i = 0; rules && script->ino && i < rules->len; i++) {
		const struct bw_rule_entry *entry = &rules->items[i];

		if (entry->key.kind == BW_RULE_SCRIPT &&
		    file_key_compare(&entry->key.file, script) == 0)
			return entry->rule.path;
	}
	return "";
}

static bool is_trusted(const char *path)
{
	_cleanup_(freep) char *copy = strdup(path);

	return copy && *copy && !path_distrust(copy);
}

static bool is_rest(const struct bw_learnt_key *key)
{
	const struct bw_learnt_key rest = { .set = key->set };

	return memcmp(key, &rest, sizeof(rest)) == 0;
}

int bw_lesson_make(const struct bw_lesson_names *names, const struct bw_learnt_key *key,
		   const struct bw_learnt *learnt, struct bw_lesson *ret_lesson)
{
	struct bw_lesson lesson = {
		.exe = exe_path(key, learnt, names->mounts),
		.user = user_name(key->uid),
		.unit = strndup(learnt->unit, sizeof(learnt->unit)),
		.script = strdup(script_path(names->rules, &key->script)),
		.comm = strndup(learnt->comm, sizeof(learnt->comm)),
		.login = key->login,
		.subject_flags = key->subject_flags,
		.gid = learnt->gid,
		.one_gid = learnt->gids == 1,
		.terminal = key->flags & BW_LEARNT_TERMINAL,
		.rest = is_rest(key),
		.first = learnt->first,
		.last = learnt->last,
		.opens = learnt->opens,
		.reads = learnt->reads,
		.bytes = learnt->bytes,
		.most_bytes = learnt->most_bytes,
		.most_files = learnt->most_files,
	};

	if (!lesson.exe || !lesson.user || !lesson.unit || !lesson.script || !lesson.comm) {
		bw_lesson_done(&lesson);
		return -ENOMEM;
	}

	lesson.trusted = is_trusted(lesson.exe);
	memcpy(lesson.slots, learnt->slots, sizeof(lesson.slots));
	*ret_lesson = lesson;
	return 0;
}
