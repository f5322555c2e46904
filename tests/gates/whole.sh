#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the same as the gates vm and system, with nothing left out on any system
# gate: whole     all of the gates vm and system on each kernel and host; more than an hour
set -u
# shellcheck source=tests/gates/hosts.sh
. tests/gates/hosts.sh

tests/gates/vm.sh whole || tap_failed=1
hosts_run whole
tap_end
