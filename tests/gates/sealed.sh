#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - whole Debian hosts under the seal, and after a reboot (INV-8)
# gate: sealed    root against a sealed Debian 12 and 13, upgrades, a reboot; half an hour
set -u
# shellcheck source=tests/gates/hosts.sh
. tests/gates/hosts.sh

hosts_run sealed sealed
tap_end
