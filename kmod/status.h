/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what can be read without the device, under securityfs
 */
#ifndef BULWARK_STATUS_H
#define BULWARK_STATUS_H

/*
 * Makes BW_STATUS_DIR with three files:
 *
 *	state	for everybody, one "name value" a line: abi, links, maps, adoptions
 *		(numbers), permanent, off (yes or no), policy (none, or generation and
 *		SHA-256), measured (whether IMA has the policy: yes or no), sealed (yes
 *		or no), seal-needed, seal-shown, seal-id, wrong-secrets (as in struct
 *		bw_control_info)
 *	links	for root, one "id name" a line, as adopted
 *	maps	the same
 */
int bw_status_init(void);
void bw_status_exit(void);

#endif
