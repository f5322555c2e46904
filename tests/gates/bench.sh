#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - instructions per call without and with the hooks, on three kernels
# gate: bench     what the hooks cost, on 6.1, 6.12 and 7.2
set -u

failed=0

make -s -j"$(nproc)" bench-cases || exit 1
for os in debian12 debian13 sid; do
	echo "# what the hooks cost: $os"
	tests/vm/fast --icount "$os" bench |
		sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /"
	((PIPESTATUS[0] == 0)) || failed=1
done
exit "$failed"
