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

# Has a daemon say that it is of another release, whose name is as long: release_as VERSION FILE
release_as() {
	local own=${version%-*} other
	other=$(cksum <<<"$1")

	LC_ALL=C sed -i "s/\\([ \\x00]\\)${own//./\\.}\\x00/\\1${other:0:${#own}}\\x00/g" "$2"
}

# The same package as another version: package_as VERSION DEB RESULT
package_as() {
	local tree
	tree=$(mktemp -d)

	dpkg-deb --raw-extract "$2" "$tree" &&
		sed -i "s/^Version: .*/Version: $1/; s/(= $version)/(= $1)/" "$tree/DEBIAN/control" &&
		{ [[ ! -e $tree/usr/sbin/bulwarkd ]] || release_as "$1" "$tree/usr/sbin/bulwarkd"; } &&
		dpkg-deb -Znone --root-owner-group --build "$tree" "$3" || return
	rm -rf "$tree"
}

# What an installed package is made of, as another version: package_unpack NAME VERSION TREE
package_unpack() {
	local path

	mkdir -p "$3/DEBIAN"
	dpkg-query --listfiles "$1" | while read -r path; do
		[[ -h $path || -f $path ]] && printf '%s\n' "$path"
	done | tar --create --absolute-names --no-recursion --files-from=- |
		tar --extract --directory="$3" --transform 's|^/||'
	dpkg-query --status "$1" | sed "/^Status:/d; s/^Version: .*/Version: $2/" >"$3/DEBIAN/control"
}

# Its library gets another name, to which the link now leads: package_rename_library NAME VERSION TREE
package_rename_library() {
	local link
	link=$(find "$3" -type l -name '*.so.*')

	mv "$(dirname "$link")/$(readlink "$link")" "$link.$2" &&
		ln -sfn "$(basename "$link").$2" "$link" &&
		sed -i "s/^Version: .*/Version: $2/" "$3/DEBIAN/control"
}

package_version() {
	dpkg-query --show --showformat '${Version}' "$1"
}

# Whatever was asked of dpkg in vain: "ii" also tells what it should be.
package_is_whole() {
	[[ $(dpkg-query --show --showformat '${db:Status-Status}' "$1") == installed ]]
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
