# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a pension database in this host's PostgreSQL; sourced
# shellcheck shell=bash disable=SC2034

pg_version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -n 1)
pg_bin=/usr/lib/postgresql/$pg_version/bin
pg_data=/var/lib/postgresql/$pg_version/main
pg_unit=postgresql@$pg_version-main.service

# A command as the database's owner, in a directory that he may enter.
as_postgres() {
	(cd / && runuser -u postgres -- "$@")
}

# SQL as the database's owner: pension_sql STATEMENT...
pension_sql() {
	local statement arguments=()
	for statement; do
		arguments+=(--command "$statement")
	done
	as_postgres psql --no-psqlrc --quiet --tuples-only --no-align \
		--set ON_ERROR_STOP=1 --dbname "${pension_database:-pension}" "${arguments[@]}"
}

# Loads so many pensions: pension_load RECORDS
pension_load() {
	local pension_database=postgres
	pension_sql 'CREATE DATABASE pension' || return
	pension_database=pension
	pension_sql 'CREATE TABLE pensions (
			number bigint PRIMARY KEY,
			name text NOT NULL,
			born date NOT NULL,
			iban text NOT NULL,
			monthly numeric(9,2) NOT NULL,
			paid_on date NOT NULL)' \
		"INSERT INTO pensions
		 SELECT 1000000000 + n,
			'Pensioner ' || md5(n::text),
			date '1930-01-01' + (n % 14000),
			'MA64' || lpad((n * 7919)::text, 20, '0'),
			2000 + (n % 900000) / 100.0,
			date '2026-10-01' + (n % 28)
		 FROM generate_series(1, $1) AS n" \
		'CHECKPOINT'
}

# Path of the file that holds the pensions.
pension_file() {
	echo "$pg_data/$(pension_sql "SELECT pg_relation_filepath('pensions')")"
}

# A configuration file among the data, for pension_server to show.
pension_probe=$pg_data/pension-probe.conf

pension_probe_make() {
	echo 'port = 5999' >"$pension_probe"
	chown postgres: "$pension_probe"
}

# The server's binary as a way of reading, which works for root as well: asked for
# a setting, it shows what a file says.  Sets server_command: pension_server BINARY
pension_server() {
	server_command=("$1" -C port -D "$pg_data" -c config_file="$pension_probe")
}

# Microseconds since boot: since PROPERTY UNIT
since() {
	systemctl show --property "$1TimestampMonotonic" --value "$2"
}

# In this boot: protection stood before the database.
started_in_order() {
	local ready database
	ready=$(since ActiveEnter bulwarkd.service)
	database=$(since InactiveExit "$pg_unit")
	echo "bulwarkd ready at $ready, $pg_unit started at $database microseconds"
	((ready > 0 && database > ready))
}
