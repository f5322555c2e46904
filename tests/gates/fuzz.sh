#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - libFuzzer on every parser of outside bytes
# gate: fuzz      each fuzzer for FUZZ_SECONDS (60)
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

tap_run "fuzz: the policy parser, ${FUZZ_SECONDS:-60} s" make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-60}"
tap_end
