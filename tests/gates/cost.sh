#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - verified instructions of each program stay under their ceilings
# gate: cost      what the verifiers walk through, on 6.1, 6.12 and 7.2
#
# `tests/gates/cost.sh --record` writes the ceilings anew: what is measured and
# a quarter more.
set -u

ceilings=tests/bench/cost.ceilings
failed=0

series_of() {
	cut -d. -f1,2 "${BULWARK_CACHE:-/var/cache/bulwark-tests}/$1/kernel"
}

guest() {
	tests/vm/fast --append "$ceilings:/etc/cost.ceilings" "$1" cost
}

record() {
	local os new=$ceilings.new

	sed -n '/^#/p' "$ceilings" >"$new"
	for os in debian12 debian13 sid; do
		guest "$os" | awk -v series="$(series_of "$os")" \
			'/^# cost: # verified / { print series, $5, int($6 * 1.25) }' | sort >>"$new"
	done
	mv "$new" "$ceilings"
}

make -s -j"$(nproc)" bench-cases || exit 1
if [[ ${1:-} = --record ]]; then
	record
	exit
fi

for os in debian12 debian13 sid; do
	guest "$os" | sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /"
	((PIPESTATUS[0] == 0)) || failed=1
done
exit "$failed"
