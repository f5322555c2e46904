/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - a disk with a set and a place outside, for the tests of what is in it
 */
#ifndef PLACED_H
#define PLACED_H

#include "rig.h"

#define DISK "/srv/disk"
#define SET DISK "/set"
#define OUT DISK "/out"
#define SECRET SET "/secret"
#define PLAIN OUT "/plain"

/* What each such test asks its probes. */
#define PLACED_PROBES                         \
	{ "read", placed_probe_read },        \
	{                                     \
		"create", placed_probe_create \
	}

int placed_probe_read(const char *path);
int placed_probe_create(const char *path);

/* The disk, armed, with a policy; false if that can't be. */
bool placed_begin(struct rig *rig);
void placed_end(struct rig *rig);

/* The policy of most tests: one set, one grant. */
void placed_policy(struct rig *rig);

/* The test itself may not write in the set.  Where nobody may, there is a file all the same. */
void make_file(const char *path);

void drop_caches(void);

/* Refused to one, granted to the other: the pair that each place has. */
void check_protected(const char *path, const char *what);
void check_free(const char *path, const char *what);

#endif
