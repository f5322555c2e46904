// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl unseal: shows one secret
 *
 * Goes to the module itself where no daemon is: what keeps a daemon from starting may
 * be what can only be mended on a host that isn't sealed.
 */
#include <fcntl.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "keeper_client.h"
#include "print.h"
#include "secret.h"
#include "wire.h"

#define TEXT_MAX 4096

static int text_read(int fd, char *text, size_t text_size)
{
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, text + len, text_size - 1 - len)) > 0) {
		len += (size_t)got;
		/* A terminal's user has typed a line, and means it. */
		if (isatty(fd))
			break;
	}

	text[len] = '\0';
	return got < 0 ? -errno : 0;
}

static int text_get(const char *file, char *text, size_t text_size)
{
	_cleanup_(closep) int fd = -EBADF;

	if (file && strcmp(file, "-") != 0) {
		fd = open(file, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? -errno : text_read(fd, text, text_size);
	}

	if (isatty(STDIN_FILENO)) {
		(void)fputs("Secret: ", stdout);
		(void)fflush(stdout);
	}
	return text_read(STDIN_FILENO, text, text_size);
}

/* Returns 0 or an enum bw_ctl_exit. */
static int secret_get(const struct bw_ctl *ctl, uint8_t *ret_secret)
{
	const char *file = ctl->args_len > 0 ? ctl->args[0] : "-";
	char text[TEXT_MAX];
	int err;

	err = text_get(file, text, sizeof(text));
	if (err)
		return bw_print_error(ctl, "cannot read '%s': %s", file, strerror(-err));

	err = bw_secret_parse(text, ret_secret);
	explicit_bzero(text, sizeof(text));
	if (err == -EBADMSG)
		return bw_print_error(ctl, "the secret is mistyped: its last group doesn't fit; "
					   "nothing was shown to the seal");
	if (err)
		return bw_print_error(ctl,
				      "'%s' is no secret: 17 groups of four digits from 0 to "
				      "f; give the file or the line that 'bulwarkctl seal' "
				      "made",
				      file);
	return 0;
}

/* Without the daemon.  Returns 0 or an enum bw_ctl_exit. */
static int module_ask(const struct bw_ctl *ctl, const uint8_t *secret, json_t **ret_answer)
{
	_cleanup_(closep) int keeper = bw_keeper_open();
	uint32_t needed = 0;
	uint32_t shown = 0;
	int err;

	if (keeper < 0)
		return bw_print_error(ctl, "bulwarkd isn't running, and '%s' can't be opened: %s",
				      BW_DEVICE_PATH, strerror(-keeper));

	err = bw_keeper_unseal(keeper, secret, &shown, &needed);
	if (err)
		return bw_print_error(ctl, "the module refused 'unseal': %s",
				      bw_keeper_unseal_excuse(err));

	*ret_answer =
		json_pack("{s:b,s:i,s:i}", "ok", 1, "shown", (int)shown, "needed", (int)needed);
	return 0;
}

static bool daemon_is_away(const struct bw_ctl *ctl)
{
	json_t *answer = NULL;
	int err = bw_client_ask(ctl, "status", BW_ASK_TIMEOUT_MS, &answer);

	json_decref(answer);
	return err == -ENOENT || err == -ECONNREFUSED;
}

static int secret_show(const struct bw_ctl *ctl, const uint8_t *secret, json_t **ret_answer)
{
	char text[BW_SECRET_TEXT_SIZE];

	if (daemon_is_away(ctl))
		return module_ask(ctl, secret, ret_answer);

	bw_secret_text(secret, text);
	return bw_client_need_for(ctl, json_pack("{s:s,s:s}", "verb", "unseal", "secret", text),
				  BW_ASK_TIMEOUT_MS, ret_answer);
}

static void progress_print(const json_t *answer)
{
	long long shown = bw_member_number(answer, "shown");
	long long needed = bw_member_number(answer, "needed");

	if (shown >= needed)
		bw_print_line(stdout, "the host is no longer sealed; 'bulwarkctl seal' with new "
				      "secrets seals it again");
	else
		bw_print_line(stdout, "%lld of %lld secrets shown, still sealed: %lld more needed",
			      shown, needed, needed - shown);
}

int bw_cmd_unseal(const struct bw_ctl *ctl)
{
	_cleanup_(json_decrefp) json_t *answer = NULL;
	uint8_t secret[BW_SECRET_SIZE];
	int code;

	code = secret_get(ctl, secret);
	if (code)
		return code;

	code = secret_show(ctl, secret, &answer);
	explicit_bzero(secret, sizeof(secret));
	if (code)
		return code;

	if (ctl->json)
		bw_print_json(stdout, take_ptr(answer));
	else
		progress_print(answer);
	return BW_EXIT_OK;
}
