#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a host that was rebooted under the seal (sealed.sh): it enforces before the
# database starts, isn't sealed any more, and knows none of the old secrets
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/packages.sh
. ./packages.sh
# shellcheck source=tests/system/ways.sh
. ./ways.sh
# shellcheck source=tests/system/pension.sh
. ./pension.sh
# shellcheck source=tests/system/seal.sh
. ./seal.sh

before=$seal_place/third
after=$seal_place/after

server_log=/var/log/postgresql/postgresql-$pg_version-main.log

# What the database said of itself when it started last.
found_itself() {
	grep -oE 'database system was (shut down|interrupted|not properly shut down)' "$server_log" | tail -n 1
}

ok 'control: it was rebooted' test "$(cat /proc/sys/kernel/random/boot_id)" != "$(cat "$seal_place/boot-id")"
ok 'the sealed host was shut down in order' \
	journalctl --boot=-1 --quiet --grep 'Reached target .*reboot\.target'
is "$(found_itself)" 'database system was shut down' 'and so was the database'
ok 'the log is as long as it was, at least' test "$(log_length)" -ge "$(cat "$seal_place/log-length")"
ok 'bulwarkd was ready before PostgreSQL started' started_in_order
ok 'the host is protected' daemon_ready
count=$(pension_sql 'SELECT count(*) FROM pensions')
ok 'the database has its pensions' test "$count" -gt 0
file=$(pension_file)
holds 'after the reboot'

is "$(seal_state)" no 'the seal has ended with the boot'
ok 'doctor tells that it is not sealed' sh -c "bulwarkctl doctor | grep -q 'not sealed'"
ok 'the seal has another id' test "$(seal_id)" != "$(cat "$seal_place/seal-id")"
says "the other boot's secret" 'the host is not sealed' seal_show "$before" 1

ok 'the host is sealed' seal_close "$after"
for officer in 1 2 3; do
	says "the other boot's secret $officer under the new seal" 'it may be of another host or boot' \
		seal_show "$before" "$officer"
done
is "$(state keeper.wrong_secrets)" 3 'they are counted as wrong'
is "$(seal_state)" yes 'the host is still sealed'
vain 'kill -9' tamper-signal 'Operation not permitted' \
	kill -KILL "$(systemctl show --property MainPID --value bulwarkd.service)"
ok 'two new secrets open it' seal_open "$after" 2 3
is "$(seal_state)" no 'the host is unsealed'
ok 'control: the clean-up goes through' rm /etc/bulwark/policy.d/postgresql.yaml
ok 'and is applied' bulwarkctl apply
rm -rf "$seal_place"
tap_end
