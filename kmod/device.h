/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - /dev/bulwark
 */
#ifndef BULWARK_DEVICE_H
#define BULWARK_DEVICE_H

int bw_device_init(void);
void bw_device_exit(void);

#endif
