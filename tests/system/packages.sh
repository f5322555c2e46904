# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the packages on this host, and a small set of their own; sourced
# shellcheck shell=bash disable=SC2034

debs=(/root/deb/bulwark-dkms_*_all.deb /root/deb/bulwark_*_amd64.deb)
version=$(dpkg-deb --field "${debs[1]}" Version)
policy=/etc/bulwark/policy.d/packages.yaml
vault=/srv/packages/vault

packages_install() {
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --reinstall "$@"
}

packages_remove() {
	DEBIAN_FRONTEND=noninteractive apt-get "$@" --yes bulwark bulwark-dkms
}

package_status() {
	dpkg-query --show --showformat '${db:Status-Abbrev}' "$1" 2>/dev/null | tr -d ' '
}

# What DKMS says of the module for a kernel: installed, built, added or nothing.
module_status_for() {
	dkms status bulwark/"$version" -k "$1" 2>/dev/null | sed 's/^.*: *//; s/ .*//'
}

module_status() {
	module_status_for "$(uname -r)"
}

state() {
	bulwarkctl status --json | jq -r ".$1"
}

# A set that tail(1) may read and nobody else.
vault_protect() {
	mkdir -p "${vault%/*}"
	echo 'one line of what nobody shall read' >"$vault"
	cat >"$policy" <<-EOF
		set: packages
		version: 1
		mode: enforce
		protect:
		  - ${vault%/*}
		grants:
		  - name: tail
		    exe: /usr/bin/tail
		    user: root
		    unit: any
		    reason: Plays the database.
	EOF
	bulwarkctl apply
}

vault_served() {
	tail -n 1 "$vault" 2>/dev/null | grep -q 'one line'
}

# EACCES, and nothing else.
vault_refused() {
	! cat "$vault" >/tmp/packages.out 2>/tmp/packages.err &&
		[[ ! -s /tmp/packages.out ]] && grep -q 'Permission denied' /tmp/packages.err
}
