// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what the logger knows of itself after it has died: logger.json
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "cleanup.h"
#include "logger_state.h"

/* Room for all holes with numbers of 20 digits. */
#define STATE_TEXT_SIZE 2048

int bw_logger_state_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	return fd < 0 ? -errno : fd;
}

static uint64_t number_of(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

static void holes_from_json(const json_t *holes, struct bw_sequence *sequence)
{
	const json_t *hole;
	size_t i;

	json_array_foreach (holes, i, hole) {
		if (i == BW_HOLES_MAX)
			return;

		/* Noticed before this logger began: time is up at once. */
		sequence->holes[sequence->holes_len++] = (struct bw_missing){
			.first = (uint64_t)json_integer_value(json_array_get(hole, 0)),
			.last = (uint64_t)json_integer_value(json_array_get(hole, 1)),
		};
	}
}

static json_t *holes_to_json(const struct bw_sequence *sequence)
{
	json_t *holes = json_array();

	for (unsigned int i = 0; i < sequence->holes_len; i++) {
		const struct bw_missing *hole = &sequence->holes[i];

		if (json_array_append_new(holes, json_pack("[I,I]", (json_int_t)hole->first,
							   (json_int_t)hole->last)) < 0) {
			json_decref(holes);
			return NULL;
		}
	}
	return holes;
}

int bw_logger_state_load(int fd, struct bw_logger_state *ret_state)
{
	struct bw_logger_state state = { 0 };
	char text[STATE_TEXT_SIZE];
	const char *boot_id;
	json_t *object;
	ssize_t len;

	len = pread(fd, text, sizeof(text), 0);
	if (len < 0)
		return -errno;
	if (len == 0)
		return -ENODATA;

	object = json_loadb(text, (size_t)len, 0, NULL);
	boot_id = json_string_value(json_object_get(object, "boot_id"));
	if (!boot_id || strlen(boot_id) >= sizeof(state.boot_id)) {
		json_decref(object);
		return -EBADMSG;
	}

	memcpy(state.boot_id, boot_id, strlen(boot_id));
	state.sequence.highest = number_of(object, "sequence");
	holes_from_json(json_object_get(object, "missing"), &state.sequence);
	state.refused = number_of(object, "refused");
	state.lost = number_of(object, "lost");
	state.time_ns = json_integer_value(json_object_get(object, "time_ns"));
	json_decref(object);

	*ret_state = state;
	return 0;
}

int bw_logger_state_save(int fd, const struct bw_logger_state *state)
{
	char text[STATE_TEXT_SIZE];
	json_t *object;
	size_t len;

	object = json_pack("{s:s, s:I, s:o, s:I, s:I, s:I}", "boot_id", state->boot_id, "sequence",
			   (json_int_t)state->sequence.highest, "missing",
			   holes_to_json(&state->sequence), "refused", (json_int_t)state->refused,
			   "lost", (json_int_t)state->lost, "time_ns", (json_int_t)state->time_ns);
	if (!object)
		return -ENOMEM;

	/* One size for all: blanks cover what a longer text left behind. */
	memset(text, ' ', sizeof(text));
	len = json_dumpb(object, text, sizeof(text) - 1, JSON_COMPACT);
	json_decref(object);
	if (len == 0 || len >= sizeof(text))
		return -EMSGSIZE;

	text[sizeof(text) - 1] = '\n';
	if (pwrite(fd, text, sizeof(text), 0) != (ssize_t)sizeof(text))
		return -EIO;
	return 0;
}
