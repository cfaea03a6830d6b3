/*
 * Factors, a row in a table each: (secret, state, answer, now) -> (match, new
 * state).  Pure: no store, no clock, no log.
 */
#ifndef CORE_FACTOR_H
#define CORE_FACTOR_H

#include "base/buf.h"
#include "base/err.h"
#include "core/model.h"

#include <stdbool.h>
#include <stdint.h>

#define RECOVERY_CODES	  10 /* codes in a batch */
#define RECOVERY_CODE_LEN 16 /* base32 characters, 80 random bits */

struct factor_limits {
	uint32_t otp_window; /* steps each side, 0..2 */
	uint32_t hotp_ahead; /* counters ahead, 1..100 */
	bool clock_ahead;    /* the clock is known to have jumped ahead by more
				than a day, less than a day ago */
};

/*
 * What an answer is for one token.  found: it is one of the token's own
 * codes.  state is then the token's new state.  replay: the code was used
 * before (state is at or above it): found is then false, state unchanged.
 */
struct factor_match {
	bool found;
	bool replay;
	uint64_t state;
};

/*
 * Could this answer be for this token at all, by its form alone?  Exactly
 * the token's digits, 32 modhex characters behind the token's public id, or
 * a recovery code (groups may be separated by '-' or ' ', either case).
 */
bool factor_form_ok(const struct token *t, const struct buf *answer);

/*
 * Compare answer with the codes of *t that are acceptable at now_s.  An
 * answer of another form, or plainly wrong, is no error: nothing is found.
 * Secrets: totp, hotp: the key (RFC 4226, 4: 16 bytes or more); yubikey: 16
 * bytes AES key and 6 bytes private id; recovery: as factor_recovery_make.
 * BH_ERR_INPUT if the secret does not fit the kind.  The stack is wiped.
 */
enum bh_err factor_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp) BH_CHECKED;

/* The code that a token of SHA-1, 6 digits and 30 s shows at now_s; for the
 * self-test, which plays the token. */
#define FACTOR_CODE_MAX 8
enum bh_err factor_totp_code(const struct buf *secret, uint64_t now_s,
    char code[FACTOR_CODE_MAX + 1]) BH_CHECKED;

/* A TOTP state raised so that no step up to this one is accepted any more. */
uint64_t factor_totp_raise(uint64_t state, uint64_t step);

/*
 * HOTP resynchronisation (RFC 4226, 7.4): two consecutive codes within the
 * next ahead counters.  *statep is the counter after the second one.
 * BH_ERR_NOTFOUND if there is no such pair.
 */
enum bh_err factor_hotp_resync(const struct token *t, const struct buf *secret,
    const struct buf *first, const struct buf *second, uint32_t ahead,
    uint64_t *statep) BH_CHECKED;

/* Are kind, hash, digits, period, public id and secret length a token that
 * can be?  Else BH_ERR_RANGE and a sentence in *whyp (static text). */
enum bh_err factor_token_ok(const struct token *t, size_t secret_len,
    const char **whyp) BH_CHECKED;

/* How many bytes of secret enrolment makes for this kind and hash: as long as
 * the hash (RFC 4226, 4 and RFC 6238, 5.1: 20, 32 or 64); yubikey: 22. */
size_t factor_secret_len(enum factor_kind kind, enum otp_hash hash);

/*
 * A batch of recovery codes.  *codesp: RECOVERY_CODES lines of text, each
 * XXXX-XXXX-XXXX-XXXX and "\n", shown once.  *secretp: what is kept: a random
 * key and HMAC-SHA-256 of each code under it.
 */
enum bh_err factor_recovery_make(struct buf **codesp,
    struct buf **secretp) BH_CHECKED;

/* How many codes of a recovery token are left. */
uint32_t factor_recovery_left(uint64_t state);

/*
 * The key URI that authenticator apps read
 * (otpauth://totp/REALM:LOGIN@HOST?secret=...&issuer=...&algorithm=&digits=
 * &period=, or hotp with counter=).  *urip holds text, NUL-terminated.
 */
enum bh_err factor_uri(const struct token *t, const struct buf *secret,
    const char *issuer, const char *label, struct buf **urip) BH_CHECKED;

/* Base32 (RFC 4648, 6).  Decoding takes either case, spaces, '-', and
 * padding in its right place only; all else is BH_ERR_INPUT. */
enum bh_err base32_encode(const void *data, size_t len,
    struct buf **textp) BH_CHECKED;
enum bh_err base32_decode(const char *text, size_t len,
    struct buf **datap) BH_CHECKED;

/*
 * The three values of a YubiKey: public id (modhex), private id (12 hex) and
 * AES key (32 hex), or one line of ykman or ykksm CSV
 * (serial,public,private,key,...).  *secretp: AES key || private id.
 */
enum bh_err yubikey_from_values(const char *public_id, const char *private_hex,
    const char *key_hex, char *public_out, struct buf **secretp) BH_CHECKED;
enum bh_err yubikey_from_csv(const char *line, size_t len, char *public_out,
    struct buf **secretp) BH_CHECKED; /* public_out[MODEL_PUBLIC_MAX + 1] */

#endif
