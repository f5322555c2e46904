#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - libFuzzer on every parser of outside bytes, and the device on three kernels
# gate: fuzz      each fuzzer for FUZZ_SECONDS (60), /dev/bulwark on each kernel for FUZZ_DEVICE_SECONDS (600)
#
# FUZZ_SEED repeats what an earlier run of the device's fuzzer was about; it prints its own.
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

device_seconds=${FUZZ_DEVICE_SECONDS:-600}
words="fuzz_seconds=$device_seconds${FUZZ_SEED:+ fuzz_seed=$FUZZ_SEED}"

# Arming takes its time besides, and a loaded host gives the guest less of it.
fuzz_device() {
	echo "# nonsense for the device: $1, $device_seconds s"
	tests/vm/fast --cmdline "$words" --test-timeout $((device_seconds + 900)) \
		--timeout $((device_seconds + 1100)) "$1" fuzz_device |
		sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $1: /"
	((PIPESTATUS[0] == 0)) || tap_failed=1
}

tap_run "fuzz: the policy parser, ${FUZZ_SECONDS:-60} s" \
	make -s fuzz-policy FUZZ_SECONDS="${FUZZ_SECONDS:-60}"
make -s -j"$(nproc)" fuzz-cases || exit 1
for os in debian12 debian13 sid; do
	fuzz_device "$os"
done
tap_end
