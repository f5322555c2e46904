#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the server by what is in it: an upgrade of its package goes on at once, and
# what merely has its name gets nothing
#
# The packages are the installed one, once as it is and once with another server, as an
# older version; or two of the archive, if they lie in /root/postgresql.
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/ways.sh
. ./ways.sh
# shellcheck source=tests/system/pension.sh
. ./pension.sh
# shellcheck source=tests/system/packages.sh
. ./packages.sh
# shellcheck source=tests/system/clusters.sh
. ./clusters.sh

package=postgresql-$pg_version
server=$pg_bin/postgres
dir=/root/postgresql

# Another digest, and the same program.
server_alter() {
	local section
	section=$(mktemp)

	date >"$section"
	objcopy --add-section .bulwark="$section" "$1" "$2" && chmod 755 "$2"
	rm -f "$section"
}

# The installed package in a tree, with its scripts and its digests: package_copy VERSION TREE
package_copy() {
	local script

	package_unpack "$package" "$1" "$2"
	for script in preinst postinst prerm postrm templates; do
		cp "/var/lib/dpkg/info/$package.$script" "$2/DEBIAN/" || return
	done
}

# package_make TREE: its archive beside it
package_make() {
	(cd "$1" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums) &&
		dpkg-deb -Znone --root-owner-group --build "$1" "$1.deb"
}

packages_make() {
	local version
	version=$(package_version "$package")

	mkdir -p "$dir" && package_copy "$version" "$dir/newer" && package_make "$dir/newer" &&
		package_copy "$version~older" "$dir/older" &&
		server_alter "$server" "$dir/older$server" && package_make "$dir/older"
}

# Sets older and newer, by their versions.
packages_find() {
	local one other
	[[ -n $(find "$dir" -name '*.deb' 2>/dev/null) ]] || packages_make || return

	one=$(find "$dir" -name '*.deb' | sort | head -n 1)
	other=$(find "$dir" -name '*.deb' | sort | tail -n 1)
	older=$one newer=$other
	if dpkg --compare-versions "$(dpkg-deb --field "$one" Version)" gt "$(dpkg-deb --field "$other" Version)"; then
		older=$other newer=$one
	fi
}

package_install() {
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --allow-downgrades "$1"
}

digest_in() {
	dpkg-deb --fsys-tarfile "$1" | tar --extract --to-stdout ".$server" | sha256sum | cut -d ' ' -f 1
}

# The shipped policy, with one line more in the server's grants: policy_ask LINE
policy_ask() {
	local file=/etc/bulwark/policy.d/postgresql.yaml

	sed -e 's/^mode: .*/mode: enforce/' -e "\\|^    exe: .*/bin/postgres\$|a\\    $1" \
		/usr/share/bulwark/policies/postgresql.yaml >"$file" && bulwarkctl apply
}

pensions() {
	pension_sql 'SELECT count(*) FROM pensions'
}

complete() {
	[[ $(pensions) == "$count" ]]
}

# After a start, since buffers could have it from before.
serves() {
	systemctl restart "$pg_unit" && complete
}

# Right behind it, so that the first read is the server's own start.
upgrade() {
	package_install "$1" && complete
}

stays_out() {
	! serves
}

explained() {
	bulwarkctl explain --json --exe "$server" --user postgres --unit "$pg_unit" "$pg_data/base" |
		jq -e '.reason == "wrong-digest"'
}

recorded() {
	tail -n "+$log_start" "$log" | grep -q "$1"
}

systemctl start "$pg_unit"
pension_sql 'SELECT 1 FROM pensions LIMIT 1' >/dev/null 2>&1 || pension_load 2000
count=$(pensions)
ok 'two versions of the package' packages_find
ok 'the older one' package_install "$older"
is "$(package_version "$package")" "$(dpkg-deb --field "$older" Version)" 'its version'
ok 'control: it serves' serves

ok 'a policy that asks for the package' policy_ask "package: $package"
granted 'the server starts' serves
ok 'root is refused' is_refused "$(pension_file)"
before=$(sha256sum <"$server")
granted 'the upgrade, and a query right behind it' upgrade "$newer"
nok 'the server is another one' test "$(sha256sum <"$server")" = "$before"
granted 'it starts again' serves
ok 'that it changed is on record' wait_for 30 recorded 'was verified again'

ok 'a policy that asks for either digest' \
	policy_ask "sha256: [$(digest_in "$older"), $(digest_in "$newer")]"
granted 'the server starts, by its digest' serves
granted 'the way back to the older one' upgrade "$older"
granted 'and the upgrade' upgrade "$newer"

# The same name, owner and mode; and the same program, with a byte more.
ok 'the server is put aside' cp -a "$server" "$server.aside"
ok 'a modified one takes its place' sh -c "objcopy --add-section .x=/etc/hostname $server.aside $server.new &&
	mv $server.new $server"
ok 'it gets nothing' stays_out
ok 'wrong-digest is on record' wait_for 30 recorded wrong-digest
ok 'and explained' explained
ok 'a policy that asks for the package' policy_ask "package: $package"
ok 'it gets nothing by that either' stays_out
ok 'the right one again' mv "$server.aside" "$server"
granted 'serves at once' wait_for 5 serves

ok 'the shipped policy again' policy_enforce
granted 'serves by its name' serves
rm -rf "$dir"/newer* "$dir"/older*
tap_end
