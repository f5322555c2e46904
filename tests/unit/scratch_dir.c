// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - files of a test's own, and what was said about them
 */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "scratch_dir.h"

static char directory[] = "/tmp/bulwark-test-XXXXXX";

void scratch_setup(void)
{
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static int entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void scratch_teardown(void)
{
	ck_assert_int_eq(nftw(directory, entry_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *scratch_path(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s%s%s", directory, *name ? "/" : "", name);
	return path;
}

void scratch_write(const char *name, const char *text)
{
	int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t len = strlen(text);

	ck_assert_msg(fd >= 0, "'%s' can't be created", name);
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	ck_assert_int_eq(write(fd, text, len), len);
	close(fd);
}

char *file_bytes(const char *path, size_t *ret_len)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	char *bytes = calloc(1, BW_POLICY_SIZE_MAX + 2);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_msg(file != NULL, "'%s' can't be read", path);
	*ret_len = fread(bytes, 1, BW_POLICY_SIZE_MAX + 1, file);
	return bytes;
}

char *diagnostics_text(const struct bw_diagnostics *diagnostics)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(stream);
	for (size_t i = 0; i < diagnostics->len; i++) {
		_cleanup_(freep) char *line = bw_diagnostic_format(&diagnostics->items[i]);

		ck_assert_ptr_nonnull(line);
		fprintf(stream, "%s\n", line);
	}
	fclose(stream);
	return text;
}
