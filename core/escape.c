/*
 * Any bytes as UTF-8 text, and back.
 */
#include "core/escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Lead bytes, and the range of the byte behind them (RFC 3629, 4). */
static const struct lead {
	uint8_t first, last, length, low, high;
} leads[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf},
    {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf},
    {0xf4, 0xf4, 4, 0x80, 0x8f},
};

size_t
utf8_length(const char *s, size_t len)
{
	const uint8_t *u = (const uint8_t *)s;
	const struct lead *l = leads;
	const struct lead *end = leads + sizeof(leads) / sizeof(leads[0]);
	size_t i;

	if (len == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	while (l < end && (u[0] < l->first || u[0] > l->last))
		l++;
	if (l == end || l->length > len || u[1] < l->low || u[1] > l->high)
		return 0;
	for (i = 2; i < l->length; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	return l->length;
}

/* The value of a hexadecimal digit as we write them; -1: it is none. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The byte that \xNN at s[0..len) stands for; -1: no such thing there. */
static int
escape_at(const char *s, size_t len)
{
	if (len < 4 || s[0] != '\\' || s[1] != 'x' || hex_value(s[2]) < 0 ||
	    hex_value(s[3]) < 0)
		return -1;
	return hex_value(s[2]) << 4 | hex_value(s[3]);
}

bool
escape_needed(const char *s, size_t len)
{
	size_t i = 0, n;

	while (i < len) {
		if ((n = utf8_length(s + i, len - i)) == 0 ||
		    (s[i] == '\\' && escape_at(s + i, len - i) >= 0))
			return true;
		i += n;
	}
	return false;
}

char *
escape_text(const char *s, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	char *text, *out;
	size_t i = 0, n;

	if (len > (SIZE_MAX - 1) / 4 || (text = malloc(len * 4 + 1)) == NULL)
		return NULL;
	out = text;
	while (i < len) {
		n = utf8_length(s + i, len - i);
		if (n == 0 || escape_at(s + i, len - i) >= 0) {
			*out++ = '\\';
			*out++ = 'x';
			*out++ = hex[(uint8_t)s[i] >> 4];
			*out++ = hex[(uint8_t)s[i] & 0xf];
			i++;
			continue;
		}
		memcpy(out, s + i, n);
		out += n;
		i += n;
	}
	*out = '\0';
	return text;
}

char *
escape_undo(const char *text, size_t *lenp)
{
	size_t len = strlen(text), i = 0, n = 0;
	char *bytes;
	int byte;

	if ((bytes = malloc(len + 1)) == NULL)
		return NULL;
	while (i < len) {
		byte = escape_at(text + i, len - i);
		bytes[n++] = byte >= 0 ? (char)byte : text[i];
		i += byte >= 0 ? 4 : 1;
	}
	bytes[n] = '\0';
	*lenp = n;
	return bytes;
}
