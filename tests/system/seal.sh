# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a pension database on a sealed host, and what must hold there; sourced
#
# Needs lib.sh, ways.sh and pension.sh.
# shellcheck shell=bash disable=SC2034,SC2154

log=/var/log/bulwark/events.jsonl
state_file=/sys/kernel/security/bulwark/state

# Outlives the reboot: what was seen before it, and the secrets of both seals.
seal_place=/root/seal

# The shipped policy for PostgreSQL enforces, and nothing else.
pension_protect() {
	rm -f /etc/bulwark/policy.d/*
	sed 's/^mode: .*/mode: enforce/' /usr/share/bulwark/policies/postgresql.yaml \
		>/etc/bulwark/policy.d/postgresql.yaml
	bulwarkctl apply
}

daemon_ready() {
	wait_for 60 bulwarkctl status
}

# Two of three officers open it: seal_close DIRECTORY
seal_close() {
	mkdir -p "$1" && bulwarkctl seal --yes --officers 3 --needed 2 --output "$1"
}

# An officer shows a secret: seal_show DIRECTORY OFFICER
seal_show() {
	bulwarkctl unseal "$1/officer-$2.secret"
}

# Two officers do: seal_open DIRECTORY OFFICER OFFICER
seal_open() {
	seal_show "$1" "$2" && seal_show "$1" "$3"
}

seal_state() {
	sed -n 's/^sealed //p' "$state_file"
}

seal_id() {
	sed -n 's/^seal-id //p' "$state_file"
}

log_length() {
	wc -l <"$log"
}

# Is there a record behind a line of the log that holds all those words?  told LINE WORD...
told() {
	local lines word
	lines=$(tail -n +"$(($1 + 1))" "$log")
	shift

	for word in "$@"; do
		lines=$(grep -F -- "$word" <<<"$lines")
	done
	[[ -n $lines ]]
}

# Nobody but the database reads: holds NAME
holds() {
	way_try way_cp "$file"
	is "$way_seen" refused "$1: the pensions are refused to cp"
	is "$(pension_sql 'SELECT count(*) FROM pensions')" "$count" "$1: the database reads them"
}

# A command that ends in vain, and says so: says NAME WORDS COMMAND...
says() {
	local name=$1 words=$2
	shift 2

	nok "$name fails" "$@"
	if grep -qF -- "$words" "$tap_output"; then
		tap_pass "$name: it says why"
		return
	fi
	tap_fail "$name: it says why"
	echo "expected among it: $words" | diag
	diag <"$tap_output"
}

# The same, refused by the seal, which is on record: vain NAME RECORD WORDS COMMAND...
vain() {
	local name=$1 record=$2 words=$3 from
	shift 3

	from=$(log_length)
	says "$name" "$words" "$@"
	ok "$name: it is on record" wait_for 30 told "$from" "\"$record\"" '"deny"'
	holds "$name"
}
