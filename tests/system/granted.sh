#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - granted work is not hurt (INV-11): what PostgreSQL and its administrators
# do with a cluster's files, under the shipped policy that enforces
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

server_log=/var/log/postgresql/postgresql-$pg_version-main.log

pensions() {
	pension_sql 'SELECT count(*) FROM pensions'
}

# Path of the file that holds a database's pensions: file_in DATABASE
file_in() {
	local pension_database=$1
	pension_file
}

# Is the number of pensions in a database right?  complete DATABASE
complete() {
	local pension_database=$1
	[[ $(pensions) == "$count" ]]
}

same_in_cluster() {
	PGCLUSTER=$pg_version/$1 complete pension
}

found_by_name() {
	[[ $(pension_sql 'SET enable_seqscan = off' \
		"SELECT number FROM pensions WHERE name LIKE '%' || md5('7')") == 1000000007 ]]
}

# The compiled query reads on, with buffers that are empty after a restart.
jit_compiles() {
	pension_sql 'SET jit_above_cost = 0' 'SET jit_inline_above_cost = 0' 'SET jit_optimize_above_cost = 0' \
		'EXPLAIN (ANALYZE) SELECT sum(monthly) FROM pensions WHERE monthly > 2001' | grep -A 2 '^JIT:' | grep Functions
}

# What a library that others than root can write makes of the process that loads it.
stray_library() {
	install -d -o postgres /srv/stray &&
		install -o postgres -m 755 "/usr/lib/postgresql/$pg_version/lib/pg_trgm.so" /srv/stray/stray.so &&
		pension_sql "LOAD '/srv/stray/stray.so'" 'SELECT count(*) FROM pensions'
}

says() {
	pension_sql "DO 'BEGIN RAISE LOG ''$1''; END'"
}

logrotate_works() {
	logrotate --force /etc/logrotate.d/postgresql-common && says 'after the rotation' &&
		[[ -s $server_log.1 ]] && grep -q 'after the rotation' "$server_log"
}

# The server's own logs lie in the set, so the server reads them.
collector_rotates() {
	pension_sql 'SELECT pg_rotate_logfile()' && sleep 2 && says 'in the new file' && sleep 1 &&
		[[ $(find "$pg_data/log" -name '*.log' | wc -l) -ge 2 ]] &&
		pension_sql 'SELECT pg_read_file(pg_current_logfile())' | grep -q 'in the new file'
}

# Pensions that no checkpoint has seen, and a postmaster that dies.
crash() {
	pension_sql 'INSERT INTO pensions SELECT number + 5000000000, name, born, iban, monthly, paid_on FROM pensions' &&
		kill -KILL "$(head -n 1 "$pg_data/postmaster.pid")" && sleep 2 && systemctl restart "$pg_unit"
}

rewind() {
	maintain postgres "$pg_bin/pg_rewind" --target-pgdata="$clusters/standby" --write-recovery-conf \
		--source-server='dbname=postgres port=5432' \
		--config-file="/etc/postgresql/$pg_version/standby/postgresql.conf"
}

# Debian's own tool, between two clusters of one version: upgrade METHOD NEW
upgrade() {
	maintain root pg_upgradecluster -v "$pg_version" -m "$1" --rename "$2" \
		"$pg_version" standby "$clusters/$2"
}

restart_with() {
	pension_sql "$@" && systemctl restart "$pg_unit"
}

systemctl start "$pg_unit"
pension_sql 'SELECT 1 FROM pensions LIMIT 1' >/dev/null 2>&1 || pension_load 20000
count=$(pensions)
ok 'an XFS beside the host'\''s filesystem' other_disk_mount
ok 'the shipped policy enforces' policy_enforce
ok 'the host is protected' bulwarkctl status
nok 'no warning about it' sh -c 'bulwarkctl check /etc/bulwark/policy.d | grep warning:'
hurt /usr/bin/cat 'control: root'\''s cat' cat "$(pension_file)"

granted 'logrotate' logrotate_works
granted 'restart with an extension'\''s library' restart_with \
	"ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'" \
	'ALTER SYSTEM SET logging_collector = on' 'ALTER SYSTEM SET wal_log_hints = on' \
	"ALTER SYSTEM SET wal_keep_size = '512MB'"
hurt "$pg_bin/postgres" 'control: a backend with a stray library' stray_library
granted 'JIT' jit_compiles
granted 'extensions' pension_sql 'CREATE EXTENSION pg_stat_statements' 'CREATE EXTENSION pg_trgm'
granted 'an index by an extension' pension_sql 'CREATE INDEX ON pensions USING gin (name gin_trgm_ops)'
granted 'a search by it' found_by_name
granted 'rotation by the server' collector_rotates
closed 'its log in the set' "$(find "$pg_data/log" -name '*.log' | head -n 1)"

# A standby from a base backup, which goes its own way and is brought back.
granted 'pg_basebackup' maintain postgres "$pg_bin/pg_basebackup" --pgdata="$clusters/standby" \
	--write-recovery-conf --wal-method=stream --checkpoint=fast
ok 'the standby is described' cluster_describe standby 5433
granted 'the standby starts' systemctl start "$(cluster_unit standby)"
granted 'it has every record' same_in_cluster standby
standby_file=$(cluster_file standby)
closed 'the base backup' "$standby_file"
ok 'the policy is applied to the new cluster' bulwarkctl apply
granted 'pg_ctlcluster promotes it' pg_ctlcluster "$pg_version" standby promote
PGCLUSTER=$pg_version/standby granted 'it goes its own way' pension_sql 'DELETE FROM pensions' CHECKPOINT
granted 'so does the primary' pension_sql 'CREATE TABLE later AS SELECT 1' CHECKPOINT
granted 'the standby stops' systemctl stop "$(cluster_unit standby)"
hurt "$pg_bin/pg_rewind" 'control: pg_rewind without its grant' rewind
ok 'its grant is taken in' policy_enforce rewind
granted 'pg_rewind' rewind
granted 'the rewound standby starts' systemctl start "$(cluster_unit standby)"
granted 'it has every record again' wait_for 30 same_in_cluster standby
closed 'the rewound cluster' "$(cluster_file standby)"

# The standby becomes a cluster that is upgraded.
granted 'pg_promote' env PGCLUSTER="$pg_version/standby" runuser -u postgres -- psql -qc 'SELECT pg_promote()'
hurt "$pg_bin/pg_upgrade" 'control: pg_upgrade without its grant' upgrade clone cloned
ok 'its grants are taken in' policy_enforce upgrade upgrade-wal upgrade-control upgrade-copy pg_upgrade_output.d
for method in clone link; do
	new=${method%e}ed
	granted "pg_upgradecluster --$method" upgrade "$method" "$new"
	granted "$new: the cluster starts" systemctl start "$(cluster_unit "$new")"
	granted "$new: it has every record" same_in_cluster "$new"
	closed "$new" "$(cluster_file "$new")"
	ok "$new: the cluster stops" systemctl stop "$(cluster_unit "$new")"
done
closed 'the same file in the old cluster' "$standby_file"
ok 'the shipped policy again' policy_enforce

granted 'CREATE DATABASE, by WAL' pension_sql 'CREATE DATABASE by_wal TEMPLATE pension STRATEGY wal_log'
granted 'CREATE DATABASE, by files' pension_sql 'CREATE DATABASE by_files TEMPLATE pension STRATEGY file_copy'
granted 'a tablespace on another filesystem' pension_sql "CREATE TABLESPACE space LOCATION '$other_disk/space'"
granted 'CREATE DATABASE, by files, on XFS' \
	pension_sql 'CREATE DATABASE on_xfs TEMPLATE pension STRATEGY file_copy TABLESPACE space'
for database in by_wal by_files on_xfs; do
	granted "$database: it has every record" complete "$database"
	closed "$database" "$(file_in "$database")"
done

granted 'a crash and its recovery' crash
is "$(pensions)" $((count * 2)) 'every record is there'
granted 'they go again' pension_sql 'DELETE FROM pensions WHERE number > 5000000000' VACUUM

hurt /usr/bin/tail 'control: a refusal is counted to the last' tail -n 1 "$(pension_file)"

pension_sql 'DROP TABLE later'
for database in by_wal by_files on_xfs; do
	pension_database=postgres pension_sql "DROP DATABASE $database"
done
pension_sql 'DROP TABLESPACE space' 'DROP EXTENSION pg_stat_statements' 'DROP EXTENSION pg_trgm CASCADE' \
	'ALTER SYSTEM RESET ALL'
systemctl restart "$pg_unit"
for cluster in linked cloned standby; do
	ok "$cluster is dropped" pg_dropcluster --stop "$pg_version" "$cluster"
done
ok 'the other filesystem goes' other_disk_umount
rm -rf /srv/stray
tap_end
