/*
 * What the tests of TOTP and HOTP share.
 */
#ifndef TESTS_UNIT_OTP_RIG_H
#define TESTS_UNIT_OTP_RIG_H

#include "tests/unit/unit.h"

#include "core/factor.h"

/* The seed of RFC 4226, appendix D, and RFC 6238, appendix B. */
#define SEED20	  "12345678901234567890"
#define SEED	  SEED20 SEED20 SEED20 "1234"
#define SEED_SHA1 20

extern const char *const codes[10]; /* RFC 4226, appendix D */

struct token token(enum factor_kind kind, uint64_t state);

/* What factor_check finds, within a step or ten counters; the code is len
 * bytes, as they came. */
struct factor_match check_bytes(const struct token *t, size_t seedlen,
    const char *code, size_t len, uint64_t now_s);
struct factor_match check(
    const struct token *t, const char *code, uint64_t now_s);

void expect(const char *rule, struct factor_match m, bool found, bool replay,
    uint64_t state);

/* The code of one counter of the seed, by liboath's generator. */
const char *code_of(uint64_t counter, char code[7]);

#endif
