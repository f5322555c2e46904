// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests: what changes between two policies
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "policy_diff.h"

#define DIGEST "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"

#define HEAD "set: pensions\nversion: 1\nmode: enforce\n"
#define MONITOR "set: pensions\nversion: 1\n"
#define LEARN(until) MONITOR "mode: learn\nlearn-until: " until "\n"
#define PATHS "protect: [/srv/a, /srv/b]\nexcept: [/srv/a/log]\n"
#define GRANT(name, exe, user, rest)                                                \
	"  - name: " name "\n    exe: " exe "\n    user: " user "\n    unit: any\n" \
	"    reason: it must\n" rest
#define BUDGET(text) "    budget: { " text " }\n"
#define WEB GRANT("web", "/usr/bin/web", "www", BUDGET("bytes: 2GiB, every: 1h, per: user"))
#define TOOL GRANT("tool", "/usr/bin/tool", "root", "")
#define TRACER "tracers:\n" GRANT("edr", "/usr/bin/edr", "root", "")
#define OTHERS(text) "others:\n  budget: { " text " }\n"
#define BEFORE HEAD PATHS "grants:\n" WEB TOOL

static struct bw_policies policies_of(const char *text, struct bw_policy **item)
{
	struct bw_diagnostics mistakes = { 0 };
	struct bw_policies none = { 0 };

	if (!*text)
		return none;

	ck_assert_msg(bw_policy_parse("x.yaml", text, strlen(text), &mistakes, item) == 0, "%s",
		      mistakes.len ? mistakes.items[0].text : "");
	bw_diagnostics_done(&mistakes);
	return (struct bw_policies){ item, 1 };
}

/* All differences, a line each: "more: text\n". */
static void differences_are(const char *before, const char *now, const char *wanted)
{
	_cleanup_(bw_differences_done) struct bw_differences differences = { 0 };
	struct bw_policy *first = NULL, *second = NULL;
	struct bw_policies one = policies_of(before, &first);
	struct bw_policies other = policies_of(now, &second);
	_cleanup_(freep) char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_int_eq(bw_policies_compare(&one, &other, &differences), 0);
	for (size_t i = 0; i < differences.len; i++) {
		ck_assert_str_eq(differences.items[i].set, "pensions");
		(void)fprintf(out, "%s: %s\n", bw_effect_name(differences.items[i].effect),
			      differences.items[i].text);
	}
	(void)fclose(out);
	ck_assert_str_eq(text, wanted);
	bw_policy_free(first);
	bw_policy_free(second);
}

/* Before, now, what changes; and what changes on the way back. */
static const struct {
	const char *before;
	const char *now;
	const char *there;
	const char *back;
} ways[] = {
	{ BEFORE, BEFORE, "", "" },
	{ "", HEAD PATHS "grants:\n" TOOL,
	  "less: the set is new (it enforces)\n"
	  "less: '/srv/a' is protected now\n"
	  "less: '/srv/b' is protected now\n"
	  "none: grant 'tool' is new: /usr/bin/tool as root, unit any\n",
	  "more: the set is gone (it enforces)\n"
	  "more: '/srv/a' is no longer protected\n"
	  "more: '/srv/b' is no longer protected\n" },
	{ BEFORE, "set: pensions\nversion: 2\nseverity: 9\n" PATHS "grants:\n" WEB TOOL,
	  "more: the set only monitors: what was refused is only recorded\n"
	  "none: version 1 is now 2\n"
	  "none: severity 5 is now 9\n",
	  "less: the set enforces: what was only recorded is refused\n"
	  "none: version 2 is now 1\n"
	  "none: severity 9 is now 5\n" },
	{ BEFORE, LEARN("2026-12-31T18:00Z") PATHS "grants:\n" WEB TOOL,
	  "more: the set learns until 2026-12-31T18:00:00Z: nobody is refused, and who reads is "
	  "noted\n",
	  "less: the set no longer learns: it enforces\n" },
	{ MONITOR PATHS "grants:\n" TOOL, LEARN("2026-12-31T18:00Z") PATHS "grants:\n" TOOL,
	  "more: the set learns until 2026-12-31T18:00:00Z: nobody is refused, and who reads is "
	  "noted\n",
	  "less: the set no longer learns: it monitors\n" },
	{ LEARN("2026-12-31T18:00Z") PATHS "grants:\n" TOOL,
	  LEARN("2026-12-31T18:01+01:00") PATHS "grants:\n" TOOL,
	  "less: the set learns until 2026-12-31T17:01:00Z: nobody is refused, and who reads is "
	  "noted\n",
	  "more: the set learns until 2026-12-31T18:00:00Z: nobody is refused, and who reads is "
	  "noted\n" },
	{ BEFORE, HEAD "protect: [/srv/a]\ndevices: under-sets\ngrants:\n" WEB TOOL,
	  "more: '/srv/b' is no longer protected\n"
	  "less: '/srv/a/log' is no longer an exception\n"
	  "less: the disks under the sets are protected now\n",
	  "less: '/srv/b' is protected now\n"
	  "more: '/srv/a/log' is an exception now\n"
	  "more: the disks under the sets are no longer protected\n" },
	{ BEFORE, HEAD PATHS "grants:\n" WEB TRACER,
	  "less: grant 'tool' is gone: /usr/bin/tool as root, unit any\n"
	  "more: tracer 'edr' is new: /usr/bin/edr as root, unit any\n",
	  "more: grant 'tool' is new: /usr/bin/tool as root, unit any\n"
	  "less: tracer 'edr' is gone: /usr/bin/edr as root, unit any\n" },
	{ BEFORE,
	  HEAD PATHS
	  "grants:\n" WEB GRANT("tool", "/opt/tool", "any", "    mount-namespace: any\n"),
	  "both: grant 'tool': exe '/usr/bin/tool' is now '/opt/tool'; user 'root' is now 'any'; "
	  "mount-namespace 'host' is now 'any'\n",
	  "both: grant 'tool': exe '/opt/tool' is now '/usr/bin/tool'; user 'any' is now 'root'; "
	  "mount-namespace 'any' is now 'host'\n" },
	{ HEAD PATHS "grants:\n" TOOL,
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "any", ""),
	  "more: grant 'tool': user 'root' is now 'any'\n",
	  "less: grant 'tool': user 'any' is now 'root'\n" },
	{ HEAD PATHS "grants:\n" TOOL,
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root",
				       BUDGET("bytes: 1536MiB, files: 1, every: 90m, per: unit")),
	  "less: grant 'tool': budget 'none' is now '1536MiB and 1 file in any 90m per unit'\n",
	  "more: grant 'tool': budget '1536MiB and 1 file in any 90m per unit' is now 'none'\n" },
	{ HEAD PATHS "grants:\n" WEB,
	  HEAD PATHS "grants:\n" GRANT("web", "/usr/bin/web", "www",
				       BUDGET("bytes: 1000, files: 7, every: 1h, per: user")),
	  "less: grant 'web': budget '2GiB in any 1h per user' is now '1000 bytes and 7 files in "
	  "any 1h per user'\n",
	  "more: grant 'web': budget '1000 bytes and 7 files in any 1h per user' is now '2GiB in "
	  "any 1h per user'\n" },
	{ HEAD PATHS "grants:\n" WEB,
	  HEAD PATHS "grants:\n" GRANT("web", "/usr/bin/web", "www",
				       BUDGET("bytes: 2GiB, every: 1h, per: user, warn: 80%")),
	  "less: grant 'web': budget '2GiB in any 1h per user' is now '2GiB in any 1h per user, "
	  "warns from 80%'\n",
	  "more: grant 'web': budget '2GiB in any 1h per user, warns from 80%' is now '2GiB in any "
	  "1h per user'\n" },
	{ HEAD PATHS "grants:\n" WEB,
	  HEAD PATHS "grants:\n" GRANT("web", "/usr/bin/web", "www",
				       BUDGET("bytes: 2GiB, coverage: 5%, every: 1h, per: user")),
	  "less: grant 'web': budget '2GiB in any 1h per user' is now '2GiB and 5% of the set in "
	  "any 1h per user'\n",
	  "more: grant 'web': budget '2GiB and 5% of the set in any 1h per user' is now '2GiB in "
	  "any 1h per user'\n" },
	{ HEAD PATHS "grants:\n" GRANT("web", "/usr/bin/web", "www",
				       BUDGET("coverage: 5%, every: 1h, per: user")),
	  HEAD PATHS "grants:\n" GRANT("web", "/usr/bin/web", "www",
				       BUDGET("coverage: 6%, every: 1h, per: user")),
	  "more: grant 'web': budget '5% of the set in any 1h per user' is now '6% of the set in "
	  "any 1h per user'\n",
	  "less: grant 'web': budget '6% of the set in any 1h per user' is now '5% of the set in "
	  "any 1h per user'\n" },
	{ HEAD PATHS "grants:\n" WEB,
	  HEAD PATHS "grants:\n" GRANT("web", "/usr/bin/web", "www",
				       BUDGET("bytes: 1GiB, every: 1d, per: user")),
	  "both: grant 'web': budget '2GiB in any 1h per user' is now '1GiB in any 1d per user'\n",
	  "both: grant 'web': budget '1GiB in any 1d per user' is now '2GiB in any 1h per "
	  "user'\n" },
	{ HEAD PATHS "grants:\n" TOOL,
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root",
				       "    login: alice\n    hours: Mon..Fri 22:00-04:30\n"),
	  "less: grant 'tool': login 'any' is now 'alice'; hours 'any' is now 'Mon..Fri "
	  "22:00-04:30'\n",
	  "more: grant 'tool': login 'alice' is now 'any'; hours 'Mon..Fri 22:00-04:30' is now "
	  "'any'\n" },
	{ HEAD PATHS "grants:\n" TOOL,
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root", "    group: staff\n"),
	  "less: grant 'tool': group 'any' is now 'staff'\n",
	  "more: grant 'tool': group 'staff' is now 'any'\n" },
	{ HEAD PATHS "grants:\n" TOOL,
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root", "    script: /opt/job\n"),
	  "less: grant 'tool': script 'any' is now '/opt/job'\n",
	  "more: grant 'tool': script '/opt/job' is now 'any'\n" },
	{ HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root",
				       "    hours: [01:00-02:00 UTC, 02:00-03:00 UTC]\n"),
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root",
				       "    hours: Sat,Sun 01:30-03:00 UTC\n"),
	  "less: grant 'tool': hours '01:00-02:00 and 02:00-03:00 UTC' is now 'Sat,Sun "
	  "01:30-03:00 UTC'\n",
	  "more: grant 'tool': hours 'Sat,Sun 01:30-03:00 UTC' is now '01:00-02:00 and "
	  "02:00-03:00 UTC'\n" },
	{ HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root", ""),
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root",
				       "    login: none\n    hours: 00:00-24:00\n"),
	  "less: grant 'tool': login 'any' is now 'none'; hours 'any' is now '00:00-24:00'\n",
	  "more: grant 'tool': login 'none' is now 'any'; hours '00:00-24:00' is now 'any'\n" },
	{ BEFORE, BEFORE OTHERS("bytes: 64KiB, files: 10, every: 1h, per: user"),
	  "more: what those may read whom no grant fits: 'none' is now '64KiB and 10 files in any "
	  "1h per user'\n",
	  "less: what those may read whom no grant fits: '64KiB and 10 files in any 1h per user' "
	  "is "
	  "now 'none'\n" },
	{ BEFORE OTHERS("files: 10, every: 1h, per: user"),
	  BEFORE OTHERS("files: 9, every: 1h, per: user"),
	  "less: what those may read whom no grant fits: '10 files in any 1h per user' is now '9 "
	  "files in any 1h per user'\n",
	  "more: what those may read whom no grant fits: '9 files in any 1h per user' is now '10 "
	  "files in any 1h per user'\n" },
	{ HEAD PATHS "grants:\n" TOOL,
	  HEAD PATHS "grants:\n" GRANT("tool", "/usr/bin/tool", "root",
				       "    sha256: " DIGEST "\n    package: tool\n"),
	  "less: grant 'tool': sha256 'any' is now '" DIGEST "'; package 'any' is now 'tool'\n",
	  "more: grant 'tool': sha256 '" DIGEST "' is now 'any'; package 'tool' is now 'any'\n" },
	{ BEFORE, HEAD PATHS "grants:\n" TOOL WEB,
	  "both: the grants stand in another order: of several that hold, the first one's budget "
	  "counts\n",
	  "both: the grants stand in another order: of several that hold, the first one's budget "
	  "counts\n" },
};

START_TEST(each_difference_is_told)
{
	differences_are(ways[_i].before, ways[_i].now, ways[_i].there);
	differences_are(ways[_i].now, ways[_i].before, ways[_i].back);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diff");
	TCase *tcase = tcase_create("differences");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, each_difference_is_told, 0, ARRAY_LEN(ways));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
