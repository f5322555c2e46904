/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - would this subject get this file, and by which line
 *
 * Judges by the same pure code as the kernel (ebpf/verdict.h), but places files
 * by their path: for `bulwarkctl explain` and for *.expect files.
 */
#ifndef BULWARK_EXPLAIN_H
#define BULWARK_EXPLAIN_H

#include <stdint.h>

#include <bulwark/event.h>

#include "content.h"
#include "policy.h"

/**
 * struct bw_question - Who wants what
 *
 * @exe: Absolute path of the executable.
 * @user: Name or number.
 * @unit: Full unit name, "" for none.
 * @script: Absolute path of the script that started it, "" for none.
 * @group: The real group's name or number, "" for none that a grant names.
 * @login: The login user's name or number; "none".
 * @at: When, in seconds; 0: at any hour.
 * @shown: @at is what the clocks of each grant's time zone show, as if they were UTC's; else
 *	it is a moment on this host.
 * @mount_ns: In a mount namespace of its own.
 * @flags: Other BW_SUBJECT_* bits.
 * @content: What is in @exe on this host; NULL: what each grant asks for.
 * @file: Absolute path of what is to be read.
 */
struct bw_question {
	const char *exe;
	const char *user;
	const char *unit;
	const char *script;
	const char *group;
	const char *login;
	time_t at;
	bool shown;
	bool mount_ns;
	uint32_t flags;
	const struct bw_content *content;
	const char *file;
};

/**
 * struct bw_answer - The verdict and where it comes from
 *
 * @verdict: BW_VERDICT_ALLOW when @file is in no set.
 * @reason: BW_REASON_GRANTED likewise.
 * @in_set: A `protect:` entry covers @file, and no `except:` nearer to it.
 * @policy: The policy whose line decided; NULL when no line speaks of @file.
 * @grant: The grant that allows, or the one that came closest; may be NULL.
 * @others: No grant allows, but what the set leaves to others does, while it lasts.
 * @at: Line that decided: the grant's, or the failing value's in it, or the
 *	`others:`, `protect:` or `except:` entry's; line 0: none, officers did.
 */
struct bw_answer {
	enum bw_verdict verdict;
	enum bw_reason reason;
	bool in_set;
	const struct bw_policy *policy;
	const struct bw_policy_grant *grant;
	bool others;
	struct bw_position at;
};

/*
 * Patterns match as in glob(7): `*` doesn't cross a '/', nor match a leading
 * dot.  Of the `protect:` and `except:` entries that cover a file the one
 * nearest to it decides.  Paths are compared as text, no link is followed.
 *
 * Returns 0, -EINVAL (a path isn't absolute and normalised), -ENOENT (no such
 * user, and no grant names it), -ENOMEM.
 */
int bw_explain(const struct bw_policies *policies, const struct bw_question *question,
	       struct bw_answer *ret_answer);

/* Officers have opened the set to who asks; @left: there is still something to be read. */
void bw_explain_glass(struct bw_answer *answer, bool left);

/*
 * What one grant says to who asks, whatever the file: BW_REASON_NO_GRANT if it is for another
 * executable.
 */
enum bw_reason bw_explain_grant(const struct bw_policy_grant *grant,
				const struct bw_question *question);

/*
 * Runs the expectations beside a policy: FILE.expect next to FILE.yaml, lines
 *
 *	allow|deny|would-deny [REASON] exe=PATH user=NAME [unit=NAME] [script=PATH]
 *		[group=NAME] [login=NAME] [at=YYYY-MM-DDTHH:MM] [mount-namespace=host|own]
 *		file=PATH	(on one line)
 *
 * with '#' comments.  `deny` holds in both modes, so that a policy may be
 * switched to enforce; `would-deny` in monitor only.  Failed ones become
 * diagnostics with the .expect file's position.  @ret_run and @ret_failed count
 * lines.
 *
 * @path: The .expect file, or the .yaml file beside it.
 *
 * Returns 0, -ENOENT (no such file), -EINVAL (some failed or can't be read),
 * -ENOMEM.
 */
int bw_expectations_run(const struct bw_policy *policy, const char *path,
			struct bw_diagnostics *diagnostics, unsigned int *ret_run,
			unsigned int *ret_failed);

#endif
