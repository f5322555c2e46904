// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records: what was tried against Bulwark itself
 */
#include "cleanup.h"
#include "names.h"
#include "record_occurrence.h"

/* What a sentence says of the thing that was meant. */
enum object {
	OBJECT_NONE = 1,
	OBJECT_ID = 2,
	OBJECT_PATH = 3,
	OBJECT_PROCESS = 4,
};

static const struct {
	const char *text;
	enum object object;
} attempts[] = {
	[BW_TAMPER_MAP] = { "get hold of Bulwark's BPF map", OBJECT_ID },
	[BW_TAMPER_PROGRAM] = { "get hold of Bulwark's BPF program", OBJECT_ID },
	[BW_TAMPER_LINK] = { "get hold of Bulwark's BPF link", OBJECT_ID },
	[BW_TAMPER_SIGNAL] = { "send a signal to", OBJECT_PROCESS },
	[BW_TAMPER_TRACE] = { "trace", OBJECT_PROCESS },
	[BW_TAMPER_LIMIT] = { "set a resource limit of", OBJECT_PROCESS },
	[BW_TAMPER_SCHEDULE] = { "change the scheduling of", OBJECT_PROCESS },
	[BW_TAMPER_PROCESS] = { "write to Bulwark's file in /proc", OBJECT_PATH },
	[BW_TAMPER_CGROUP] = { "write to Bulwark's cgroup", OBJECT_PATH },
	[BW_TAMPER_SWITCH] = { "turn the kernel's switch", OBJECT_PATH },
	[BW_TAMPER_WRITE] = { "write to Bulwark's file", OBJECT_PATH },
	[BW_TAMPER_CREATE] = { "make a file among Bulwark's", OBJECT_PATH },
	[BW_TAMPER_REMOVE] = { "remove Bulwark's file", OBJECT_PATH },
	[BW_TAMPER_RENAME] = { "rename Bulwark's file, or put another in its place", OBJECT_PATH },
	[BW_TAMPER_ATTRIBUTES] = { "change the attributes of Bulwark's file", OBJECT_PATH },
	[BW_TAMPER_MOUNT] = { "mount over Bulwark's files, or unmount them", OBJECT_PATH },
	[BW_TAMPER_LOAD] = { "load code into the kernel", OBJECT_PATH },
	[BW_TAMPER_UNLOAD] = { "unload a kernel module", OBJECT_NONE },
	[BW_TAMPER_TIME] = { "set the clock", OBJECT_NONE },
	[BW_TAMPER_START] = { "start the daemon with options", OBJECT_NONE },
	[BW_TAMPER_CODE] = { "map code that isn't Bulwark's into its process", OBJECT_PATH },
};

static void object_print(FILE *out, const struct occurrence *occurrence, enum object object)
{
	const struct bw_event *event = occurrence->event;
	const char *path = occurrence->file_path;

	if (object == OBJECT_ID && event->target)
		fprintf(out, " %u", event->target);
	if (object == OBJECT_PROCESS)
		fprintf(out, " '%s'[%u]", *path ? path : "a process", event->target);
	if (object == OBJECT_PATH && *path)
		fprintf(out, " '%s'", path);
}

void tamper_print(FILE *out, const struct occurrence *occurrence)
{
	const struct bw_event *event = occurrence->event;
	unsigned int tamper = event->channel & ~BW_CHANNEL_TAMPER;

	if (tamper >= ARRAY_LEN(attempts) || !attempts[tamper].text) {
		fprintf(out, "tamper with Bulwark");
		return;
	}

	fprintf(out, "%s", attempts[tamper].text);
	object_print(out, occurrence, attempts[tamper].object);
	if (tamper == BW_TAMPER_SIGNAL && event->detail)
		fprintf(out, " (signal %u)", event->detail);
}

enum ocsf_severity tamper_severity(const struct bw_event *event)
{
	return event_is_denied(event) || event->channel == (BW_CHANNEL_TAMPER | BW_TAMPER_CODE)
		       ? OCSF_SEVERITY_CRITICAL
		       : OCSF_SEVERITY_MEDIUM;
}
