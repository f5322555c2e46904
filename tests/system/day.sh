#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a policy from a day's work: learn, suggest, simulate, enforce, and the same work the
# day after; what a thief reads while it is learnt is no reason to let him
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
# shellcheck source=tests/system/load.sh
. ./load.sh

policy=/etc/bulwark/policy.d/postgresql.yaml
set_name=pension-day
dir=$(mktemp -d)
suggested=$dir/suggested.yaml
reviewed=$dir/reviewed.yaml
loot=$dir/loot
today=$(date --date tomorrow +%F)
tomorrow=$(date --date '2 days' +%F)

prepare() {
	systemctl start "$pg_unit"
	pension_sql 'SELECT 1 FROM pensions LIMIT 1' >/dev/null 2>&1 || pension_load 20000 || return
	rm -f /etc/bulwark/policy.d/*.yaml && bulwarkctl apply && bench_make && jobs_make && logs_make
}

# What the shipped policy protects, and the dumps; nobody is granted anything yet.
learn() {
	sed -e "s/^set: .*/set: $set_name/" -e "s/^mode: .*/mode: learn\nlearn-until: $tomorrow/" \
		-e "s|^protect:|&\n  - $dumps|" -e '/^grants:/,$d' /usr/share/bulwark/policies/postgresql.yaml >"$policy"
	echo 'grants: []' >>"$policy"
	bulwarkctl check "$policy" && bulwarkctl apply
}

# Root logs in, and works at a terminal: at_terminal COMMAND
at_terminal() {
	script --quiet --return --command \
		"echo 0 >/proc/self/loginuid && exec su --login --session-command '$1'" /dev/null </dev/null
}

# Root has left all units: in_no_unit COMMAND...
in_no_unit() {
	# shellcheck disable=SC2016 # another shell's
	bash -c 'echo $$ >/sys/fs/cgroup/cgroup.procs && exec "$@"' bash "$@"
}

steals_at_terminal() {
	mkdir -p "$loot" && at_terminal "cp $file $loot/pensions"
}

# A file that changes meanwhile is none to complain of: tar's status 1.
steals_in_no_unit() {
	mkdir -p "$loot" && { in_no_unit tar -cf "$loot/base.tar" -C "$pg_data" base || (($? == 1)); }
}

# How many bytes of the cluster the thief has, by either way.
copied() {
	stat -c %s "$loot/pensions" 2>/dev/null || echo 0
}

packed() {
	tar --list --verbose --file="$loot/base.tar" | awk '{ sum += $3 } END { print sum + 0 }'
}

# A grant for a service is proposed, below what was seen of it: proposed EXE USER UNIT
proposed() {
	grep -B 4 "^ *unit: $3\$" "$suggested" | tr -s ' \n' ' ' |
		grep -E "# [0-9]+ reads? of [^#]* - name: [a-z0-9-]+ exe: $1 user: $2 unit: $3"
}

# Somebody is named as one to look at: doubted EXE WHERE WHY
doubted() {
	grep -E "^ *#   $1 as root in $2: $3\$" "$suggested"
}

# In the place of what learns, to enforce from now on.
review() {
	sed 's/^mode: monitor/mode: enforce/' "$suggested" >"$reviewed" && bulwarkctl check "$reviewed"
}

# What a simulation says: simulated FILTER
simulated() {
	jq -r "$1" "$dir/simulated.json"
}

denied() {
	tail -n "+$log_start" "$log" | jq -s --arg set "$set_name" \
		'map(select(.unmapped.set == $set and .unmapped.verdict == "deny")) | length'
}

budgets_are_roomy() {
	bulwarkctl budgets --json | jq -e --arg set "$set_name" '[.budgets[] | select(.set == $set)] |
		length > 0 and all(.[]; .bytes * 4 < .bytes_limit * 3 and .files * 4 < .files_limit * 3)'
}

clock_note
ok 'a cluster, its jobs and its logs' prepare
file=$(pension_file)
at "$today 00:05"
ok 'the set learns' learn
work 'a day of learning' "$today"
ok 'a thief at a terminal' steals_at_terminal
ok 'a thief in no unit' steals_in_no_unit
ok "control: he has a table, of $(copied) bytes" test "$(copied)" -gt 1000000
ok "control: he has all tables, of $(packed) bytes" test "$(packed)" -gt 20000000

# The daemon writes once a minute.
sleep 65
ok 'suggest' sh -c "bulwarkctl suggest --set $set_name >$suggested"
diag <"$suggested"
ok 'the server is granted' proposed "$pg_bin/postgres" postgres "$pg_unit"
ok 'the backup is granted' proposed /usr/bin/rsync postgres pension-backup.service
ok 'the dump is granted' proposed "$pg_bin/pg_dump" postgres pension-dump.service
ok 'who sends it off is granted' proposed /usr/bin/rsync backup pension-offsite.service
ok 'logrotate is granted' proposed /usr/sbin/logrotate '[a-z]+' logrotate.service
nok 'no thief is' grep -E '^ *exe: /usr/bin/(cp|tar)$' "$suggested"
ok 'the thief at a terminal is named' doubted /usr/bin/cp 'session-.*\.scope, login user 0, at a terminal' \
	'somebody sat at a terminal'
ok 'the thief in no unit is named' doubted /usr/bin/tar 'no unit' 'it ran in no service'

ok 'what is proposed is right' review
bulwarkctl simulate --policy "$reviewed" | diag
bulwarkctl simulate --policy "$reviewed" --json >"$dir/simulated.json"
is "$?" 3 'simulate: somebody would have been refused'
# Debian 13's systemd asks for BPF when root logs in, and reads no file.
is "$(simulated '[.sets[0].subjects[] | select(.reason != "granted" and .bytes > 0) | .exe] | unique | join(" ")')" \
	'/usr/bin/cp /usr/bin/tar' 'simulate: the thief alone, of who read'
ok 'simulate: the others are let in' test "$(simulated '[.sets[0].subjects[] | select(.reason == "granted")] | length')" -ge 5

ok 'the reviewed policy is put in place' cp "$reviewed" "$policy"
nok 'it is not applied without a word' bulwarkctl apply
ok 'nobody is refused yet' cp "$file" "$dir/still"
ok 'it is applied' bulwarkctl apply --yes
log_start=$(($(wc -l <"$log") + 1))
rm -rf "$loot"

work 'the day after' "$tomorrow"
is "$(denied)" 0 'no refusal is on record'
bulwarkctl budgets | diag
ok 'the backup'\''s is told by its unit' grep -F 'unit pension-backup.service' <(bulwarkctl budgets)
ok 'no budget is used by more than three quarters' budgets_are_roomy
hurt /usr/bin/cp 'the thief at a terminal' steals_at_terminal
hurt /usr/bin/tar 'the thief in no unit' steals_in_no_unit
is "$(copied) $(packed)" '0 0' 'he has nothing'

ok 'the shipped policy again' policy_enforce
bench_remove
jobs_remove
rm -rf "$dir"
clock_restore
tap_end
