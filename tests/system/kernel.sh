#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a new kernel brings its module with it, an old one takes it away
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/packages.sh
. ./packages.sh

# All that follows is about this one: without it there is nothing to try.
ok 'control: there is another kernel to install' test -f /root/kernel/linux-image-[0-9]*.deb || tap_end
kernel=$(dpkg-deb --field /root/kernel/linux-image-[0-9]*.deb Package)
kernel=${kernel#linux-image-}

# Some versions of DKMS call a kernel that they know nothing of "added".
has_module() {
	[[ $(module_status_for "$1") == installed ]]
}

module_file() {
	modinfo --set-version "$kernel" --filename bulwark
}

# A module without it loads, but its kfunc can't be called: has_btf FILE
has_btf() {
	local plain=/tmp/bulwark-module.ko

	case $1 in
	*.xz) xz --decompress --stdout "$1" >"$plain" ;;
	*.zst) zstd --quiet --decompress --force "$1" -o "$plain" ;;
	*) cp "$1" "$plain" ;;
	esac
	readelf --sections --wide "$plain" | grep -q ' \.BTF '
}

ok 'control: the running kernel has the module' has_module "$(uname -r)"
nok "control: $kernel has none" has_module "$kernel"
ok 'apt installs a kernel with its headers' \
	env DEBIAN_FRONTEND=noninteractive apt-get install --yes /root/kernel/*.deb
ok 'DKMS has built the module for it' has_module "$kernel"
ok 'modprobe will find it' module_file
ok 'it has BTF' has_btf "$(module_file)"
ok 'the running kernel still has its own' has_module "$(uname -r)"
ok 'the host is protected meanwhile' bulwarkctl status

ok 'apt purges the kernel' \
	env DEBIAN_FRONTEND=noninteractive apt-get purge --yes "linux-*-$kernel" 'linux-*-cloud-amd64'
nok 'DKMS has forgotten its module' has_module "$kernel"
ok 'and keeps that of the running kernel' has_module "$(uname -r)"
tap_end
