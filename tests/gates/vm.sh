#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the cases of the fast guest on three kernels: vm.sh [whole]
# gate: vm        the fast guest on 6.1, 6.12 and 7.2
set -u
# shellcheck source=tests/vm/lib.sh
. tests/vm/lib.sh

failed=0

# Unless this is to be whole, the longest on one kernel or two; and on the next one none of
# those in which the daemon, and not the kernel, has the say.
declare -A without
if [[ ${1:-} != whole ]]; then
	without[debian12]='takeover'
	without[debian13]='killed leak selftest store signed hours'
	without[sid]='killed leak takeover store learn breakglass digest signed hours'
	without[sid]+=' daemon_policy daemon_disk daemon_flood'
fi

# The cases, or one with a word on the kernel's command line that the case heeds:
# boot OS [WORD CASE]
boot() {
	local os=$1 name=$1${2:+ $2} options=(--without "${without[$1]:-}")

	[[ $# -eq 1 ]] || options=(--cmdline "$2")
	echo "# fast guest: $name"
	tests/vm/fast "${options[@]}" "$os" "${@:3}" |
		sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $name: /"
	((PIPESTATUS[0] == 0))
}

# One of them in the background, to be shown later: begin OS [WORD CASE]
begin() {
	local log=build/tests/logs/vm-$1${2:+-${2%%=*}}

	boot "$@" >"$log" 2>&1 &
	job[$!]=$log
}

# With words that say how the kernel is to be.
begin_otherwise() {
	begin "$1" bulwark=off keeper daemon_off
	begin "$1" ima_policy=critical_data device
	begin "$1" test=force keeper
}

make -s -j"$(nproc)" vm-tests || exit 1
mkdir -p build/tests/logs

# All at once, with the tokens of one: none waits for the last of another to end.
export BULWARK_TOKENS=$PWD/build/vm/tokens.$$
make_tokens "$BULWARK_TOKENS" $(($(nproc) + 1))
declare -A job
for os in debian13 sid; do
	begin "$os"
done
boot debian12 || failed=1
for os in debian12 debian13 sid; do
	begin_otherwise "$os"
done
for pid in "${!job[@]}"; do
	wait "$pid" || failed=1
	cat "${job[$pid]}"
done
rm "$BULWARK_TOKENS"
exit "$failed"
