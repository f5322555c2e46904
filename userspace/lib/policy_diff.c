// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what changes between two policies: sets, paths and switches
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "names.h"
#include "policy_differ.h"
#include "until.h"

const char *bw_effect_name(enum bw_effect effect)
{
	static const char *const names[] = { "none", "more", "less", "both" };

	return names[effect & BW_EFFECT_BOTH];
}

void bw_differences_done(struct bw_differences *differences)
{
	for (size_t i = 0; i < differences->len; i++)
		free(differences->items[i].text);
	free(differences->items);
	*differences = (struct bw_differences){ 0 };
}

void differ_add(struct differ *differ, enum bw_effect effect, const char *format, ...)
{
	struct bw_differences *all = differ->differences;
	struct bw_difference *items;
	va_list args;
	char *text;
	int len;

	items = reallocarray(all->items, all->len + 1, sizeof(*items));
	if (items)
		all->items = items;

	va_start(args, format);
	len = items ? vasprintf(&text, format, args) : -1;
	va_end(args);
	if (len < 0) {
		all->no_memory = true;
		return;
	}
	items[all->len++] = (struct bw_difference){ differ->set, effect, text };
}

/* --- Paths --------------------------------------------------------------------- */

/* What @paths has and @others hasn't. */
static void paths_differ(struct differ *differ, enum bw_effect effect, const char *what,
			 const struct bw_policy_path *paths, size_t len,
			 const struct bw_policy_path *others, size_t others_len)
{
	for (size_t i = 0; i < len; i++)
		if (!bw_policy_has_path(others, others_len, paths[i].path))
			differ_add(differ, effect, "'%s' %s", paths[i].path, what);
}

static void all_paths_differ(struct differ *differ, const struct bw_policy *before,
			     const struct bw_policy *now)
{
	paths_differ(differ, BW_EFFECT_MORE, "is no longer protected", before->protect,
		     before->protect_len, now->protect, now->protect_len);
	paths_differ(differ, BW_EFFECT_LESS, "is protected now", now->protect, now->protect_len,
		     before->protect, before->protect_len);
	paths_differ(differ, BW_EFFECT_LESS, "is no longer an exception", before->except,
		     before->except_len, now->except, now->except_len);
	paths_differ(differ, BW_EFFECT_MORE, "is an exception now", now->except, now->except_len,
		     before->except, before->except_len);
}

/* --- Switches ------------------------------------------------------------------ */

/* The more is refused or told, the higher. */
static int mode_rank(enum bw_mode mode)
{
	return mode == BW_MODE_LEARN ? 0 : mode == BW_MODE_MONITOR ? 1 : 2;
}

static void learning_differs(struct differ *differ, const struct bw_policy *before,
			     const struct bw_policy *now)
{
	bool longer = before->mode != BW_MODE_LEARN || now->learn_until > before->learn_until;
	char until[BW_UNTIL_TEXT_SIZE];

	if (before->mode == BW_MODE_LEARN && before->learn_until == now->learn_until)
		return;

	bw_until_text(now->learn_until, until);
	differ_add(differ, longer ? BW_EFFECT_MORE : BW_EFFECT_LESS,
		   "the set learns until %s: nobody is refused, and who reads is noted", until);
}

static void mode_differs(struct differ *differ, const struct bw_policy *before,
			 const struct bw_policy *now)
{
	if (now->mode == BW_MODE_LEARN)
		learning_differs(differ, before, now);
	else if (mode_rank(now->mode) < mode_rank(before->mode))
		differ_add(differ, BW_EFFECT_MORE,
			   "the set only monitors: what was refused is only recorded");
	else if (now->mode == BW_MODE_ENFORCE && before->mode == BW_MODE_MONITOR)
		differ_add(differ, BW_EFFECT_LESS,
			   "the set enforces: what was only recorded is refused");
	else if (now->mode != before->mode)
		differ_add(differ, BW_EFFECT_LESS, "the set no longer learns: it %s",
			   bw_mode_verb(now->mode));
}

static void devices_differ(struct differ *differ, const struct bw_policy *before,
			   const struct bw_policy *now)
{
	if (before->devices && !now->devices)
		differ_add(differ, BW_EFFECT_MORE,
			   "the disks under the sets are no longer protected");
	if (!before->devices && now->devices)
		differ_add(differ, BW_EFFECT_LESS, "the disks under the sets are protected now");
}

static void number_differs(struct differ *differ, const char *what, unsigned int before,
			   unsigned int now)
{
	if (before != now)
		differ_add(differ, BW_EFFECT_NONE, "%s %u is now %u", what, before, now);
}

/* --- Sets ---------------------------------------------------------------------- */

static void set_differs(struct differ *differ, const struct bw_policy *before,
			const struct bw_policy *now)
{
	mode_differs(differ, before, now);
	all_paths_differ(differ, before, now);
	devices_differ(differ, before, now);
	differ_grants(differ, before, now);
	number_differs(differ, "version", before->version, now->version);
	number_differs(differ, "severity", before->severity, now->severity);
}

/* A set comes or goes: what else could be said of one that goes follows from it. */
static void set_alone(struct differ *differ, const struct bw_policy *policy)
{
	enum bw_effect effect = differ->set_is_new ? BW_EFFECT_LESS : BW_EFFECT_MORE;
	const struct bw_policy none = { 0 };

	differ_add(differ, effect, "the set is %s (it %s)", differ->set_is_new ? "new" : "gone",
		   bw_mode_verb(policy->mode));
	paths_differ(differ, effect,
		     differ->set_is_new ? "is protected now" : "is no longer protected",
		     policy->protect, policy->protect_len, NULL, 0);
	if (differ->set_is_new)
		differ_grants(differ, &none, policy);
}

int bw_policies_compare(const struct bw_policies *before, const struct bw_policies *now,
			struct bw_differences *differences)
{
	struct differ differ = { .differences = differences };

	for (size_t i = 0; i < before->len; i++) {
		const struct bw_policy *other = bw_policies_find(now, before->items[i]->set);

		differ.set = before->items[i]->set;
		if (other)
			set_differs(&differ, before->items[i], other);
		else
			set_alone(&differ, before->items[i]);
	}
	for (size_t i = 0; i < now->len; i++) {
		differ.set = now->items[i]->set;
		differ.set_is_new = !bw_policies_find(before, differ.set);
		if (differ.set_is_new)
			set_alone(&differ, now->items[i]);
	}
	return differences->no_memory ? -ENOMEM : 0;
}
