/*
 * Bytes as hexadecimal digits.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Write p[0..len) as lower-case digits and a NUL: 2 * len + 1 bytes. */
void hex_encode(const uint8_t *p, size_t len, char *out);

/* The reverse: exactly len bytes of lower-case digits, else false and out is
 * not to be used. */
bool hex_parse(const char *text, uint8_t *out, size_t len);

#endif
