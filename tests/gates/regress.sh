#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - PostgreSQL's own regression suite on whole Debian hosts (INV-11)
# gate: regress   the suite without and with an enforcing policy on Debian 12 and 13 (REGRESS_OS=debian12: there only)
#
# The suite is that of Debian's source package; its programs are built here, which in a
# guest would take longer than the tests.
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh
# shellcheck source=tests/vm/lib.sh
. tests/vm/lib.sh

# apt with a list of sources and a state of its own: apt_in DIRECTORY TOOL ARGUMENT...
apt_in() {
	local dir=$1 tool=$2
	shift 2

	(cd "$dir" && "$tool" -q -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache" \
		-o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Sandbox::User=root "$@")
}

# The server's own version, then all others that the archive lists, the newest first.
versions() {
	local dir=$1 package=$2 own=$3

	echo "$own"
	apt_in "$dir" apt-cache showsrc "$package" | sed -n 's/^Version: //p' | sort -urV | grep -vxF "$own"
}

# The archive's list of what sources it has: source_list OS DIRECTORY
source_list() {
	rm -rf "$2"
	mkdir -p "$2/lists/partial" "$2/cache/archives/partial"
	sources "$(suite_of "$1")" | sed 's/^deb /deb-src /' >"$2/sources.list"
	apt_in "$2" apt-get update
}

# Unpacks the source of a guest's server, or what the archive has next to it:
# source_get OS DIRECTORY
source_get() {
	local root=$CACHE_DIR/$1/root dir=$2 package own version
	package=postgresql-$(ls "$root/usr/lib/postgresql")

	own=$(dpkg-query --admindir="$root/var/lib/dpkg" -Wf '${Version}' "$package")
	for version in $(versions "$dir" "$package" "$own"); do
		apt_in "$dir" apt-get source "$package=$version" || continue
		echo "server $own, suite $version" >"$dir/versions"
		return
	done
	return 1
}

# The suite as tests/system/regress.sh wants it: suite_build SOURCE-DIRECTORY DIRECTORY
suite_build() {
	local out=$2 tree
	tree=$(find "$1" -maxdepth 1 -type d -name 'postgresql-*')

	rm -rf "$out"
	mkdir -p "$out"
	(cd "$tree" && ./configure --quiet --without-readline --without-zlib --without-icu) &&
		make -s -j"$(nproc)" -C "$tree/src/test/regress" all &&
		cd "$tree/src/test/regress" &&
		cp -r sql expected data parallel_schedule resultmap pg_regress ./*.so "$out"
}

guest() {
	tests/vm/guest run --os "$1" --timeout 3400 \
		--deb build/deb/bulwark-dkms_*_all.deb --deb build/deb/bulwark_*_amd64.deb \
		--copy tests/system:/root/system --copy "$2:/usr/local/lib/regress" \
		-- /root/system/regress.sh /usr/local/lib/regress
}

regress() {
	local os=$1 suite=$PWD/build/tests/regress-$1
	local source=$suite.source

	tap_run "regress: $os: the archive's list of sources" source_list "$os" "$source" || return
	if ! source_get "$os" "$source" >"$suite.log" 2>&1; then
		echo "ok - regress: $os: the suite # SKIP the archive doesn't have the server's source"
		return
	fi
	tap_run "regress: $os: the suite is built" suite_build "$source" "$suite" || return
	echo "# PostgreSQL's regression suite on $os: $(cat "$source/versions")"
	guest "$os" "$suite" 2>&1 | sed -uE "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /"
	((PIPESTATUS[0] == 0)) || tap_failed=1
}

tap_run 'regress: what builds the suite is installed' tests/install-packages bison flex dpkg-dev || tap_end
tap_run 'regress: the packages build' make -s deb || tap_end
for os in ${REGRESS_OS:-debian12 debian13}; do
	image_of "$os" >/dev/null
	regress "$os"
done
tap_end
