/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what is said of a host's users and files, whether they are looked at or told of
 */
#ifndef BULWARK_RESOLVE_TEXTS_H
#define BULWARK_RESOLVE_TEXTS_H

#define TEXT_NO_GROUP "there is no group '%s' on this host"
#define TEXT_NO_USER "there is no user '%s' on this host"

#define TEXT_CANT_LOOK "can't look at '%s': %s%s"
#define TEXT_MATCHES_NOTHING "'%s' matches nothing yet"
#define TEXT_DOESNT_EXIST "'%s' doesn't exist yet"
#define TEXT_LINK_TO_NOTHING "'%s' is a symbolic link to nothing: left out"
#define TEXT_NO_PLACE "'%s' is neither a directory nor a regular file: left out"
#define TEXT_LINK_PROTECTS                                                              \
	"'%s' is left out: the symbolic link '%s' isn't root's, and what it points to " \
	"belongs to somebody else than the link"

#define TEXT_NO_GRANT "'%s' gets no grant: %s"
#define TEXT_NO_GRANT_BY_LINK "'%s' gets no grant: the symbolic link '%s' isn't root's"
#define TEXT_NO_GRANT_DISTRUST "'%s' gets no grant: '%s' %s"
#define TEXT_NO_GRANT_SCRIPT                                                               \
	"'%s' gets no grant: it is a script, and the kernel sees its interpreter; name a " \
	"compiled program"

#define TEXT_NOBODY "grant '%s' lets nobody in: '%s' %s"
#define TEXT_NOBODY_BY_SCRIPT "grant '%s' lets nobody in: its script '%s' %s"
#define TEXT_SCRIPT_BY_LINK "is a symbolic link that isn't root's"
#define TEXT_MISSING "doesn't exist"
#define TEXT_UNTRUSTED "can't be trusted"
#define TEXT_UNSEEN "can't be looked at"

#endif
