/*
 * Bytes as hexadecimal digits.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Write p[0..len) as lower-case digits and a NUL: 2 * len + 1 bytes. */
void hex_encode(const uint8_t *p, size_t len, char *out);

#endif
