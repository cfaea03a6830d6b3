/*
 * The kinds of factor, one file each; the table is in factor.c.
 */
#ifndef CORE_FACTOR_KINDS_H
#define CORE_FACTOR_KINDS_H

#include "core/crypto/crypto.h"
#include "core/factor.h"

#define YUBIKEY_KEY_LEN	    16 /* AES-128 key */
#define YUBIKEY_PRIVATE_LEN 6  /* private id */
#define YUBIKEY_SECRET_LEN  (YUBIKEY_KEY_LEN + YUBIKEY_PRIVATE_LEN)
#define YUBIKEY_OTP_LEN	    32 /* modhex characters behind the public id */
#define RECOVERY_SECRET_LEN (CRYPTO_KEY_LEN + RECOVERY_CODES * CRYPTO_HASH_LEN)

/* otp.c */
bool otp_form_ok(const struct token *t, const struct buf *answer);
enum bh_err totp_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp) BH_CHECKED;
enum bh_err hotp_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp) BH_CHECKED;

/* yubikey.c */
bool yubikey_form_ok(const struct token *t, const struct buf *answer);
enum bh_err yubikey_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp) BH_CHECKED;

/* recovery.c */
bool recovery_form_ok(const struct token *t, const struct buf *answer);
enum bh_err recovery_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp) BH_CHECKED;

#endif
