#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - PostgreSQL's own regression suite, without a policy and under the shipped
# one that enforces (INV-11): regress.sh DIRECTORY, which tests/gates/regress.sh makes
#
# What the server fails by itself (it is a newer one than the suite, say) counts for
# nothing and is named.
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/ways.sh
. ./ways.sh
# shellcheck source=tests/system/pension.sh
. ./pension.sh
# shellcheck source=tests/system/clusters.sh
. ./clusters.sh

suite=$1
work=/var/tmp/regress

# Runs the suite; what it says and what differs is kept as NAME: suite_run NAME
suite_run() {
	local outputs=$work/$1 start=$SECONDS

	install -d -o postgres "$work" "$outputs"
	as_postgres "$suite/pg_regress" --bindir="$pg_bin" --inputdir="$suite" --outputdir="$outputs" \
		--dlpath="$suite" --schedule="$suite/parallel_schedule" --max-concurrent-tests=20 \
		--host=/var/run/postgresql --user=postgres --encoding=UTF8 --no-locale >"$outputs/said" 2>&1
	echo "$1: $((SECONDS - start)) s" | diag
}

# Names of the tests that passed in a run, of either form in which pg_regress tells: passed NAME
passed() {
	sed -nE 's/^(test)? +([a-z0-9_]+) +\.\.\. ok.*/\2/p; s/^ok +[0-9]+ +[-+] +([a-z0-9_]+) .*/\1/p' \
		"$work/$1/said" | sort -u
}

tests() {
	grep -E '^test: ' "$suite/parallel_schedule" | cut -d: -f2 | tr -s ' ' '\n' | grep . | sort -u
}

database_file() {
	local pension_database=regression
	echo "$pg_data/$(pension_sql "SELECT pg_relation_filepath('tenk1')")"
}

# A test that the server passes by itself must pass under enforcement.
judge() {
	local name=$1

	if grep -qx "$name" "$work/passed"; then
		tap_pass "$name"
		return
	fi
	tap_fail "$name"
	grep -h -A 40 -E "^diff .*/$name\.out" "$work/enforced/regression.diffs" | head -n 60 | diag
}

systemctl start "$pg_unit"
rm -f /etc/bulwark/policy.d/*.yaml
bulwarkctl apply >/dev/null
suite_run control
ok 'control: without a policy root reads its database' cat "$(database_file)"

ok 'the shipped policy enforces' policy_enforce
ok 'the host is protected' bulwarkctl status
ok 'restart' systemctl restart "$pg_unit"
before=$(refusals)
suite_run enforced
after=$(refusals)

passed control >"$work/needed"
passed enforced >"$work/passed"
needed=$(wc -l <"$work/needed")
all=$(tests | wc -l)
ok "control: $needed of $all tests pass without a policy" test "$((needed * 10))" -ge "$((all * 9))"
comm -23 <(tests) "$work/needed" | sed 's/^/not counted, fails without a policy as well: /' | diag
while read -r name; do
	judge "$name"
done <"$work/needed"
is "$((after - before))" 0 'nothing was refused meanwhile' || bulwarkctl events -n 20 | diag

closed 'its database' "$(database_file)"
hurt /usr/bin/cat 'control: a refusal is counted' cat "$(database_file)"
tap_end
