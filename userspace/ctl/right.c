// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl explain: which condition failed, and what would be right
 */
#include <string.h>

#include "cleanup.h"
#include "print.h"
#include "right.h"

/* Which executables the set grants at all: the answer to "who then?". */
static void granted_print(const struct bw_policy *policy)
{
	if (policy->grants_len == 0)
		bw_print_line(stdout, "         the set grants nobody");

	for (size_t i = 0; i < policy->grants_len; i++) {
		const struct bw_policy_grant *grant = &policy->grants[i];

		bw_print_line(stdout, "         granted: %s as %s in %s (line %u)", grant->exe,
			      grant->user, !strcmp(grant->unit, "any") ? "any unit" : grant->unit,
			      grant->at.line);
	}
}

static const char *unit_said(const char *unit)
{
	return *unit ? unit : "no unit; say --unit";
}

static const char *group_said(const char *group)
{
	return *group ? group : "no group; say --group";
}

static const char *login_said(const char *login)
{
	return strcmp(login, "none") != 0 ? login : "none; say --login";
}

static void hours_print(const struct bw_policy_grant *grant, const struct bw_question *question)
{
	_cleanup_(freep) char *hours = NULL;
	char asked[32] = "now";
	size_t len = 0;
	FILE *out = open_memstream(&hours, &len);

	if (!out)
		return;

	bw_hours_print(out, &grant->hours);
	if (question->shown)
		(void)strftime(asked, sizeof(asked), BW_CLOCK_FORMAT, gmtime(&question->at));
	if (fclose(out) == 0)
		bw_print_line(stdout, "  right  hours %s; asked for: %s", hours, asked);
}

static void digest_print(const struct bw_policy_grant *grant, const struct bw_content *content)
{
	_cleanup_(freep) char *digests = NULL;
	char hex[BW_DIGEST_HEX_SIZE];
	size_t len = 0;
	FILE *out = open_memstream(&digests, &len);

	if (!out)
		return;

	bw_digests_print(out, &grant->sha256);
	bw_digest_hex(content->sha256, hex);
	if (fclose(out) == 0)
		bw_print_line(stdout, "  right  sha256 %s, package %s; here: %s", digests,
			      bw_policy_package(grant), hex);
}

void bw_right_print(const struct bw_question *question, const struct bw_answer *answer)
{
	const struct bw_policy_grant *grant = answer->grant;

	if (answer->verdict == BW_VERDICT_ALLOW || !answer->policy)
		return;

	if (!grant) {
		granted_print(answer->policy);
		return;
	}

	switch (answer->reason) {
	case BW_REASON_WRONG_USER:
		bw_print_line(stdout, "  right  user %s; asked for: %s", grant->user,
			      question->user);
		break;
	case BW_REASON_WRONG_UNIT:
		bw_print_line(stdout, "  right  unit %s; asked for: %s", grant->unit,
			      unit_said(question->unit));
		break;
	case BW_REASON_WRONG_SCRIPT:
		bw_print_line(stdout, "  right  script %s; asked for: %s", grant->script,
			      *question->script ? question->script : "no script; say --script");
		break;
	case BW_REASON_WRONG_DIGEST:
		digest_print(grant, question->content);
		break;
	case BW_REASON_WRONG_GROUP:
		bw_print_line(stdout, "  right  group %s; asked for: %s", grant->group,
			      group_said(question->group));
		break;
	case BW_REASON_WRONG_LOGIN:
		bw_print_line(stdout, "  right  login %s; asked for: %s", grant->login,
			      login_said(question->login));
		break;
	case BW_REASON_WRONG_HOURS:
		hours_print(grant, question);
		break;
	case BW_REASON_NAMESPACE:
		bw_print_line(stdout, "  right  the host's mount namespace, or in the grant: "
				      "'mount-namespace: any'");
		break;
	default:
		granted_print(answer->policy);
	}
}
