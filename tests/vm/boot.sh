# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bulwark - how a fast guest comes up for its cases: afresh, or from one that is armed
#
# Sourced by fast, whose options and places are meant.  Each boot has its files in $here and
# its number of $processors, and leaves the emulator's process in $child.
# shellcheck disable=SC2154 # they are fast's

# The case that others go on from.
ARMED=test_armed
ARMED_WORDS="test_only=$ARMED test_goes_on=1"

# What a case says of itself in a line of its first comment: said_by CASE SED-PATTERN
said_by()
{
	find "$TOP_DIR"/tests/{vm/cases,bench,fuzz} -name "$1.c" -exec cat {} + | sed -n "s/^ \* $2\$/\1/p"
}

# A second processor takes a quarter more of the host's time; with --icount there is but one.
processors_of()
{
	if [ "$icount" = no ] && [ "$(said_by "$1" 'Boots with \(two processors\)\.')" ]; then
		echo 2
	else
		echo 1
	fi
}

# May these go on from a guest that is armed?
goes_on()
{
	[ -z "$cmdline" ] && [ "$icount" = no ] && [ "$bulwark" = yes ] &&
		[ -z "$(said_by "${1%%,*}" 'Boots \(afresh\.\|with: .*\)')" ]
}

# The emulator, its kernel's messages in $here: emulate ACCELERATOR WORDS OPTION...
emulate()
{
	local accel=$1 cpu=$CPU

	if [ "$icount" = yes ]; then
		accel="tcg,thread=single -icount shift=0,sleep=off"
		cpu=$CPU_FULL
	fi
	# shellcheck disable=SC2086 # several words on purpose
	exec timeout --foreground -k 5 "$timeout_s" qemu-system-x86_64 -accel $accel -cpu $cpu \
		-smp "$processors" -m "$memory" \
		-nodefaults -no-user-config -display none -nic none -no-reboot \
		-kernel "$work/vmlinux" -initrd "$work/initramfs" \
		-append "$KERNEL_WORDS test_timeout=$test_timeout_s $2" \
		-serial "file:$here/console" "${@:3}" 6>&- 7>&-
}

# Boots for cases: boot_afresh CASES ACCELERATOR
boot_afresh()
{
	emulate "$2" "test_only=$1 $(said_by "${1%%,*}" 'Boots with: \(.*\)')$cmdline" \
		-serial "file:$here/report" </dev/null >&2 &
	child=$!
	wait $child
}

# Goes on from a guest that is armed: boot_on CASES ACCELERATOR
boot_on()
{
	emulate "$2" "$ARMED_WORDS" -incoming "exec:cat '$work/armed_$processors/state'" \
		-chardev stdio,id=report,signal=off -serial chardev:report \
		<<<$'\n'"$1" >"$here/report" &
	child=$!
	wait $child
}

# Boots, arms, and keeps the guest as it is then; where that fails, the others boot afresh:
# boot_to_keep ACCELERATOR
boot_to_keep()
{
	[ -p "$here/monitor" ] || mkfifo "$here/monitor"
	emulate "$1" "$ARMED_WORDS" -serial "file:$here/report" \
		-chardev stdio,id=monitor,signal=off -mon monitor <>"$here/monitor" >"$here/monitor.log" &
	child=$!
	until grep -qs '^= done' "$here/report" || ! kill -0 $child 2>/dev/null; do
		sleep 0.2
	done
	printf 'migrate "exec:cat >%s"\nquit\n' "$here/state.part" 1<>"$here/monitor"
	wait $child && mv "$here/state.part" "$here/state"
}

# boot CASES ACCELERATOR
boot()
{
	if [ "$1" = $ARMED ]; then
		boot_to_keep "$2"
	elif [ -s "$work/armed_$processors/state" ] && goes_on "$1"; then
		boot_on "$@"
	else
		boot_afresh "$@"
	fi
}
