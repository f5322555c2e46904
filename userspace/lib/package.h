/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - dpkg's own records: which package a file belongs to, and what is in it
 *
 * The records hold MD5 and lie where root can write.  They tell whose a file is, and that it
 * didn't change by accident; no more.
 */
#ifndef BULWARK_PACKAGE_H
#define BULWARK_PACKAGE_H

#include <stdbool.h>
#include <stdint.h>

#define BW_DPKG_DIR "/var/lib/dpkg"
#define BW_DPKG_INFO_DIR BW_DPKG_DIR "/info"

#define BW_MD5_SIZE 16

enum bw_ownership {
	BW_OWNERSHIP_RIGHT = 1,	   /* the package's, and as the package has it */
	BW_OWNERSHIP_NO_PACKAGE,   /* there is no such package on this host */
	BW_OWNERSHIP_NOT_ITS,	   /* the package has no such file */
	BW_OWNERSHIP_DIVERTED,	   /* dpkg-divert(1) has put another one in its place */
	BW_OWNERSHIP_NO_DIGEST,	   /* the package doesn't tell what is in it */
	BW_OWNERSHIP_OTHER_CONTENT /* it isn't what the package has */
};

/* As dpkg wants it: at least two of [a-z0-9+.-], the first no sign. */
bool bw_package_name_is_valid(const char *name);

/*
 * Whose is the file @path, a canonical one, with a content of this MD5?  The record may name it
 * by a link in the root directory, as /bin is where /usr was merged.
 *
 * @dir: BW_DPKG_DIR, or one like it.
 *
 * Returns an enum bw_ownership, or -errno.
 */
int bw_package_owns(const char *dir, const char *package, const char *path,
		    const uint8_t md5[BW_MD5_SIZE]);

/* "isn't a file of package", to stand behind the file's name and before the package's. */
const char *bw_ownership_text(enum bw_ownership ownership);

#endif
