/*
 * Base32, for secrets and recovery codes.
 */
#include "core/factor.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

enum bh_err
base32_encode(const void *data, size_t len, struct buf **textp)
{
	const uint8_t *p = data;
	unsigned int bits = 0;
	uint32_t acc = 0;
	struct buf *b;
	size_t i;

	if (len > SIZE_MAX / 8 - 5)
		return BH_ERR_RANGE;
	if ((b = buf_new((len + 4) / 5 * 8)) == NULL)
		return BH_ERR_NOMEM;
	for (i = 0; i < len; i++) {
		acc = acc << 8 | p[i];
		for (bits += 8; bits >= 5; bits -= 5)
			b->data[b->len++] =
			    (uint8_t)alphabet[acc >> (bits - 5) & 31];
	}
	if (bits > 0)
		b->data[b->len++] = (uint8_t)alphabet[acc << (5 - bits) & 31];
	while (b->len % 8 != 0)
		b->data[b->len++] = '=';
	secret_wipe(&acc, sizeof(acc));
	*textp = b;
	return BH_OK;
}

/* The text without its padding; false if there is padding that is not right. */
static bool
strip_padding(const char *text, size_t *lenp)
{
	size_t i, n = 0, len = *lenp, pad = 0;

	while (len > 0 && text[len - 1] == '=') {
		len--;
		pad++;
	}
	for (i = 0; i < len; i++)
		n += text[i] != ' ' && text[i] != '-';
	*lenp = len;
	return pad == 0 || (pad < 7 && (n + pad) % 8 == 0);
}

enum bh_err
base32_decode(const char *text, size_t len, struct buf **datap)
{
	unsigned int bits = 0;
	uint32_t acc = 0;
	struct buf *b;
	size_t i;

	if (!strip_padding(text, &len))
		return BH_ERR_INPUT;
	if ((b = buf_new(len / 8 * 5 + 5)) == NULL)
		return BH_ERR_NOMEM;
	for (i = 0; i < len; i++) {
		char c = text[i];
		const char *at;

		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (c == '\0' || (at = strchr(alphabet, c)) == NULL)
			goto bad;
		acc = acc << 5 | (uint32_t)(at - alphabet);
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			b->data[b->len++] = (uint8_t)(acc >> bits);
		}
	}
	/* a whole character too many, or bits that no byte has */
	if (bits >= 5 || (acc & ((1u << bits) - 1)) != 0)
		goto bad;
	secret_wipe(&acc, sizeof(acc));
	*datap = b;
	return BH_OK;
bad:
	buf_free(b);
	return BH_ERR_INPUT;
}
