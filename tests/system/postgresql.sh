#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a protected PostgreSQL: detours, impostors, and the daemon's death
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/ways.sh
. ./ways.sh
# shellcheck source=tests/system/pension.sh
. ./pension.sh

log=/var/log/bulwark/events.jsonl

# The way must read: reads NAME COMMAND...
reads() {
	local name=$1
	shift
	way_try "$@"
	is "$way_seen" read "$name"
}

# The way must be refused with EACCES and bring no byte: refuses NAME COMMAND...
refuses() {
	local name=$1
	shift
	way_try "$@"
	is "$way_seen" refused "$name"
}

# Runs a command as postgres in a unit of that name: in_unit UNIT COMMAND...
# By a unit file: systemd-run makes no instance of a template that exists.
in_unit() {
	local unit=/run/systemd/system/$1 output
	output=$(mktemp -d)
	shift

	cat >"$unit" <<-END
	[Service]
	Type=oneshot
	User=postgres
	ExecStart=$*
	StandardOutput=file:$output/out
	StandardError=file:$output/err
	END
	systemctl daemon-reload
	systemctl start "$(basename "$unit")"
	cat "$output/out"
	cat "$output/err" >&2
	rm -rf "$unit" "$output"
	systemctl daemon-reload
}

engine() {
	systemctl show --property MainPID --value bulwarkd.service
}

logger() {
	pgrep -P "$(engine)"
}

# Ids of the programs' links, as root sees them.
links() {
	bpftool --json link list | jq -r '.[] | select(.attach_type == "lsm_mac") | .id'
}

# Records that jq's condition selects: records CONDITION
records() {
	jq -s "map(select($1)) | length" "$log"
}

# Waits until a condition on the records holds: recorded CONDITION
recorded() {
	local tries
	for ((tries = 0; tries < 60; tries++)); do
		[[ $(records "$1") -gt 0 ]] && return
		sleep 1
	done
	return 1
}

daemon_ready() {
	local tries
	for ((tries = 0; tries < 60; tries++)); do
		systemctl is-active --quiet bulwarkd.service && bulwarkctl status >/dev/null && return
		sleep 1
	done
	return 1
}

# Refused and served before and after something was done to Bulwark: withstands NAME COMMAND...
withstands() {
	local name=$1
	shift
	refuses "$name: refused before" way_cp "$file"
	"$@" >/dev/null 2>&1
	refuses "$name: refused after" way_cp "$file"
	refuses "$name: a new file is refused" way_cat "$(new_file)"
	is "$(pension_sql 'SELECT count(*) FROM pensions')" "$count" "$name: the database answers"
}

# Path of a file that PostgreSQL has only just made.
new_file() {
	local table
	table=made_$(date +%s%N)
	pension_sql "CREATE TABLE $table AS SELECT * FROM generate_series(1, 1000)" CHECKPOINT
	echo "$pg_data/$(pension_sql "SELECT pg_relation_filepath('$table')")"
}

postmaster() {
	head -n 1 "$pg_data/postmaster.pid"
}

# How many ways that bulwarkctl knows to this file came to this end: selftest RESULT FILE
selftest() {
	bulwarkctl selftest --json "$2" | jq ".$1"
}

detach_all() {
	local id
	for id in $(links); do
		bpftool link detach id "$id"
	done
}

remove_pins() {
	find /sys/fs/bpf -type f -delete
	umount -l /sys/fs/bpf
	mount -t bpf bpf /sys/fs/bpf
}

systemctl start "$pg_unit"
pension_sql 'SELECT 1 FROM pensions LIMIT 1' >/dev/null 2>&1 || pension_load 1000
count=$(pension_sql 'SELECT count(*) FROM pensions')
file=$(pension_file)
mkdir -p /srv/space && chown postgres: /srv/space
pension_sql "CREATE TABLESPACE elsewhere LOCATION '/srv/space'" \
	'CREATE TABLE placed_elsewhere TABLESPACE elsewhere AS SELECT * FROM generate_series(1, 1000)' CHECKPOINT
elsewhere=$pg_data/$(pension_sql "SELECT pg_relation_filepath('placed_elsewhere')")

rm -f /etc/bulwark/policy.d/*.yaml
bulwarkctl apply >/dev/null
reads 'control: without a policy, root reads' way_cp "$file"
pension_probe_make
pension_server "$pg_bin/postgres"
reads 'control: the real server binary, run by root' "${server_command[@]}"
reads 'control: the tablespace' way_cat "$elsewhere"
reads "control: the server's memory" way_memory "$(postmaster)"
leaked=$(selftest leaked "$file")
ok "control: $leaked ways lead to a table" test "$leaked" -ge 80

sed 's/^mode: .*/mode: enforce/' /usr/share/bulwark/policies/postgresql.yaml \
	>/etc/bulwark/policy.d/postgresql.yaml
ok 'the policy is applied' bulwarkctl apply
ok 'the host is protected' bulwarkctl status
refuses 'cp' way_cp "$file"
reads 'control: another file on the same filesystem' way_cp /etc/os-release

# Whatever leads to the inode.
refuses 'a new file of the server' way_cat "$(new_file)"
refuses 'a tablespace outside the data directory' way_cat "$elsewhere"
for way in move hard_link bind_mount mount_namespace user_namespace chroot proc_root overlay; do
	refuses "through ${way//_/ }" "way_$way" "$file"
done
ok 'the file is where it was' test -f "$file"
is "$(selftest leaked "$file")" 0 'none of the ways that bulwarkctl knows leads to a table'
is "$(selftest leaked "$elsewhere")" 0 'nor to one in the tablespace'
refused=$(selftest refused "$file")
ok "it has tried $refused of them" test "$refused" -ge "$leaked"
refuses "the server's memory" way_memory "$(postmaster)"
refuses 'strace of the server' timeout 20 strace -p "$(postmaster)"

# Whoever pretends to be the server.
cp "$pg_bin/postgres" /usr/local/bin/postgres-copy
pension_server /usr/local/bin/postgres-copy
refuses 'a copy of the server binary, by root' "${server_command[@]}"
refuses 'a copy of the server binary, in the right unit' \
	in_unit postgresql@copy.service "${server_command[@]}"
pension_server "$pg_bin/postgres"
refuses 'the real one, by root' "${server_command[@]}"
refuses 'the real one, by postgres outside its unit' as_postgres "${server_command[@]}"
refuses 'the real one, by postgres in another unit' in_unit other.service "${server_command[@]}"
reads 'control: the real one, by postgres in its unit' \
	in_unit postgresql@control.service "${server_command[@]}"
rm -f /usr/local/bin/postgres-copy

# The daemon's death changes no verdict.
ok 'the daemon is ready' daemon_ready
withstands 'the logger killed' sh -c "kill -KILL $(logger)"
ok 'the logger is replaced' daemon_ready
withstands 'the engine killed' kill -KILL "$(engine)"
ok 'the daemon is back' daemon_ready
withstands 'links detached' detach_all
withstands 'pins removed' remove_pins
withstands 'rmmod' rmmod bulwark
ok 'the module is still there' test -d /sys/module/bulwark

withstands 'the daemon stopped' systemctl stop bulwarkd.service
cp /bin/cat /usr/local/bin/while-stopped
refuses 'a reader while the daemon is stopped' /usr/local/bin/while-stopped "$file"
systemctl start bulwarkd.service
ok 'the daemon is ready again' daemon_ready
ok 'what was refused meanwhile is on record' \
	recorded '.actor.process.name == "while-stopped" and .unmapped.verdict == "deny"'
ok 'the interval is on record' recorded '.unmapped.event == "gap"'
rm -f /usr/local/bin/while-stopped

# The database never notices.
ok 'VACUUM' pension_sql VACUUM
ok 'checkpoint' pension_sql CHECKPOINT
ok 'restart' systemctl restart "$pg_unit"
is "$(pension_sql 'SELECT count(*) FROM pensions')" "$count" 'every record is there after the restart'
ok 'pg_lsclusters finds the cluster online' sh -c 'pg_lsclusters --no-header | grep -q online'
ok 'crash recovery after kill -9 of the postmaster' sh -c "
	kill -KILL $(postmaster) && sleep 2 && systemctl restart $pg_unit"
is "$(pension_sql 'SELECT count(*) FROM pensions')" "$count" 'every record is there after the crash'

pension_sql 'DROP TABLE placed_elsewhere' 'DROP TABLESPACE elsewhere'
tap_end
