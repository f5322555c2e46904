// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the words for numbers: one table, used by records, status and man
 */
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "names.h"

#define UNKNOWN "unknown"

static const char *const channel_names[] = {
	[BW_CHANNEL_OPEN] = "open",	[BW_CHANNEL_READ] = "read",
	[BW_CHANNEL_MMAP] = "mmap",	[BW_CHANNEL_LINK] = "link",
	[BW_CHANNEL_RENAME] = "rename", [BW_CHANNEL_IOCTL] = "ioctl",
	[BW_CHANNEL_MEMORY] = "memory", [BW_CHANNEL_MOUNT] = "mount",
	[BW_CHANNEL_KERNEL] = "kernel", [BW_CHANNEL_CORE] = "core",
};

static const char *const tamper_names[] = {
	[BW_TAMPER_MAP] = "tamper-map",
	[BW_TAMPER_PROGRAM] = "tamper-program",
	[BW_TAMPER_LINK] = "tamper-link",
	[BW_TAMPER_SIGNAL] = "tamper-signal",
	[BW_TAMPER_TRACE] = "tamper-trace",
	[BW_TAMPER_LIMIT] = "tamper-limit",
	[BW_TAMPER_SCHEDULE] = "tamper-schedule",
	[BW_TAMPER_PROCESS] = "tamper-process",
	[BW_TAMPER_CGROUP] = "tamper-cgroup",
	[BW_TAMPER_SWITCH] = "tamper-switch",
	[BW_TAMPER_WRITE] = "tamper-write",
	[BW_TAMPER_CREATE] = "tamper-create",
	[BW_TAMPER_REMOVE] = "tamper-remove",
	[BW_TAMPER_RENAME] = "tamper-rename",
	[BW_TAMPER_ATTRIBUTES] = "tamper-attributes",
	[BW_TAMPER_MOUNT] = "tamper-mount",
	[BW_TAMPER_LOAD] = "tamper-load",
	[BW_TAMPER_UNLOAD] = "tamper-unload",
	[BW_TAMPER_TIME] = "tamper-time",
	[BW_TAMPER_START] = "tamper-start",
	[BW_TAMPER_CODE] = "tamper-code",
};

static const char *const verdict_names[] = {
	[BW_VERDICT_ALLOW] = "allow",
	[BW_VERDICT_DENY] = "deny",
	[BW_VERDICT_WOULD_DENY] = "would-deny",
};

static const char *const mode_names[] = {
	[BW_MODE_MONITOR] = "monitor",
	[BW_MODE_ENFORCE] = "enforce",
	[BW_MODE_LEARN] = "learn",
};

static const char *const mode_verbs[] = {
	[BW_MODE_MONITOR] = "monitors",
	[BW_MODE_ENFORCE] = "enforces",
	[BW_MODE_LEARN] = "learns",
};

static const char *const budget_per_names[] = {
	[BW_BUDGET_NONE] = "none", [BW_BUDGET_PROCESS] = "process", [BW_BUDGET_SESSION] = "session",
	[BW_BUDGET_USER] = "user", [BW_BUDGET_UNIT] = "unit",	    [BW_BUDGET_GRANT] = "grant",
};

static const struct {
	const char *name;
	const char *text;
} reasons[] = {
	[BW_REASON_GRANTED] = { "granted", "a grant allows it" },
	[BW_REASON_NO_GRANT] = { "no-grant", "no grant names this executable" },
	[BW_REASON_NO_IDENTITY] = { "no-identity", "the process was never seen to start" },
	[BW_REASON_NO_PLACE] = { "no-place", "the file can't be placed in its filesystem's tree" },
	[BW_REASON_WRONG_USER] = { "wrong-user", "the grant is for another user" },
	[BW_REASON_WRONG_UNIT] = { "wrong-unit", "the grant is for another systemd unit" },
	[BW_REASON_NAMESPACE] = { "namespace", "the process lives in a namespace or root "
					       "directory that isn't the host's" },
	[BW_REASON_UNSAFE_EXEC] = { "unsafe-exec", "the process was traced when it started" },
	[BW_REASON_TAINTED] = { "tainted", "the process runs code that others than root "
					   "can write" },
	[BW_REASON_NO_MEMORY] = { "no-memory", "the kernel has no room left to keep track" },
	[BW_REASON_FILESYSTEM] = { "filesystem",
				   "the command acts on any file of a filesystem that "
				   "holds a set" },
	[BW_REASON_SEALED] = { "sealed", "the host is sealed" },
	[BW_REASON_CHANNEL] = { "channel", "nobody is granted what goes that way" },
	[BW_REASON_BUDGET_BYTES] = { "budget-bytes", "the budget has not so many bytes left" },
	[BW_REASON_BUDGET_FILES] = { "budget-files", "the budget has no other file left" },
	[BW_REASON_BUDGET_COVERAGE] = { "budget-coverage",
					"the budget has not so much of the set left" },
	[BW_REASON_WRONG_LOGIN] = { "wrong-login", "the grant is for another login user" },
	[BW_REASON_WRONG_SCRIPT] = { "wrong-script",
				     "the grant is for what another script has started" },
	[BW_REASON_WRONG_GROUP] = { "wrong-group", "the grant is for another group" },
	[BW_REASON_WRONG_HOURS] = { "wrong-hours", "the grant is for other hours" },
	[BW_REASON_WRONG_DIGEST] = { "wrong-digest", "what is in the executable wasn't verified" },
	[BW_REASON_EXPIRED] = { "expired", "the officers' leave has ended" },
	[BW_REASON_GLASS] = { "breakglass", "officers have given leave" },
};

/* Table entries that no word was given are NULL, as is what lies beyond. */
static const char *name_at(const char *const *names, size_t len, unsigned int number)
{
	return number < len && names[number] ? names[number] : UNKNOWN;
}

const char *bw_channel_name(unsigned int channel)
{
	if (channel & BW_CHANNEL_TAMPER)
		return name_at(tamper_names, ARRAY_LEN(tamper_names), channel & ~BW_CHANNEL_TAMPER);

	return name_at(channel_names, ARRAY_LEN(channel_names), channel);
}

const char *bw_verdict_name(enum bw_verdict verdict)
{
	return name_at(verdict_names, ARRAY_LEN(verdict_names), verdict);
}

const char *bw_mode_name(enum bw_mode mode)
{
	return name_at(mode_names, ARRAY_LEN(mode_names), mode);
}

const char *bw_mode_verb(enum bw_mode mode)
{
	return name_at(mode_verbs, ARRAY_LEN(mode_verbs), mode);
}

const char *bw_budget_per_name(enum bw_budget_per per)
{
	return name_at(budget_per_names, ARRAY_LEN(budget_per_names), per);
}

static bool reason_known(unsigned int reason)
{
	return reason < ARRAY_LEN(reasons) && reasons[reason].name;
}

const char *bw_reason_name(enum bw_reason reason)
{
	return reason_known(reason) ? reasons[reason].name : UNKNOWN;
}

const char *bw_reason_text(enum bw_reason reason)
{
	return reason_known(reason) ? reasons[reason].text : UNKNOWN;
}

enum bw_reason bw_reason_from_name(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].name && !strcmp(reasons[i].name, name))
			return i;
	}
	return 0;
}

enum bw_verdict bw_verdict_from_name(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_LEN(verdict_names); i++) {
		if (verdict_names[i] && !strcmp(verdict_names[i], name))
			return i;
	}
	return 0;
}
