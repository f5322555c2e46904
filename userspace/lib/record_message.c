// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records: the sentence for people
 */
#include "cleanup.h"
#include "names.h"
#include "record_occurrence.h"

/* "open '/var/x' of set 'pension-db'" */
static void target_print(FILE *out, const struct occurrence *occurrence)
{
	static const char *const verbs[] = {
		[BW_CHANNEL_OPEN] = "open",	[BW_CHANNEL_READ] = "read",
		[BW_CHANNEL_MMAP] = "map",	[BW_CHANNEL_LINK] = "link",
		[BW_CHANNEL_RENAME] = "rename", [BW_CHANNEL_IOCTL] = "use an ioctl on",
		[BW_CHANNEL_MEMORY] = "trace",	[BW_CHANNEL_CORE] = "dump the memory of",
	};
	uint16_t channel = occurrence->event->channel;
	const char *path = occurrence->file_path;

	/* What isn't mounted has no path yet. */
	if (channel == BW_CHANNEL_MOUNT)
		fprintf(out, "mount the disk %u:%u", occurrence->event->file.dev >> 20,
			occurrence->event->file.dev & 0xfffff);
	else if (channel == BW_CHANNEL_KERNEL)
		fprintf(out, "look into the kernel's memory, which may hold files");
	else
		fprintf(out, "%s '%s'",
			channel && channel < ARRAY_LEN(verbs) ? verbs[channel] : "get at",
			*path ? path : "a file");
	if (*set_name(occurrence))
		fprintf(out, " of set '%s'", set_name(occurrence));
}

static void sentence_print(FILE *out, const struct occurrence *occurrence)
{
	const struct bw_event *event = occurrence->event;

	if (event->type == BW_EVENT_TAINT) {
		fprintf(out, "lost its grants: it mapped '%s', which others than root can write",
			occurrence->file_path);
		return;
	}
	if (event->type == BW_EVENT_CARRIED) {
		fprintf(out, "was allowed to ");
		target_print(out, occurrence);
		fprintf(out, " out of it; the file stays protected");
		return;
	}
	if (event->type == BW_EVENT_WARNING) {
		fprintf(out, "was allowed to ");
		target_print(out, occurrence);
		fprintf(out, ", but its budget of %s is nearly used up", finding_limit(event));
		finding_print(out, occurrence);
		return;
	}
	if (event->type == BW_EVENT_GLASS) {
		fprintf(out, "was allowed to ");
		target_print(out, occurrence);
	} else if (event->type == BW_EVENT_TAMPER) {
		fprintf(out, event_is_denied(event) ? "was refused to " : "was seen to ");
		tamper_print(out, occurrence);
	} else {
		fprintf(out,
			event_is_denied(event) ? "was refused to " : "would have been refused to ");
		target_print(out, occurrence);
	}
	fprintf(out, ": %s", bw_reason_text(event->reason));
	finding_print(out, occurrence);
	if (occurrence->count > 1)
		fprintf(out, ", %llu times in all", (unsigned long long)occurrence->count);
}

char *message_new(const struct occurrence *occurrence)
{
	const struct bw_event *event = occurrence->event;
	char *message = NULL;
	size_t size;
	FILE *out = open_memstream(&message, &size);

	if (!out)
		return NULL;

	fprintf(out, "%.*s[%u]", (int)sizeof(event->comm), *event->comm ? event->comm : "process",
		event->pid);
	if (occurrence->context->user_name)
		fprintf(out, " (%s) ", occurrence->context->user_name);
	else
		fprintf(out, " (uid %u) ", event->uid);
	sentence_print(out, occurrence);
	(void)text_close(out, &message);
	return message;
}
