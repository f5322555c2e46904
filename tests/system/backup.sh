#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the nightly backup: its executable, script, user, unit and hours, and so much;
# by the zone's clocks, also in the night in which they are turned
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh

documents=/srv/attestations
copies=/srv/backup
script=/usr/local/sbin/pension-backup
unit=pension-backup.service
policy=/etc/bulwark/policy.d/attestations.yaml
zone=Europe/Helsinki
count=200
bytes=4096

prepare() {
	install -d -o root -g backup -m 750 "$documents" || return
	install -d -o backup -m 700 "$copies" || return
	for ((i = 0; i < count; i++)); do
		head -c "$bytes" /dev/urandom >"$documents/$i.pdf" || return
	done
	printf '#!/bin/sh\nrsync --archive --no-owner --no-group %s/ %s/\n' "$documents" "$copies" >"$script"
	chmod 755 "$script"
	cat >"/etc/systemd/system/$unit" <<-END
		[Service]
		Type=oneshot
		User=backup
		ExecStart=$script
	END
	systemctl daemon-reload
}

# The grant, under a name that nothing was read by, and its number of files: grant VERSION NAME FILES
grant() {
	cat >"$policy" <<-END
		set: attestations
		version: $1
		mode: enforce
		protect: [$documents]
		grants:
		  - name: $2
		    exe: /usr/bin/rsync
		    script: $script
		    user: backup
		    unit: $unit
		    hours: Mon..Sun 01:00-04:30 $zone
		    budget: { bytes: 1GiB, files: $3, every: 24h, per: unit }
	END
	bulwarkctl apply
}

# The clocks show that in Helsinki, and the daemon knows: at MOMENT
at() {
	date --set "@$(TZ=$zone date --date "$1" +%s)" >/dev/null && sleep 3
}

# A night's work, from nothing: did all come?
backs_up() {
	find "$copies" -mindepth 1 -delete
	systemctl start "$unit" && [[ $(find "$copies" -name '*.pdf' -size "${bytes}c" | wc -l) = "$count" ]]
}

none_came() {
	[[ -z $(find "$copies" -name '*.pdf') ]]
}

# Somebody starts that rsync himself: by_hand COMMAND...
by_hand() {
	find "$copies" -mindepth 1 -delete
	"$@" rsync --archive --no-owner --no-group "$documents/" "$copies/"
}

# Is the last refusal of rsync for that reason?  told_as REASON
told_as() {
	[[ $(jq -r 'select(.unmapped.verdict == "deny" and .unmapped.set == "attestations") | .unmapped.reason' \
		/var/log/bulwark/events.jsonl | tail -n 1) = "$1" ]]
}

# The unit starts rsync itself, for as long as this takes: without_script COMMAND...
without_script() {
	local directory=/run/systemd/system/$unit.d status
	install -d "$directory"
	printf '[Service]\nExecStart=\nExecStart=/usr/bin/rsync --archive %s/ %s/\n' "$documents" "$copies" \
		>"$directory/direct.conf"
	systemctl daemon-reload
	"$@"
	status=$?
	rm -r "$directory"
	systemctl daemon-reload
	return "$status"
}

# What explain says of a way: explains TEXT ARGUMENT...
explains() {
	local text=$1
	shift
	bulwarkctl explain --exe /usr/bin/rsync "$@" "$documents/0.pdf" | grep -F "$text"
}

clock_note
ok 'the documents, the script and its unit' prepare
ok 'the policy applies' grant 1 nightly-backup 1000

ok 'half past one at night' at '2027-03-25 01:30'
ok 'the backup reads all' backs_up
ok 'its budget is told' grep -q nightly-backup <(bulwarkctl budgets)
ok 'a minute past its hours' at '2027-03-25 04:31'
nok 'the backup fails' backs_up
ok 'nothing came' none_came
ok 'it is told as wrong-hours' wait_for 20 told_as wrong-hours

# The clocks go from three to four: by those of the night before it would be half past three.
ok 'the night in which clocks are turned, 04:15' at '2027-03-28 04:15'
ok 'the backup reads all, after the turn' backs_up
ok 'the same night, 04:31' at '2027-03-28 04:31'
nok 'the backup fails, after the turn' backs_up
ok 'nothing came, after the turn' none_came
ok 'the night after, 01:01' at '2027-03-29 01:01'
ok 'the backup reads all, the night after' backs_up

nok 'the same rsync by hand' by_hand runuser -u backup --
ok 'nothing came by hand' none_came
ok 'it is told as wrong-unit' wait_for 20 told_as wrong-unit
nok 'the same rsync by its unit, without the script' without_script backs_up
ok 'nothing came without the script' none_came
ok 'it is told as wrong-script' wait_for 20 told_as wrong-script
nok 'the script by root' "$script"
ok 'nothing came by root' none_came
ok 'it is told as wrong-user' wait_for 20 told_as wrong-user

ok 'explain: granted' explains allow --user backup --unit "$unit" --script "$script" --at 2027-03-28T04:15
ok 'explain: the hours' explains '04:31' --user backup --unit "$unit" --script "$script" --at 2027-03-28T04:31
ok 'explain: the unit' explains "right  unit $unit" --user backup --script "$script" --at 2027-03-28T04:15
ok 'explain: the script' explains "right  script $script" --user backup --unit "$unit" --at 2027-03-28T04:15
ok 'explain: the user' explains 'right  user backup' --user root --unit "$unit" --script "$script" --at 2027-03-28T04:15

ok 'a grant for half of the documents' grant 2 half-a-backup $((count / 2))
nok 'the backup fails for its budget' backs_up
is "$(find "$copies" -name '*.pdf' -size "${bytes}c" | wc -l)" $((count / 2)) 'half of them came'
ok 'it is a finding' wait_for 20 told_as budget-files
is "$(jq -r 'select(.class_uid == 2006) | .unmapped | "\(.budget.files) of \(.budget.files_limit) \(.unit)"' \
	/var/log/bulwark/events.jsonl | tail -n 1)" "$((count / 2)) of $((count / 2)) $unit" 'with its totals'

rm -f "$policy"
ok 'without the policy' bulwarkctl apply
clock_restore
tap_end
