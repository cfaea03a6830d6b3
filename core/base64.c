/*
 * Base64, for keys and fingerprints.
 */
#include "core/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four characters into up to three bytes; how many, or -1. */
static int
decode_group(const char *in, uint8_t out[3])
{
	uint32_t bits = 0;
	int i, n = 4;

	while (n > 2 && in[n - 1] == '=')
		n--;
	for (i = 0; i < 4; i++) {
		const char *at;

		bits <<= 6;
		if (i >= n)
			continue;
		if (in[i] == '\0' || (at = strchr(alphabet, in[i])) == NULL)
			return -1;
		bits |= (uint32_t)(at - alphabet);
	}
	for (i = 0; i < 3; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i));
	for (i = n - 1; i < 3; i++) {
		if (out[i] != 0)
			return -1;
	}
	return n - 1;
}

enum bh_err
base64_decode(const char *text, size_t len, struct buf **datap)
{
	struct buf *b;
	uint8_t out[3];
	size_t i;
	int n = 3;

	if (len % 4 != 0)
		return BH_ERR_INPUT;
	if ((b = buf_new(len / 4 * 3)) == NULL)
		return BH_ERR_NOMEM;
	for (i = 0; i < len; i += 4) {
		/* nothing may follow a padded group */
		if (n != 3 || (n = decode_group(text + i, out)) == -1 ||
		    buf_put(b, out, (size_t)n) != BH_OK) {
			buf_free(b);
			return BH_ERR_INPUT;
		}
	}
	secret_wipe(out, sizeof(out));
	*datap = b;
	return BH_OK;
}

enum bh_err
base64_encode(const void *data, size_t len, char *out, size_t size)
{
	const uint8_t *p = data;
	size_t i, at = 0;

	if (len > (SIZE_MAX - 3) / 4 || (len + 2) / 3 * 4 + 1 > size)
		return BH_ERR_RANGE;
	for (i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)p[i] << 16;

		if (i + 1 < len)
			bits |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < len)
			bits |= p[i + 2];
		out[at++] = alphabet[bits >> 18 & 63];
		out[at++] = alphabet[bits >> 12 & 63];
		out[at++] = i + 1 < len ? alphabet[bits >> 6 & 63] : '=';
		out[at++] = i + 2 < len ? alphabet[bits & 63] : '=';
	}
	out[at] = '\0';
	return BH_OK;
}
