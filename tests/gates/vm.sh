#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - every case of the fast guest on three kernels
# gate: vm        the fast guest on 6.1, 6.12 and 7.2
set -u

failed=0
make -s -j"$(nproc)" vm-tests || exit 1
for os in debian12 debian13 sid; do
	echo "# fast guest: $os"
	tests/vm/fast "$os" | sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /"
	((PIPESTATUS[0] == 0)) || failed=1
done
exit "$failed"
