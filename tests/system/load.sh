# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a day of work with a cluster, its dumps and its logs, by jobs in units of their own; sourced
#
# Needs lib.sh, ways.sh, pension.sh and clusters.sh.
# shellcheck shell=bash disable=SC2154

dumps=/srv/dumps
backups=/srv/backups
rotation=/etc/logrotate.d/pension-server

# A job as a timer would start it: job_make NAME USER COMMAND LINE...
job_make() {
	local unit=/etc/systemd/system/$1.service

	printf '[Service]\nType=oneshot\nUMask=0027\nUser=%s\nExecStart=%s\n' "$2" "$3" >"$unit"
	shift 3
	printf '%s\n' "$@" >>"$unit"
}

# A file that goes while it is copied is nothing to complain of: rsync's status 24.
jobs_make() {
	install -d -o postgres -g backup -m 2750 "$dumps" &&
		install -d -o postgres -m 700 "$backups/files" && install -d -o backup -m 700 "$backups/dumps" || return
	job_make pension-backup postgres "/usr/bin/rsync --archive --ignore-times --delete $pg_data/base $backups/files" \
		SuccessExitStatus=24
	job_make pension-dump postgres "$pg_bin/pg_dump --format=custom --file=$dumps/pension.dump pension"
	job_make pension-offsite backup "/usr/bin/rsync --archive --ignore-times $dumps/ $backups/dumps"
	systemctl daemon-reload
}

jobs_remove() {
	rm -rf /etc/systemd/system/pension-{backup,dump,offsite}.service "$rotation" "$dumps" "$backups"
	systemctl daemon-reload
}

# The server writes a log of its own among its data, which logrotate takes away.
logs_make() {
	cat >"$rotation" <<-END
		$pg_data/log/server.log {
			size 1
			rotate 10
			copytruncate
			delaycompress
			compress
			su postgres postgres
		}
	END
	pension_sql 'ALTER SYSTEM SET logging_collector = on' "ALTER SYSTEM SET log_filename = 'server.log'" \
		'ALTER SYSTEM SET log_rotation_age = 0' 'ALTER SYSTEM SET log_checkpoints = on' \
		'ALTER SYSTEM SET autovacuum_naptime = 1' && restarts && rotates
}

bench_make() {
	as_postgres "$pg_bin/pgbench" --initialize --quiet pension
}

bench_remove() {
	pension_sql 'DROP TABLE pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers' \
		'ALTER SYSTEM RESET ALL' && restarts && rm -rf "$pg_data/log"
}

restarts() {
	systemctl restart "$pg_unit" && pension_sql 'CHECKPOINT'
}

# The server tells of each checkpoint.
rotates() {
	pension_sql CHECKPOINT && systemctl start logrotate.service && [[ -s $pg_data/log/server.log.1 ]]
}

compresses() {
	rotates && [[ -s $pg_data/log/server.log.2.gz ]]
}

backs_up() {
	rm -rf "$backups/files/base"
	systemctl start pension-backup.service &&
		(($(find "$backups/files" -type f -size +0 | wc -l) > 100))
}

dumps_database() {
	rm -f "$dumps/pension.dump"
	systemctl start pension-dump.service && [[ -s $dumps/pension.dump ]]
}

sends_off() {
	rm -f "$backups/dumps/pension.dump"
	systemctl start pension-offsite.service &&
		[[ $(stat -c %s "$backups/dumps/pension.dump") == $(stat -c %s "$dumps/pension.dump") ]]
}

benches() {
	as_postgres "$pg_bin/pgbench" --no-vacuum --client 2 --transactions 200 pension
}

vacuums() {
	pension_sql "SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'pensions'"
}

is_vacuumed() {
	(($(vacuums) > $1))
}

autovacuums() {
	local before
	before=$(vacuums)

	pension_sql 'UPDATE pensions SET monthly = monthly + 1' && wait_for 60 is_vacuumed "$before"
}

# Somebody asks the server each half hour of a day: asks DATE FROM-HOUR TO-HOUR
asks() {
	local half

	for ((half = $2 * 2; half < $3 * 2; half++)); do
		date --set "$(printf '%s %02d:%02d' "$1" $((half / 2)) $((half % 2 * 30)))" &&
			pension_sql 'SELECT count(*) FROM pensions' || return
	done
}

# The host's clocks show that, and the daemon knows: at MOMENT
at() {
	date --set "$1" >/dev/null && sleep 3
}

# All must succeed while nobody is refused anything: work NAME DATE
work() {
	at "$2 00:10"
	granted "$1: logrotate" compresses
	at "$2 01:30"
	granted "$1: the files' backup" backs_up
	at "$2 02:30"
	granted "$1: pg_dump" dumps_database
	granted "$1: the dump is sent off" sends_off
	at "$2 03:30"
	granted "$1: a restart" restarts
	granted "$1: a question each half hour" asks "$2" 4 15
	granted "$1: pgbench" benches
	granted "$1: autovacuum" autovacuums
	granted "$1: questions in the evening" asks "$2" 15 23
	at "$2 23:30"
	granted "$1: pgbench, late" benches
}
