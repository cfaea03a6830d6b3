/*
 * Test vectors as they are printed: hexadecimal to bytes.
 */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Write the bytes of hex into out[size]; returns how many.  A vector that is
 * not hexadecimal or too long fails the test. */
size_t hex_bytes(const char *hex, uint8_t *out, size_t size);

/* Fail, naming the rule, unless got[0..len) is what hex says. */
void hex_expect(const char *rule, const void *got, size_t len, const char *hex);

#endif
