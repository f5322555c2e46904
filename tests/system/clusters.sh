# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - more clusters beside the pension database's, and work on their files; sourced
#
# Needs lib.sh, ways.sh and pension.sh.  A function of theirs that asks a database
# asks another cluster's under PGCLUSTER=VERSION/NAME.
# shellcheck shell=bash disable=SC2034,SC2154

clusters=/var/lib/postgresql/xfs
other_disk=/srv/xfs

log=/var/log/bulwark/events.jsonl
# Where the records of this scenario begin.
log_start=$(($(wc -l <"$log") + 1))

# An XFS that is the clusters' other filesystem: below $clusters as one of the places that
# the policy names, at $other_disk as one that it doesn't.
other_disk_mount() {
	truncate -s 2G /srv/xfs.img && mkfs.xfs -q -m reflink=1 /srv/xfs.img &&
		mkdir -p "$other_disk" "$clusters" && mount -o loop /srv/xfs.img "$other_disk" &&
		install -d -o postgres -m 700 "$other_disk/clusters" "$other_disk/space" &&
		mount --bind "$other_disk/clusters" "$clusters"
}

other_disk_umount() {
	umount "$clusters" && umount "$other_disk" && rmdir "$clusters" "$other_disk" &&
		rm /srv/xfs.img
}

cluster_unit() {
	echo "postgresql@$pg_version-$1.service"
}

# Describes a cluster whose files are made otherwise as Debian would: cluster_describe NAME PORT
cluster_describe() {
	local settings=/etc/postgresql/$pg_version/$1

	cp -a "/etc/postgresql/$pg_version/main" "$settings" &&
		sed -i "s|^data_directory = .*|data_directory = '$clusters/$1'|; s|^port = .*|port = $2|
			s|$pg_version/main|$pg_version/$1|g; s|$pg_version-main|$pg_version-$1|g" \
			"$settings/postgresql.conf" &&
		systemctl daemon-reload
}

# Path of the file that holds a cluster's pensions: cluster_file NAME
cluster_file() {
	echo "$clusters/$1/$(PGCLUSTER=$pg_version/$1 pension_sql "SELECT pg_relation_filepath('pensions')")"
}

# A command in the unit that the shipped policy grants work on files: maintain USER COMMAND...
maintain() {
	local user=$1
	shift

	systemd-run --quiet --pipe --wait --collect --unit=postgresql-maintenance --uid="$user" "$@"
}

# The shipped policy enforces, with those of its examples: policy_enforce NAME...
policy_enforce() {
	local file=/etc/bulwark/policy.d/postgresql.yaml name

	sed 's/^mode: .*/mode: enforce/' /usr/share/bulwark/policies/postgresql.yaml >"$file"
	for name; do
		sed -i "/^#  - name: $name\$/,/^#    reason:/ s/^#//; s|^  # \(- .*/$name\)\$|  \1|" "$file"
		grep -qE "^  - (name: |/.*/)$name\$" "$file" || return
	done
	bulwarkctl apply
}

# How many refusals the kernel has counted, of anybody.
refusals() {
	bulwarkctl status --json | jq .counters.refused
}

# The work must succeed while nobody is refused anything: granted NAME COMMAND...
granted() {
	local name=$1 before after
	before=$(refusals)

	ok "$@"
	after=$(refusals)
	is "$((after - before))" 0 "$name: nothing was refused" || bulwarkctl events -n 5 | diag
}

# The work must fail, and be counted and recorded as refused to that program: hurt EXE NAME COMMAND...
hurt() {
	local exe=$1 before
	before=$(refusals)
	shift

	nok "$@"
	ok "$1: it is counted" test "$(refusals)" -gt "$before"
	ok "$1: it is recorded" wait_for 30 refusal_of "$exe"
}

# Is a refusal of that program on record, of this scenario?
refusal_of() {
	tail -n "+$log_start" "$log" |
		jq -es --arg exe "$1" 'any(.actor.process.file.path == $exe and .unmapped.verdict == "deny")'
}

is_refused() {
	way_try way_cp "$1"
	[[ $way_seen == refused ]]
}

# Root gets nothing of the file: closed NAME FILE.  The engine has a moment to find new places:
# after it has looked it rests ten times as long, and a busy guest takes seconds to look.
closed() {
	ok "$1: a file is there" test -s "$2"
	ok "$1: root's cp is refused" wait_for 120 is_refused "$2"
}
