/*
 * Digests of credentials, by which two realms find out that they share one
 * without showing it: SHA-256 over a label and the credential in the form in
 * which it is used.  Pure.
 *
 * All that is digested has 80 random bits at least, so that a digest can't be
 * searched for; a password would have fewer, and has none.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "base/buf.h"
#include "base/err.h"
#include "core/model.h"

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TOKEN_MAX 3 /* digests of one token */
#define DIGEST_SSH_MAX	 3 /* of one SSH key: itself, inner key, CA */

/*
 * Digests of a token's secret, in order of kind, without doubles.
 * totp and hotp: of the key as HMAC uses it (RFC 2104, 2: a key longer than
 * the block is hashed, a shorter one filled with zeros, so zeros at the end are
 * cut), for SHA-1, SHA-256 and SHA-512 each, whatever the token's own
 * algorithm, digits and period.  yubikey: of the public id and of the AES key.
 * recovery: of the batch's key.
 */
enum bh_err digest_token(const struct token *t, const struct buf *secret,
    struct digest out[DIGEST_TOKEN_MAX], size_t *np) BH_CHECKED;

/*
 * Digests of an SSH public key's blob (RFC 4253, 6.6), sk keys included: of
 * kind DIGEST_SSH_KEY.  A certificate (PROTOCOL.certkeys) gives its inner key
 * as DIGEST_SSH_KEY and its signer as DIGEST_SSH_CA.  BH_ERR_INPUT if the blob
 * is none.
 */
enum bh_err digest_ssh(const void *blob, size_t len,
    struct digest out[DIGEST_SSH_MAX], size_t *np) BH_CHECKED;

/* The digest of a plain key's blob as a CA's or a host's. */
enum bh_err digest_ssh_as(enum digest_kind kind, const void *blob, size_t len,
    struct digest *out) BH_CHECKED;

/* "totp or hotp key", "SSH key", ...: what is listed, for people. */
const char *digest_kind_name(enum digest_kind kind);
/* The kind's word in a manifest: "otp-key", "yubikey-id", "yubikey-aes",
 * "recovery", "ssh-key", "ssh-ca", "ssh-host". */
const char *digest_kind_word(enum digest_kind kind);

#endif
