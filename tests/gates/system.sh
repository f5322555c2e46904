#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the packages on whole Debian hosts, as an administrator meets them
# gate: system    install, PostgreSQL, upgrade, removal on Debian 12 and 13
set -u
# shellcheck source=tests/gates/hosts.sh
. tests/gates/hosts.sh

# Each of those that build modules or take long on one of them, and nothing that moves the
# clock or upgrades the server: `tests/run.sh whole` has all on both.
more[debian12]='without kernel upgrade digest backup day'
more[debian13]='without demo granted remove digest backup day'
hosts_run system
tap_end
