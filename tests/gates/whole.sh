#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the same as the gate system, with nothing left out on either host
# gate: whole     all scenarios of the gate system on both Debian 12 and 13; half an hour
set -u
# shellcheck source=tests/gates/hosts.sh
. tests/gates/hosts.sh

hosts_run whole
tap_end
