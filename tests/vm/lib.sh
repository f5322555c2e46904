# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bulwark - what the guest runners share: names, places, messages
#
# Sourced by bash.  The caller has set -eu.

# shellcheck disable=SC2034 # used by those who source this file
VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
TOP_DIR=$(cd "$VM_DIR/../.." && pwd)
CACHE_DIR=${BULWARK_CACHE:-/var/cache/bulwark-tests}

# The runner's own failures; a guest's command has its own codes beside these.
EXIT_USAGE=2
# shellcheck disable=SC2034
EXIT_EMULATOR=75
EXIT_TIMEOUT=124
# shellcheck disable=SC2034
EXIT_GUEST=125

# What a kernel prints when it has caught itself in a mistake.
# shellcheck disable=SC2034
SPLAT='WARNING: |BUG: |kernel BUG at|Oops|Kernel panic|KASAN|KFENCE|possible recursive locking|circular locking|general protection fault|unable to handle'

# Any complaint ends the guest, with its text on the serial line.  tsc=reliable:
# an emulated clock drifts, and on a loaded host the kernel's change to another one
# while it runs can bring the emulated processor down.  no_timer_check: at boot the kernel
# gives the timer so many ticks to show itself, which such a host may not find time for.
# shellcheck disable=SC2034
KERNEL_WORDS="console=ttyS0 loglevel=5 panic_on_warn=1 oops=panic softlockup_panic=1 panic=-1"
KERNEL_WORDS+=" tsc=reliable no_timer_check"

say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die()
{
	local status=$1

	shift
	say "$*"
	exit "$status"
}

# A pipe with so many tokens, open as descriptor 6: make_tokens PATH NUMBER
make_tokens()
{
	mkfifo "$1"
	exec 6<>"$1"
	head -c "$2" /dev/zero | tr '\0' . >&6
}

need_tools()
{
	local tool

	for tool in "$@"; do
		command -v "$tool" >/dev/null ||
			die "$EXIT_USAGE" "'$tool' is missing; 'make deps' installs what the guests need"
	done
}

# Debian's suite for the name that the runners go by.
suite_of()
{
	case $1 in
	debian12) echo bookworm ;;
	debian13) echo trixie ;;
	sid) echo sid ;;
	*) die "$EXIT_USAGE" "no guest named '$1': take debian12, debian13 or sid" ;;
	esac
}

# The image of an OS, made when it is missing or its recipe has changed.
image_of()
{
	"$VM_DIR/image" "$1" >&2
	echo "$CACHE_DIR/$1"
}

kernel_of()
{
	cat "$1/kernel"
}

# TCG unless told otherwise: nested KVM can hang although /dev/kvm is there.
accel_of()
{
	case ${BULWARK_ACCEL:-tcg} in
	tcg) echo tcg,thread=multi,tb-size=512 ;;
	*) echo "$BULWARK_ACCEL" ;;
	esac
}

# Where this host's apt gets RELEASE from.
# shellcheck disable=SC2016 # the format is apt's
site_of()
{
	apt-get indextargets --format '$(RELEASE) $(SITE)' 'Created-By: Packages' |
		awk -v release="$1" '$1 == release { print $2; exit }'
}

# Lines for apt's list of sources that a suite's packages come from.
sources()
{
	local suite=$1 own archive security

	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	archive=${BULWARK_MIRROR:-$(site_of "$own")}
	[ -n "$archive" ] || die "$EXIT_USAGE" "apt names no archive of '$own'; set BULWARK_MIRROR"
	echo "deb $archive $suite main"

	[ "$suite" != sid ] || return 0
	echo "deb $archive $suite-updates main"

	security=$(site_of "$own-security")
	[ -z "$security" ] || echo "deb $security $suite-security main"
}

# All that is emulated but a fifth level of page tables, which costs a tenth of the time.
CPU_FULL=max,-la57

# Without copies byte by byte either, of which each byte is a step of its own here.
# shellcheck disable=SC2034
CPU=$CPU_FULL,-erms,-fsrm

# Slower, and without the fault that stale_breakpoint() tells of.
# shellcheck disable=SC2034
ACCEL_SAFE=tcg,thread=single,tb-size=512

# Did the kernel run into a breakpoint that isn't in memory?  A kernel that patches
# its code puts one there for a moment.  QEMU before 8.1 reads the bytes that it
# translates before it watches their page, so a processor can go on executing the
# breakpoint after the other one has taken it back.  The bytes that the kernel shows
# then have something else than cc before the marked one; or it takes the breakpoint
# for one that was just removed, goes back to the same place, and never leaves the
# first byte of the hook (6.1).  README.md has the proof.
stale_breakpoint()
{
	awk '/int3: 0000 \[#/ { hit = "trap" }
	     /BUG: soft lockup/ { hit = "loop" }
	     hit == "loop" && /RIP: / && !/RIP: 0010:bpf_lsm_[a-z_]+\+0x0\// { exit }
	     hit && /Code:/ {
		     stale = hit == "trap" ? !/ cc <[0-9a-f]+>/ : / <(e8|0f)> /
		     exit
	     }
	     END { exit !stale }' "$1"
}
