// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - which requests to break the glass the kernel remembers
 *
 * Boots with others.
 */
#include <errno.h>

#include "glass.h"
#include "rig.h"
#include "tap.h"

#define NOW_NS (1ULL << 50)
#define LATER_NS (NOW_NS + BW_GLASS_AGE_NS)

static const __u8 *digest_of(__u8 number)
{
	static __u8 digest[BW_DIGEST_SIZE];

	digest[0] = number;
	return digest;
}

static void test_once(struct rig *rig)
{
	struct bw_enforcer *enforcer = rig->enforcer;

	is(bw_enforcer_request_use(enforcer, digest_of(1), NOW_NS), -ENOENT, "nobody made it");
	is(bw_enforcer_request_add(enforcer, digest_of(1), NOW_NS, false), 0, "it is made");
	is(bw_enforcer_request_use(enforcer, digest_of(1), NOW_NS), 0, "it is used");
	is(bw_enforcer_request_use(enforcer, digest_of(1), NOW_NS), -EALREADY, "it was used");
	bw_enforcer_request_undo(enforcer, digest_of(1));
	is(bw_enforcer_request_use(enforcer, digest_of(1), LATER_NS), 0, "unless it was in vain");
	is(bw_enforcer_request_use(enforcer, digest_of(1), LATER_NS + 1), -EALREADY,
	   "it was used, however long ago");
}

static void test_age(struct rig *rig)
{
	struct bw_enforcer *enforcer = rig->enforcer;

	is(bw_enforcer_request_add(enforcer, digest_of(2), NOW_NS, false), 0, "another is made");
	is(bw_enforcer_request_use(enforcer, digest_of(2), LATER_NS + 1), -ETIME,
	   "after an hour it is too old");
	is(bw_enforcer_request_use(enforcer, digest_of(2), LATER_NS), 0, "control: before, not");
}

/* With the next daemon, too. */
static void test_rearmed(struct rig *rig)
{
	is(rig_rearm(rig), 0, "armed again");
	is(bw_enforcer_request_use(rig->enforcer, digest_of(2), NOW_NS), -EALREADY,
	   "what was used stays so");
}

static void test_officers(struct rig *rig)
{
	struct bw_enforcer *enforcer = rig->enforcer;

	ok(!bw_enforcer_officers_are(enforcer, digest_of(100)), "no officers are noted");
	ok(!bw_enforcer_officers_are(enforcer, digest_of(2)), "a request is no officers");
	is(bw_enforcer_officers_note(enforcer, digest_of(100)), 0, "they are noted");
	ok(bw_enforcer_officers_are(enforcer, digest_of(100)), "it is they");
	is(bw_enforcer_request_use(enforcer, digest_of(100), NOW_NS), -ENOENT,
	   "they are no request");
	is(bw_enforcer_officers_note(enforcer, digest_of(101)), 0, "others are noted");
	ok(!bw_enforcer_officers_are(enforcer, digest_of(100)), "it isn't those before");
	ok(bw_enforcer_officers_are(enforcer, digest_of(101)), "but the last");
}

static void test_room(struct rig *rig)
{
	struct bw_enforcer *enforcer = rig->enforcer;
	int made = 0;
	__u8 number;

	for (number = 110; number < 110 + BW_REQUESTS_MAX; number++)
		made += bw_enforcer_request_add(enforcer, digest_of(number), NOW_NS + 1, false) ==
			0;
	is(made, BW_REQUESTS_MAX - 4, "so many wait beside two, the officers, and a free place");
	is(bw_enforcer_request_add(enforcer, digest_of(10), NOW_NS, false), -ENOSPC, "no more can");
	is(bw_enforcer_request_add(enforcer, digest_of(10), NOW_NS, true), 0, "but root's");
	is(bw_enforcer_request_add(enforcer, digest_of(11), LATER_NS + 1, false), 0,
	   "one that is too old makes room");
	is(bw_enforcer_request_add(enforcer, digest_of(12), LATER_NS + 1, false), 0, "and another");
	is(bw_enforcer_request_use(enforcer, digest_of(2), NOW_NS), -ENOENT,
	   "what was used and is forgotten can't be used");
	is(bw_enforcer_request_use(enforcer, digest_of(110), NOW_NS + 1), 0,
	   "control: what isn't is");
	ok(bw_enforcer_officers_are(enforcer, digest_of(101)), "the officers are not");
}

int main(void)
{
	struct rig rig;

	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	test_once(&rig);
	test_age(&rig);
	test_rearmed(&rig);
	test_officers(&rig);
	test_room(&rig);
	rig_end(&rig);
	return done();
}
