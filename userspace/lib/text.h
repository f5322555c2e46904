/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - text from outside: what it may hold, and words that are meant
 */
#ifndef BULWARK_TEXT_H
#define BULWARK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes one character of UTF-8.  Returns its length in bytes, 0 for bytes
 * that are none.  @len must be 1 or more.
 */
size_t bw_utf8_decode(const char *text, size_t len, uint32_t *ret_character);

/*
 * A character that shows nothing, or makes a terminal or an editor show
 * something else: controls, line separators, marks that turn the direction of
 * writing.
 */
bool bw_character_hidden(uint32_t character);

/* malloc'ed copy in which hidden characters and stray bytes are \xNN. */
char *bw_text_escape(const char *text);

/*
 * Puts back, in place, what the kernel writes as "\040" and so on in its lists of paths:
 * blank, tab, newline and backslash.
 */
void bw_text_unescape_octal(char *text);

/*
 * The word of @words that was probably meant, NULL if none is close.  Letter
 * case and '_' for '-' don't count; two letters swapped count as one mistake.
 */
const char *bw_word_suggest(const char *word, const char *const *words, size_t words_len);

#endif
