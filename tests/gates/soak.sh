#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - what takes hours: many random orders, and many kills
# gate: soak      SOAK_ORDERS (1000) orders of ways against a sealed host, SOAK_KILLS (10000) kills, on SOAK_OS (debian12)
#
# SOAK_SEED repeats an earlier run; it is printed.
set -u

os=${SOAK_OS:-debian12}
orders=${SOAK_ORDERS:-1000}
kills=${SOAK_KILLS:-10000}
seed=${SOAK_SEED:-$((RANDOM * 32768 + RANDOM))}
# Some seconds for each, on a slow host.
seconds=$((1000 + orders + kills * 10))
failed=0

soak() {
	tests/vm/fast --cmdline "$2" --test-timeout "$seconds" --timeout $((seconds + 200)) "$os" "$1" |
		sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /"
	((PIPESTATUS[0] == 0)) || failed=1
}

make -s -j"$(nproc)" vm-tests || exit 1
echo "# soak: seed $seed"
soak guard "orders=$orders orders_seed=$seed"
soak killed "kills=$kills kills_seed=$seed"
exit "$failed"
