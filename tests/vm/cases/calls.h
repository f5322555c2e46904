/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the bare calls of /dev/bulwark, and what securityfs says beside them
 */
#ifndef CALLS_H
#define CALLS_H

#include <stddef.h>
#include <stdint.h>

#include <bulwark/control.h>

/* Opens the device, or ends the test. */
int device_open(void);

/* ioctl(2) that returns 0 or -errno. */
int device_call(int device, unsigned long number, const void *call);

struct bw_control_info device_info(int device);
int device_release(int device);

/* Adopts under the names "link0", "link1", ..., "map0", ...: 0 or -errno. */
int device_adopt(int device, const int *links, unsigned int links_len, const int *maps,
		 unsigned int maps_len);

/* Secret number @number of those that a test knows. */
void secret_make(int number, uint8_t ret_secret[BW_SECRET_SIZE]);

/* A call that commits to @len of them from @first on. */
void seal_fill(struct bw_control_seal *ret_seal, const uint8_t seal_id[BW_SEAL_ID_SIZE],
	       unsigned int needed, unsigned int len, int first);

/* Seals with them: 0 or -errno. */
int device_seal(int device, unsigned int needed, unsigned int len, int first);

/* Shows one: how many were shown by now, or -errno. */
int device_unseal(int device, int number);

/* The whole of a small file, cut to fit; "" if it can't be read. */
void file_text(const char *path, char *ret_text, size_t text_size);

/* Writes a text to a file that is there: 0 or -errno. */
int file_write(const char *path, const char *text);

/* Whether the text has this very line. */
int text_has_line(const char *text, const char *line);

/* delete_module(2), with O_TRUNC for a forced one: 0 or -errno. */
int module_unload(int flags);
int module_load(void);

/* The same for programs that called the module and hold it until the kernel has freed them. */
int module_unload_at_last(void);

/* Reads on from the kernel's messages until one has the text, for some seconds. */
int kernel_says(int messages, const char *text);

#endif
