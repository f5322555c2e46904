// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - one policy file put in the place of another, for as long as it isn't kept
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "policy_install.h"
#include "policy_trust.h"
#include "signers.h"

/* Not read as a policy: it begins with a dot. */
#define SPARE ".tighten"
#define SPARE_SIGNATURE SPARE BW_SIGNATURE_SUFFIX
#define SUFFIX ".yaml"

static bool name_fits(const char *name)
{
	size_t len = strlen(name);

	return *name != '.' && len <= NAME_MAX && len > strlen(SUFFIX) &&
	       strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* Reads it once: what is judged later is the copy. */
static int text_read(struct bw_reporter *reporter, const char *path, char *text, size_t *ret_len)
{
	_cleanup_(closep) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	static const struct bw_position whole_file;
	ssize_t got = 1;
	size_t len = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;

	if (!S_ISREG(st.st_mode)) {
		bw_report_error(reporter, whole_file, "it is not a regular file");
		return -EINVAL;
	}
	if (bw_trust_check(reporter, fd))
		return -EINVAL;

	while (got > 0 && len <= BW_POLICY_SIZE_MAX) {
		got = read(fd, text + len, BW_POLICY_SIZE_MAX + 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	*ret_len = len;
	return got < 0 ? -errno : 0;
}

static int text_write(int dir, const char *spare, const char *text, size_t len)
{
	_cleanup_(closep) int fd = -EBADF;

	(void)unlinkat(dir, spare, 0);
	fd = openat(dir, spare, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;

	for (size_t done = 0; done < len;) {
		ssize_t written = write(fd, text + done, len - done);

		if (written < 0)
			return -errno;
		done += (size_t)written;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* At no moment is there no file of that name. */
static int name_swap(int dir, struct bw_policy_piece *piece)
{
	if (renameat2(dir, piece->spare, dir, piece->name, RENAME_EXCHANGE) == 0) {
		piece->replaced = true;
		return 0;
	}
	if (errno != ENOENT)
		return -errno;

	if (renameat2(dir, piece->spare, dir, piece->name, RENAME_NOREPLACE) < 0)
		return -errno;

	return 0;
}

static int piece_undo(int dir, const struct bw_policy_piece *piece)
{
	if (!*piece->name)
		return 0;

	if (piece->replaced)
		return renameat2(dir, piece->spare, dir, piece->name, RENAME_EXCHANGE) < 0 ? -errno
											   : 0;
	return unlinkat(dir, piece->name, 0) < 0 ? -errno : 0;
}

/* Copies a file in; @piece has a name then. */
static int piece_install(struct bw_policy_install *install, struct bw_policy_piece *piece,
			 struct bw_reporter *reporter, const char *path)
{
	/* One byte more: whoever loads it finds that it is too large. */
	_cleanup_(freep) char *text = malloc(BW_POLICY_SIZE_MAX + 1);
	const char *slash = strrchr(path, '/');
	size_t len = 0;
	int err;

	if (!text)
		return -ENOMEM;

	err = text_read(reporter, path, text, &len);
	if (!err)
		err = text_write(install->dir, piece->spare, text, len);
	if (err)
		return err;

	(void)snprintf(piece->name, sizeof(piece->name), "%s", slash ? slash + 1 : path);
	err = name_swap(install->dir, piece);
	if (err)
		*piece->name = '\0';
	return err;
}

static void finish(struct bw_policy_install *install)
{
	(void)unlinkat(install->dir, SPARE, 0);
	(void)unlinkat(install->dir, SPARE_SIGNATURE, 0);
	(void)fsync(install->dir);
	closep(&install->dir);
	install->dir = -EBADF;
}

static int pieces_install(struct bw_policy_install *install, struct bw_reporter *reporter,
			  const char *path)
{
	_cleanup_(freep) char *signature = NULL;
	int err;

	if (asprintf(&signature, "%s" BW_SIGNATURE_SUFFIX, path) < 0) {
		signature = NULL;
		return -ENOMEM;
	}

	err = piece_install(install, &install->file, reporter, path);
	if (!err && access(signature, F_OK) == 0)
		err = piece_install(install, &install->signature, reporter, signature);
	if (err)
		(void)piece_undo(install->dir, &install->file);
	return err;
}

int bw_policy_install(struct bw_policy_install *install, const char *dir, const char *path,
		      struct bw_diagnostics *found)
{
	struct bw_reporter reporter = bw_reporter_begin(found, path);
	static const struct bw_position whole_file;
	const char *slash = strrchr(path, '/');
	int err;

	*install = (struct bw_policy_install){
		.dir = -EBADF,
		.file.spare = SPARE,
		.signature.spare = SPARE_SIGNATURE,
	};
	if (!name_fits(slash ? slash + 1 : path)) {
		bw_report_error(&reporter, whole_file,
				"the names of policies end in '" SUFFIX "' and begin with no dot");
		return bw_reporter_end(&reporter);
	}

	install->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (install->dir < 0)
		return -errno;

	err = pieces_install(install, &reporter, path);
	if (err)
		finish(install);
	return err == -EINVAL ? bw_reporter_end(&reporter) : err;
}

void bw_policy_install_keep(struct bw_policy_install *install)
{
	finish(install);
}

int bw_policy_install_undo(struct bw_policy_install *install)
{
	int err = piece_undo(install->dir, &install->signature);
	int file_err = piece_undo(install->dir, &install->file);

	finish(install);
	return file_err ? file_err : err;
}
