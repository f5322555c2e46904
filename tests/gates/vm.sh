#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the cases of the fast guest on three kernels: vm.sh [whole]
# gate: vm        the fast guest on 6.1, 6.12 and 7.2
set -u

failed=0

# Three of the longest on one of the kernels each, unless this is to be whole.
declare -A without
if [[ ${1:-} != whole ]]; then
	without[debian12]='takeover'
	without[debian13]='killed leak'
	without[sid]='killed leak takeover'
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

# The same with words that say how the kernel is to be, all at once.
boot_otherwise() {
	local os=$1 log=build/tests/logs/vm-$1 job jobs=()

	boot "$os" bulwark=off keeper daemon_off >"$log-off" 2>&1 & jobs+=($!)
	boot "$os" ima_policy=critical_data device >"$log-ima" 2>&1 & jobs+=($!)
	boot "$os" test=force keeper >"$log-force" 2>&1 & jobs+=($!)
	for job in "${jobs[@]}"; do
		wait "$job" || failed=1
	done
	cat "$log"-{off,ima,force}
}

make -s -j"$(nproc)" vm-tests || exit 1
mkdir -p build/tests/logs
for os in debian12 debian13 sid; do
	boot "$os" || failed=1
	boot_otherwise "$os"
done
exit "$failed"
