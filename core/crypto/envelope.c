/*
 * The shape of a sealed message, read by hand before OpenSSL reads it.  The
 * bytes come from a host that may be an attacker's: OpenSSL before 3.0.19 and
 * 3.5.5 copies a nonce of any length onto its stack (CVE-2025-15467), and takes
 * a tag of one byte; and none of its other kinds of recipients is needed.
 */
#include "core/crypto/cms_internal.h"

#include <string.h>

#define TAG_OCTET_STRING 0x04
#define TAG_SEQUENCE	 0x30
#define TAG_SET		 0x31
#define TAG_CONTENT	 0xa0 /* [0] EXPLICIT */
#define WRAPPED_LEN	 40   /* AES key wrap (RFC 3394) of a key of 32 bytes */
#define X_Y_LEN		 64
#define TAG_CIPHER_TEXT	 0x80 /* [0] IMPLICIT OCTET STRING, in one piece */
#define TAG_KEY_AGREE	 0xa1 /* [1] IMPLICIT KeyAgreeRecipientInfo */

struct der {
	const uint8_t *at;
	size_t left;
};

/* id-ct-authEnvelopedData (RFC 5083, 2.1) */
static const uint8_t envelope_type[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86,
    0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
/* id-data (RFC 5652, 4) */
static const uint8_t data_type[] = {
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
/* AlgorithmIdentifier of AES-256-GCM (RFC 5084, 3.2), before the nonce of 12
 * bytes and behind it: a tag of 16 */
static const uint8_t cipher_head[] = {0x30, 0x1e, 0x06, 0x09, 0x60, 0x86, 0x48,
    0x01, 0x65, 0x03, 0x04, 0x01, 0x2e, 0x30, 0x11, 0x04, 0x0c};
static const uint8_t cipher_tail[] = {0x02, 0x01, 0x10};

/* INTEGER 0: the version of AuthEnvelopedData */
static const uint8_t version_0[] = {0x02, 0x01, 0x00};
/* KeyAgreeRecipientInfo (RFC 5753, 3.1.1): version 3 and the originator's
 * key, up to its x and y */
static const uint8_t agree_head[] = {0x02, 0x01, 0x03, 0xa0, 0x51, 0xa1, 0x4f,
    0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x03,
    0x42, 0x00, 0x04};
/* dhSinglePass-stdDH-sha256kdf-scheme with id-aes256-wrap */
static const uint8_t agree_scheme[] = {0x30, 0x15, 0x06, 0x06, 0x2b, 0x81, 0x04,
    0x01, 0x0b, 0x01, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
    0x03, 0x04, 0x01, 0x2d};

/* The length of what follows, in DER: as short as it can be. */
static bool
read_length(struct der *d, size_t *lenp)
{
	size_t i, n, len = 0;

	if (d->left < 1)
		return false;
	n = *d->at++;
	d->left--;
	if (n < 0x80) {
		*lenp = n;
		return true;
	}
	n &= 0x7f;
	if (n < 1 || n > 4 || d->left < n || d->at[0] == 0)
		return false;
	for (i = 0; i < n; i++)
		len = len << 8 | d->at[i];
	d->at += n;
	d->left -= n;
	*lenp = len;
	return len >= 0x80;
}

/* The next element must have this tag; *in is what is in it. */
static bool
enter(struct der *d, uint8_t tag, struct der *in)
{
	size_t len;

	if (d->left < 1 || *d->at != tag)
		return false;
	d->at++;
	d->left--;
	if (!read_length(d, &len) || len > d->left)
		return false;
	in->at = d->at;
	in->left = len;
	d->at += len;
	d->left -= len;
	return true;
}

/* Exactly these bytes must come next. */
static bool
expect(struct der *d, const uint8_t *bytes, size_t len)
{
	if (d->left < len || memcmp(d->at, bytes, len) != 0)
		return false;
	d->at += len;
	d->left -= len;
	return true;
}

/* Any bytes may come next, so many. */
static bool
skip(struct der *d, size_t len)
{
	if (d->left < len)
		return false;
	d->at += len;
	d->left -= len;
	return true;
}

/* One key, for who is named by issuer and serial. */
static bool
recipient_ok(struct der d)
{
	struct der keys, key, in;

	return expect(&d, agree_head, sizeof(agree_head)) &&
	       skip(&d, X_Y_LEN) &&
	       expect(&d, agree_scheme, sizeof(agree_scheme)) &&
	       enter(&d, TAG_SEQUENCE, &keys) && d.left == 0 &&
	       enter(&keys, TAG_SEQUENCE, &key) && keys.left == 0 &&
	       enter(&key, TAG_SEQUENCE, &in) &&
	       enter(&key, TAG_OCTET_STRING, &in) && in.left == WRAPPED_LEN &&
	       key.left == 0;
}

static bool
encrypted_ok(struct der d)
{
	struct der in;

	return expect(&d, data_type, sizeof(data_type)) &&
	       expect(&d, cipher_head, sizeof(cipher_head)) &&
	       skip(&d, CRYPTO_NONCE_LEN) &&
	       expect(&d, cipher_tail, sizeof(cipher_tail)) &&
	       enter(&d, TAG_CIPHER_TEXT, &in) && d.left == 0;
}

bool
envelope_ok(const uint8_t *der, size_t len)
{
	struct der d = {der, len}, info, content, envelope, recipients, one, in;

	if (!enter(&d, TAG_SEQUENCE, &info) || d.left != 0 ||
	    !expect(&info, envelope_type, sizeof(envelope_type)) ||
	    !enter(&info, TAG_CONTENT, &content) || info.left != 0 ||
	    !enter(&content, TAG_SEQUENCE, &envelope) || content.left != 0)
		return false;
	if (!expect(&envelope, version_0, sizeof(version_0)) ||
	    !enter(&envelope, TAG_SET, &recipients) ||
	    !enter(&recipients, TAG_KEY_AGREE, &one) || recipients.left != 0)
		return false;
	return recipient_ok(one) && enter(&envelope, TAG_SEQUENCE, &in) &&
	       encrypted_ok(in) && enter(&envelope, TAG_OCTET_STRING, &in) &&
	       in.left == CRYPTO_TAG_LEN && envelope.left == 0;
}
