/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the module's BTF as a section
 *
 * Allocated only because modpost warns of any other section that it doesn't know.
 */
	.section .BTF, "a"
	.balign 4
	.incbin "module.btf"
