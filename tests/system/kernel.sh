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

image=$(find /root/kernel -name 'linux-image-[0-9]*.deb')
kernel=$(dpkg-deb --field "$image" Package)
kernel=${kernel#linux-image-}

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

is "$(module_status)" installed 'control: the running kernel has the module'
is "$(module_status "$kernel")" '' "control: $kernel has none"
ok 'apt installs a kernel with its headers' \
	env DEBIAN_FRONTEND=noninteractive apt-get install --yes /root/kernel/*.deb
is "$(module_status "$kernel")" installed 'DKMS has built the module for it'
ok 'modprobe will find it' module_file
ok 'it has BTF' has_btf "$(module_file)"
is "$(module_status)" installed 'the running kernel still has its own'
ok 'the host is protected meanwhile' bulwarkctl status

ok 'apt purges the kernel' \
	env DEBIAN_FRONTEND=noninteractive apt-get purge --yes "linux-*-$kernel" 'linux-*-cloud-amd64'
is "$(module_status "$kernel")" '' 'DKMS has forgotten its module'
is "$(module_status)" installed 'and keeps that of the running kernel'
tap_end
