// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl seal: hands out secrets, and seals the host with what they
 * commit to
 *
 * Secrets are handed out before the host is sealed: a full disk or a closed terminal
 * must not leave a host that nobody can unseal.
 */
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "print.h"
#include "secret.h"

#define OFFICERS_USUAL 3

/**
 * struct officers - Who gets a secret
 *
 * @len: How many.
 * @needed: How many of them open the seal.
 * @secrets: One each.
 * @dir: Directory of their files; -EBADF: they are printed.
 * @files: Files made so far.
 */
struct officers {
	unsigned int len;
	unsigned int needed;
	uint8_t secrets[BW_SEAL_SECRETS_MAX][BW_SECRET_SIZE];
	int dir;
	unsigned int files;
};

static void officers_done(struct officers *officers)
{
	sodium_memzero(officers->secrets, sizeof(officers->secrets));
	closep(&officers->dir);
}

/* "3" to 3; 0 for what is no number from 1 to @most. */
static unsigned int number_parse(const char *text, unsigned int most)
{
	unsigned long number;
	char *end;

	number = strtoul(text, &end, 10);
	return *text < '0' || *text > '9' || *end || number > most ? 0 : (unsigned int)number;
}

/* Returns 0 or an enum bw_ctl_exit. */
static int options_judge(const struct bw_ctl *ctl, struct officers *officers)
{
	officers->len = OFFICERS_USUAL;
	if (ctl->officers)
		officers->len = number_parse(ctl->officers, BW_SEAL_SECRETS_MAX);
	if (!officers->len)
		return bw_print_misuse(ctl, "'--officers' takes a number from 1 to %d",
				       BW_SEAL_SECRETS_MAX);

	officers->needed = officers->len / 2 + 1;
	if (ctl->needed)
		officers->needed = number_parse(ctl->needed, officers->len);
	if (!officers->needed)
		return bw_print_misuse(ctl,
				       "'--needed' takes a number from 1 to that of officers, "
				       "%u",
				       officers->len);

	if (ctl->json && (!ctl->yes || !ctl->output))
		return bw_print_misuse(ctl, "'--json' needs '--yes' and '--output DIR'");
	return 0;
}

static int secrets_make(const struct bw_ctl *ctl, struct officers *officers)
{
	for (unsigned int i = 0; i < officers->len; i++) {
		int err = bw_secret_make(officers->secrets[i]);

		if (err)
			return bw_print_error(ctl, "cannot make secrets: %s", strerror(-err));
	}
	return 0;
}

/* --- Handing out --------------------------------------------------------------- */

static void file_name(unsigned int i, char *name, size_t size)
{
	(void)snprintf(name, size, "officer-%u.secret", i + 1);
}

static void host_name(char *name, size_t size)
{
	if (gethostname(name, size) < 0)
		(void)snprintf(name, size, "this host");
	name[size - 1] = '\0';
}

static int secret_write(const struct officers *officers, unsigned int i, int fd)
{
	char text[BW_SECRET_TEXT_SIZE];
	char content[1024];
	char name[32];
	char host[65];
	ssize_t len;
	int err = 0;

	bw_secret_text(officers->secrets[i], text);
	file_name(i, name, sizeof(name));
	host_name(host, sizeof(host));
	len = snprintf(content, sizeof(content),
		       "# Bulwark: secret %u of %u of the seal of %s; any %u of them open it.\n"
		       "# Keep it apart from the others, and not on that host.  To show it:\n"
		       "# bulwarkctl unseal %s\n"
		       "%s\n",
		       i + 1, officers->len, host, officers->needed, name, text);

	if (write(fd, content, (size_t)len) != len || fsync(fd) < 0)
		err = errno ? -errno : -EIO;

	sodium_memzero(content, sizeof(content));
	sodium_memzero(text, sizeof(text));
	return err;
}

static int file_make(struct officers *officers, unsigned int i, char *name, size_t name_size)
{
	_cleanup_(closep) int fd = -EBADF;

	file_name(i, name, name_size);
	fd = openat(officers->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;

	officers->files++;
	return secret_write(officers, i, fd);
}

static void files_remove(const struct officers *officers)
{
	char name[32];

	for (unsigned int i = 0; i < officers->files; i++) {
		file_name(i, name, sizeof(name));
		(void)unlinkat(officers->dir, name, 0);
	}
}

static int files_make(const struct bw_ctl *ctl, struct officers *officers)
{
	char name[32];

	officers->dir = open(ctl->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (officers->dir < 0)
		return bw_print_error(ctl, "cannot open the directory '%s': %s", ctl->output,
				      strerror(errno));

	for (unsigned int i = 0; i < officers->len; i++) {
		int err = file_make(officers, i, name, sizeof(name));

		if (err)
			return bw_print_error(ctl, "cannot write '%s/%s': %s; not sealed",
					      ctl->output, name, strerror(-err));
	}

	if (!ctl->json)
		bw_print_line(stdout,
			      "%u secrets are in '%s', a file for each officer: move them "
			      "away from this host",
			      officers->len, ctl->output);
	return 0;
}

static int secrets_print(const struct bw_ctl *ctl, const struct officers *officers)
{
	char text[BW_SECRET_TEXT_SIZE];

	bw_print_line(stdout, "Give each line to one officer, who keeps it apart from the others "
			      "and not on this host.");
	bw_print_line(stdout, "It is shown this once.  'bulwarkctl unseal' asks for it.\n");
	for (unsigned int i = 0; i < officers->len; i++) {
		bw_secret_text(officers->secrets[i], text);
		bw_print_line(stdout, "Officer %u: %s", i + 1, text);
	}
	sodium_memzero(text, sizeof(text));
	(void)fputc('\n', stdout);

	if (fflush(stdout) == EOF || ferror(stdout))
		return bw_print_error(ctl, "cannot print the secrets; not sealed");
	return 0;
}

static int hand_out(const struct bw_ctl *ctl, struct officers *officers)
{
	return ctl->output ? files_make(ctl, officers) : secrets_print(ctl, officers);
}

/* --- Sealing ------------------------------------------------------------------- */

static int confirm(const struct bw_ctl *ctl, const struct officers *officers)
{
	char line[16] = "";

	if (ctl->yes)
		return 0;

	(void)printf("Until %u of %u secrets are shown, or this host is rebooted, no policy, no "
		     "version\nof Bulwark and no module can be changed.  Seal it?  Type 'yes': ",
		     officers->needed, officers->len);
	(void)fflush(stdout);
	if (fgets(line, sizeof(line), stdin) && !strcmp(line, "yes\n"))
		return 0;

	return bw_print_error(ctl, "not sealed; these secrets open nothing");
}

static json_t *commitments_json(const struct officers *officers, const uint8_t *seal_id)
{
	uint8_t commitment[BW_DIGEST_SIZE];
	char text[2 * BW_DIGEST_SIZE + 1];
	json_t *array = json_array();

	for (unsigned int i = 0; i < officers->len; i++) {
		bw_secret_commitment(seal_id, officers->secrets[i], commitment);
		(void)sodium_bin2hex(text, sizeof(text), commitment, sizeof(commitment));
		(void)json_array_append_new(array, json_string(text));
	}
	return array;
}

static bool seal_id_read(const json_t *status, uint8_t *ret_seal_id)
{
	const char *text = bw_member_text(json_object_get(status, "keeper"), "seal_id");
	size_t len;

	return text &&
	       !sodium_hex2bin(ret_seal_id, BW_SEAL_ID_SIZE, text, strlen(text), NULL, &len,
			       NULL) &&
	       len == BW_SEAL_ID_SIZE;
}

/* What is in force, and will be.  Returns 0 or an enum bw_ctl_exit. */
static int status_get(const struct bw_ctl *ctl, uint8_t *ret_seal_id)
{
	_cleanup_(json_decrefp) json_t *status = NULL;
	int code;

	code = bw_client_need(ctl, "status", BW_ASK_TIMEOUT_MS, &status);
	if (code)
		return code;

	if (bw_member_true(json_object_get(status, "keeper"), "sealed"))
		return bw_print_error(ctl, "the host is sealed already; 'bulwarkctl status' tells "
					   "how many secrets open it");

	if (!seal_id_read(status, ret_seal_id))
		return bw_print_error(ctl, "the module does not answer; run 'bulwarkctl doctor'");

	if (!ctl->json)
		bw_print_line(stdout, "generation %lld is in force, with %zu set%s; the host is %s",
			      (long long)bw_member_number(status, "generation"),
			      json_array_size(json_object_get(status, "sets")),
			      bw_plural(json_array_size(json_object_get(status, "sets"))),
			      bw_member_text(status, "state"));
	return 0;
}

/* Fails safe: an answer that got lost may have said so. */
static bool may_be_sealed(const struct bw_ctl *ctl)
{
	_cleanup_(json_decrefp) json_t *status = NULL;

	if (bw_client_ask(ctl, "status", BW_ASK_TIMEOUT_MS, &status))
		return true;

	return !json_is_false(json_object_get(json_object_get(status, "keeper"), "sealed"));
}

static int seal(const struct bw_ctl *ctl, const struct officers *officers, const uint8_t *seal_id)
{
	_cleanup_(json_decrefp) json_t *answer = NULL;
	json_t *request =
		json_pack("{s:s,s:i,s:o}", "verb", "seal", "needed", (int)officers->needed,
			  "commitments", commitments_json(officers, seal_id));
	int code;

	code = confirm(ctl, officers);
	if (code) {
		json_decref(request);
		return code;
	}

	code = bw_client_need_for(ctl, request, BW_ASK_TIMEOUT_MS, &answer);
	if (code)
		return code;

	if (ctl->json)
		bw_print_json(stdout,
			      json_pack("{s:b,s:i,s:i}", "ok", 1, "officers", (int)officers->len,
					"needed", (int)officers->needed));
	else
		bw_print_line(stdout, "the host is sealed: %u of %u secrets open it",
			      officers->needed, officers->len);
	return 0;
}

int bw_cmd_seal(const struct bw_ctl *ctl)
{
	_cleanup_(officers_done) struct officers officers = { .dir = -EBADF };
	uint8_t seal_id[BW_SEAL_ID_SIZE];
	int code;

	code = options_judge(ctl, &officers);
	if (!code)
		code = status_get(ctl, seal_id);
	if (!code)
		code = secrets_make(ctl, &officers);
	if (code)
		return code;

	code = hand_out(ctl, &officers);
	if (!code)
		code = seal(ctl, &officers, seal_id);
	if (code && officers.files > 0 && !may_be_sealed(ctl))
		files_remove(&officers);
	return code;
}
