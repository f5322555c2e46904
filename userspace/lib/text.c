// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - text from outside: what it may hold, and words that are meant
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

/* Longer words are no slips of the pen. */
#define WORD_MAX 32

/* How many bytes a character has that begins so, and the least it may encode. */
static size_t sequence_length(unsigned char first, uint32_t *ret_least)
{
	if (first < 0x80) {
		*ret_least = 0;
		return 1;
	}
	if (first >= 0xc2 && first < 0xe0) {
		*ret_least = 0x80;
		return 2;
	}
	if (first >= 0xe0 && first < 0xf0) {
		*ret_least = 0x800;
		return 3;
	}
	if (first >= 0xf0 && first < 0xf5) {
		*ret_least = 0x10000;
		return 4;
	}
	return 0;
}

size_t bw_utf8_decode(const char *text, size_t len, uint32_t *ret_character)
{
	unsigned char first = text[0];
	uint32_t character, least;
	size_t bytes = sequence_length(first, &least);

	if (!bytes || bytes > len)
		return 0;

	character = bytes == 1 ? first : first & (0x7fU >> bytes);
	for (size_t i = 1; i < bytes; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;

		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	}

	if (character < least || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;

	*ret_character = character;
	return bytes;
}

bool bw_character_hidden(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0xad ||
	       (character >= 0x200b && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
	       (character >= 0xe0000 && character <= 0xe0fff);
}

char *bw_text_escape(const char *text)
{
	size_t len = strlen(text), bytes;
	char *escaped = malloc(4 * len + 1), *end = escaped;
	uint32_t character;

	if (!escaped)
		return NULL;

	for (size_t i = 0; i < len; i += bytes) {
		bytes = bw_utf8_decode(text + i, len - i, &character);
		if (bytes && !bw_character_hidden(character)) {
			end = mempcpy(end, text + i, bytes);
			continue;
		}

		bytes = bytes ? bytes : 1;
		for (size_t j = i; j < i + bytes; j++)
			end += sprintf(end, "\\x%02x", (unsigned char)text[j]);
	}
	*end = 0;
	return escaped;
}

static char folded(char c)
{
	return c == '_' ? '-' : tolower((unsigned char)c);
}

static unsigned int least_of(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Optimal string alignment: insertions, deletions, changes, swaps of neighbours. */
static unsigned int words_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int rows[WORD_MAX + 1][WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;

	for (size_t i = 1; i <= a_len; i++) {
		rows[i][0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			bool same = folded(a[i - 1]) == folded(b[j - 1]);

			rows[i][j] = least_of(rows[i - 1][j] + 1, rows[i][j - 1] + 1,
					      rows[i - 1][j - 1] + !same);
			if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
			    folded(a[i - 2]) == folded(b[j - 1]))
				rows[i][j] = least_of(rows[i][j], rows[i - 2][j - 2] + 1, ~0U);
		}
	}
	return rows[a_len][b_len];
}

const char *bw_word_suggest(const char *word, const char *const *words, size_t words_len)
{
	size_t len = strnlen(word, WORD_MAX + 1);
	unsigned int best = len / 3 + 1;
	const char *meant = NULL;

	if (len < 2 || len > WORD_MAX)
		return NULL;

	for (size_t i = 0; i < words_len; i++) {
		size_t other_len = strlen(words[i]);
		unsigned int distance;

		if (other_len > WORD_MAX)
			continue;

		distance = words_distance(word, len, words[i], other_len);
		if (distance < best) {
			best = distance;
			meant = words[i];
		}
	}
	return meant;
}

static bool is_octal(const char *text)
{
	for (int i = 0; i < 3; i++)
		if (text[i] < '0' || text[i] > '7')
			return false;
	return true;
}

void bw_text_unescape_octal(char *text)
{
	char *to = text;

	while (*text) {
		if (*text == '\\' && is_octal(text + 1)) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 4;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}
