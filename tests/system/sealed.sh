#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a sealed host: root tries to switch Bulwark off, as administrators would and by
# force; upgrades go through once two officers have unsealed it.  Leaves the host sealed,
# for sealed-boot.sh to look at after a reboot.
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

work=$(mktemp -d)
installed=$(package_version bulwark)
first=$seal_place/first
second=$seal_place/second
not_permitted='Operation not permitted'
sealed_words='the host is sealed, and nothing was changed: have 2 of the officers'
unit_file=$(systemctl show --property FragmentPath --value bulwarkd.service)
apt_script=/usr/lib/bulwark/refuse-when-sealed
# One that the daemon runs with, and a program that nobody needs.
library=libjansson4
other=lsof

engine() {
	systemctl show --property MainPID --value bulwarkd.service
}

logger() {
	pgrep -P "$(engine)"
}

module_file() {
	modinfo --field filename bulwark
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get --yes "$@"
}

library_link() {
	readlink "$(dpkg-query --listfiles "$library" | grep '\.so\.[0-9]*$')"
}

# In a terminal, with an editor that knows what to write.
edit_unit() {
	cat >"$work/editor" <<-'END'
	#!/bin/sh
	printf '[Service]\nNice=1\n' >"$1"
	END
	chmod 755 "$work/editor"
	SYSTEMD_EDITOR=$work/editor script --quiet --return \
		--command 'systemctl edit bulwarkd.service' /dev/null
}

write_drop_in() {
	mkdir "$1" && printf '[Service]\nExecStart=\n' >"$1/off.conf"
}

# Nothing is half done: packages_whole NAME [PACKAGE]
packages_whole() {
	local package=${2:-bulwark}
	is "$(dpkg --audit)" '' "$1: dpkg finds nothing half-installed"
	ok "$1: $package is installed" package_is_whole "$package"
	ok "$1: bulwark-dkms is installed" package_is_whole bulwark-dkms
	is "$(package_version bulwark)" "$installed" "$1: in the version that it had"
}

# What a package manager is refused before it begins: not_begun NAME WORDS COMMAND...
not_begun() {
	says "$@"
	packages_whole "$1"
	holds "$1"
}

# PID 1 may, or no host could be stopped; what counts goes on, and it is on record.
by_systemd() {
	local name=$1 from old
	shift

	from=$(log_length)
	old=$(engine)
	ok "$name: systemd does it" "$@"
	holds "$name"
	systemctl start bulwarkd.service
	ok "$name: the daemon is there again" daemon_ready
	is "$([[ $(engine) != "$old" ]] && echo new)" new "$name: it is a new one"
	is "$(seal_state)" yes "$name: the host is still sealed"
	is "$(state keeper.adoptions)" "$adoptions" "$name: no program was taken over"
	ok "$name: the signal is on record" wait_for 30 told "$from" '"tamper-signal"' '"pid":1,'
	holds "$name: afterwards"
}

# --- Before the seal ----------------------------------------------------------------

systemctl start "$pg_unit"
pension_sql 'SELECT 1 FROM pensions LIMIT 1' >/dev/null 2>&1 || pension_load 1000
count=$(pension_sql 'SELECT count(*) FROM pensions')
file=$(pension_file)
rm -rf "$seal_place"

package_as "$installed" "${debs[1]}" "$work/same.deb" >/dev/null
package_as "$installed+sealed" "${debs[0]}" "$work/newer-dkms.deb" >/dev/null
package_as "$installed+sealed" "${debs[1]}" "$work/newer.deb" >/dev/null
package_unpack "$library" 99 "$work/library"
dpkg-deb -Znone --build "$work/library" "$work/library.deb" >/dev/null
package_unpack "$other" 99 "$work/other"
dpkg-deb -Znone --build "$work/other" "$work/other.deb" >/dev/null

rm -f /etc/bulwark/policy.d/*
bulwarkctl apply >/dev/null
way_try way_cp "$file"
is "$way_seen" read 'control: without a policy, root reads'
ok 'the policy is applied' pension_protect
ok 'the host is protected' daemon_ready
holds 'before the seal'
ok 'control: a module can be loaded' modprobe dummy
ok 'control: and unloaded' rmmod dummy
ok 'control: the unit can be added to' write_drop_in /run/systemd/system/bulwarkd.service.d
rm -r /run/systemd/system/bulwarkd.service.d
ok 'control: a policy can be written' cp /etc/bulwark/policy.d/postgresql.yaml "$work/"
printf '#!/bin/sh\nexit 1\n' >"$apt_script"
ok 'control: apt reinstalls, with a script that fails' packages_install "$work/same.deb"
ok 'control: the script is as it was' grep -q 'exit 10' "$apt_script"
ok 'control: the daemon is there again' daemon_ready
is "$(seal_state)" no 'the host is not sealed'
says 'unsealing a host that is not sealed' 'the host is not sealed' \
	bulwarkctl unseal - <<<'0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-6668'
ok 'doctor tells that it is not' sh -c "bulwarkctl doctor | grep -q 'not sealed'"

# --- Sealing ------------------------------------------------------------------------

from=$(log_length)
adoptions=$(state keeper.adoptions)
ok 'the host is sealed' seal_close "$first"
is "$(seal_state)" yes 'the module says so'
is "$(state keeper.sealed) $(state keeper.seal_needed)" 'true 2' 'the status says so, and how many open it'
ok 'the status for people says so' sh -c 'bulwarkctl status | grep -i sealed'
ok 'doctor says so' sh -c "bulwarkctl doctor | grep 'sealed: 0 of 2 secrets shown'"
ok 'it is on record' wait_for 30 told "$from" '"state":"sealed"'
is "$(stat -c %a "$first"/officer-*.secret | sort -u)" 600 'the secrets are for root alone'
says 'sealing once more' 'the host is sealed already' seal_close "$second"
rm -rf "$second"
holds 'sealed'

# --- By systemd ---------------------------------------------------------------------

by_systemd 'stop' systemctl stop bulwarkd.service
by_systemd 'restart' systemctl restart bulwarkd.service
by_systemd 'kill' systemctl kill --signal=KILL bulwarkd.service

vain 'mask' tamper-create 'Access denied' systemctl mask bulwarkd.service
vain 'disable' tamper-remove 'Access denied' systemctl disable bulwarkd.service
is "$(systemctl is-enabled bulwarkd.service)" enabled 'the unit is still enabled'
# What it says of the directory differs: systemd 252 has tried to go on.
vain 'edit' tamper-create bulwarkd.service.d edit_unit
for place in /etc/systemd/system/bulwarkd.service.d /run/systemd/system/bulwarkd.service.d \
	/etc/systemd/system/service.d; do
	vain "an addition in $place" tamper-create "$not_permitted" write_drop_in "$place"
done
vain 'writing the unit' tamper-write "$not_permitted" cp /dev/null "$unit_file"
ok 'systemd reads its units anew' systemctl daemon-reload
is "$(systemctl show --property DropInPaths --value bulwarkd.service)" '' 'nothing was added to the unit'
by_systemd 'restart after all that' systemctl restart bulwarkd.service

# --- By force -----------------------------------------------------------------------

vain 'kill -9 of the engine' tamper-signal "$not_permitted" kill -KILL "$(engine)"
vain 'kill -9 of the logger' tamper-signal "$not_permitted" kill -KILL "$(logger)"
says 'rmmod' 'is in use' rmmod bulwark
vain 'rmmod by force' tamper-unload "$not_permitted" rmmod --force bulwark
vain 'loading a module' tamper-load "$not_permitted" modprobe dummy
vain 'letting the programs go' tamper-start "$not_permitted" bulwarkd --release
vain 'rm of the policies' tamper-remove "$not_permitted" rm -r /etc/bulwark
ok 'the policy is still there' test -s /etc/bulwark/policy.d/postgresql.yaml
ok "the kernel's audit trail tells of it" wait_for 30 sh -c \
	'ausearch --input-logs -m KERNEL_OTHER -i -c rm | grep -q "op=tamper-remove verdict=deny"'
vain 'a policy that only monitors' tamper-create "$not_permitted" \
	sed -i 's/^mode: .*/mode: monitor/' /etc/bulwark/policy.d/postgresql.yaml
vain 'one policy more' tamper-create "$not_permitted" \
	cp "$work/postgresql.yaml" /etc/bulwark/policy.d/other.yaml
ok 'the files that are in force can be applied' bulwarkctl apply
ok 'the host is as protected as before' daemon_ready

# --- The evidence -------------------------------------------------------------------

length=$(log_length)
vain 'truncating the log' tamper-write "$not_permitted" truncate --size 0 "$log"
vain 'rm of the log' tamper-remove "$not_permitted" rm "$log"
vain 'logrotate' tamper-rename "$not_permitted" \
	logrotate --force --state "$work/rotated" /etc/logrotate.d/bulwark
ok 'nothing of it is lost' test "$(log_length)" -ge "$length"
from=$(log_length)
ok 'the clock can be set back' date --set '1 hour ago'
ok 'and forth' date --set '1 hour'
ok 'which is on record' wait_for 30 told "$from" '"tamper-time"' '"allow"'
holds 'after setting the clock'

# --- By the package manager ---------------------------------------------------------

not_begun 'apt remove' "$sealed_words" apt remove bulwark
not_begun 'apt purge' "$sealed_words" apt purge bulwark bulwark-dkms
not_begun 'apt install --reinstall' "$sealed_words" apt install --reinstall "$work/same.deb"
not_begun 'apt install of a newer version' "$sealed_words" \
	apt install "$work/newer-dkms.deb" "$work/newer.deb"
not_begun 'dpkg --remove' "$sealed_words" dpkg --remove bulwark
not_begun 'dpkg --purge' "$sealed_words" dpkg --purge bulwark bulwark-dkms
not_begun 'dpkg -i of a newer version' "$sealed_words" \
	dpkg --install "$work/newer-dkms.deb" "$work/newer.deb"
not_begun "apt install of a newer $library" "bulwarkd runs with: $library" \
	apt install "$work/library.deb"
packages_whole "apt install of a newer $library" "$library"
is "$([[ $(package_version "$library") != 99 ]] && echo old)" old "$library has the version that it had"
not_begun "apt install of it with $other" "$sealed_words" \
	apt install "$work/library.deb" "$work/other.deb"
is "$([[ $(package_version "$other") != 99 ]] && echo old)" old "$other has the version that it had"
ok "control: apt installs a newer $other alone" apt install "$work/other.deb"
is "$(package_version "$other")" 99 "control: it is installed"

module=$(module_file)
module_sum=$(sha256sum "$module")
from=$(log_length)
# What it exits with differs, and it forgets what it has built in any case.
dkms remove "bulwark/$version" --all >"$work/dkms" 2>&1
ok 'dkms remove is refused the module, and says so' grep -F "$not_permitted" "$work/dkms"
ok 'which is on record' wait_for 30 told "$from" '"tamper-remove"' '"deny"'
is "$(sha256sum "$module")" "$module_sum" 'the module for the next boot is still there'
is "$(module_file)" "$module" 'and modprobe finds it'
packages_whole 'dkms remove'
holds 'dkms remove'

# --- Unsealing ----------------------------------------------------------------------

from=$(log_length)
ok 'one officer shows a secret' seal_show "$first" 1
is "$(seal_state)" yes 'which is not enough'
says 'the same secret again' 'this secret was shown before' seal_show "$first" 1
says 'a wrong secret' 'this is no secret of the seal' \
	bulwarkctl unseal - <<<'0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-6668'
is "$(state keeper.seal_shown) of $(state keeper.seal_needed)" '1 of 2' 'the status tells of one'
not_begun 'apt install with one secret shown' "$sealed_words" \
	apt install "$work/newer-dkms.deb" "$work/newer.deb"
ok 'all that is on record' wait_for 30 told "$from" '"state":"secret-wrong"'
ok 'another officer shows a secret' seal_show "$first" 3
is "$(seal_state)" no 'the host is unsealed'
ok 'which is on record' wait_for 30 told "$from" '"state":"unsealed"'
holds 'unsealed'

ok 'apt installs the newer version' apt install "$work/newer-dkms.deb" "$work/newer.deb"
ok 'the daemon is there again' daemon_ready
installed=$installed+sealed
packages_whole 'the newer version'
is "$(state keeper.adoptions)" "$((adoptions + 1))" 'its programs were taken over'
is "$(module_status)" installed 'DKMS has built its module'
ok "apt installs the newer $library" apt install "$work/library.deb"
is "$(package_version "$library")" 99 "$library is installed"
holds 'the newer version'

# --- The seal once more -------------------------------------------------------------

ok 'the daemon starts with the newer library' systemctl restart bulwarkd.service
ok 'and protects' daemon_ready
ok 'the host is sealed once more' seal_close "$second"
adoptions=$(state keeper.adoptions)
says 'a secret that the first seal was shown' 'this secret was shown before' seal_show "$first" 1
says 'one that it was not shown' 'this is no secret of the seal' seal_show "$first" 2
is "$(seal_state)" yes 'the host is sealed'

# Without apt nobody is asked before: half-installed, and mended once it is unsealed.
link=$(library_link)
package_rename_library "$library" 100 "$work/library"
dpkg-deb -Znone --build "$work/library" "$work/renamed.deb" >/dev/null
vain "dpkg -i of a $library that moves a link" tamper-rename "$not_permitted" \
	dpkg --install "$work/renamed.deb"
is "$(library_link)" "$link" 'the link is where it was'
by_systemd 'restart after that' systemctl restart bulwarkd.service
ok 'two officers unseal it' seal_open "$second" 1 2
ok "$library can be installed" apt --fix-broken install "$work/renamed.deb"
is "$(package_version "$library")" 100 'it is'
is "$(dpkg --audit)" '' 'dpkg finds nothing half-installed'
ok 'the daemon starts with it' systemctl restart bulwarkd.service
ok 'and protects as before' daemon_ready

third=$seal_place/third
ok 'the host is sealed for the reboot' seal_close "$third"
seal_id >"$seal_place/seal-id"
cp /proc/sys/kernel/random/boot_id "$seal_place/boot-id"
log_length >"$seal_place/log-length"
rm -rf "$work"
tap_end
