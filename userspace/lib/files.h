/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - files of a directory that decide what the kernel refuses: finds, trusts, reads them
 */
#ifndef BULWARK_FILES_H
#define BULWARK_FILES_H

#include "reporter.h"

/**
 * struct bw_files - Which files, and what becomes of them
 *
 * @what: What they are called: "policies".
 * @suffix: With which their names end; others are left alone, as are names that begin
 *	with a dot.
 * @suffix_mistaken: Warn of names that end with this one; NULL for none.
 * @size_max: Bytes that are read of a file at most; one more where there are more.
 * @trusted: Refuse files, directories and directories above that others than
 *	root own or can write, and symbolic links.
 * @take: Called with each file's text, in the order of the names.  Returns 0 or -errno.
 * @context: For @take.
 */
struct bw_files {
	const char *what;
	const char *suffix;
	const char *suffix_mistaken;
	size_t size_max;
	bool trusted;
	int (*take)(void *context, const char *path, const char *text, size_t len);
	void *context;
};

/*
 * Reads the file @path, or all of a directory.  What is wrong with one file keeps no other
 * from being read.  Returns 0, -ENOMEM, or the first -errno, with a diagnostic added.
 */
int bw_files_read(const struct bw_files *files, const char *path,
		  struct bw_diagnostics *diagnostics);

#endif
