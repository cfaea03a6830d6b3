/*
 * Hexadecimal to bytes, for test vectors.
 */
#include "tests/unit/unit.h"

#include "tests/unit/hex.h"

#include <stdio.h>

static unsigned int
nibble(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	if (at == NULL)
		fail_msg("not hexadecimal: %c", c);
	return (unsigned int)(at - digits);
}

size_t
hex_bytes(const char *hex, uint8_t *out, size_t size)
{
	size_t i, len = strlen(hex);

	if (len % 2 != 0 || len / 2 > size)
		fail_msg("a vector of %zu digits for %zu bytes", len, size);
	for (i = 0; i < len; i += 2)
		out[i / 2] =
		    (uint8_t)(nibble(hex[i]) << 4 | nibble(hex[i + 1]));
	return len / 2;
}

void
hex_expect(const char *rule, const void *got, size_t len, const char *hex)
{
	uint8_t want[256];
	size_t wantlen = hex_bytes(hex, want, sizeof(want));

	if (len != wantlen || memcmp(got, want, len) != 0)
		fail_msg("%s", rule);
}
