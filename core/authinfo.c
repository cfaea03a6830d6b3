/*
 * Reading SSH_AUTH_INFO_0.
 */
#include "core/authinfo.h"

#include "core/base64.h"
#include "core/crypto/crypto.h"

#include <stdio.h>
#include <string.h>

#define KEY_PREFIX "publickey "

/* The blob of "ssh-ed25519 AAAA..."; *typelenp: how long the type is. */
static enum bh_err
key_blob(const char *key, size_t len, size_t *typelenp, struct buf **blobp)
{
	const char *space = memchr(key, ' ', len);

	if (space == NULL)
		return BH_ERR_INPUT;
	*typelenp = (size_t)(space - key);
	return base64_decode(space + 1, len - *typelenp - 1, blobp);
}

/* "ssh-ed25519 SHA256:..." of "ssh-ed25519 AAAA...". */
static enum bh_err
key_fingerprint(const char *key, size_t len, char *out, size_t size)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	char text[CRYPTO_HASH_LEN * 2];
	struct buf *blob = NULL;
	struct slice in;
	size_t typelen = 0;
	enum bh_err e;

	if ((e = key_blob(key, len, &typelen, &blob)) != BH_OK)
		return e;
	in.data = blob->data;
	in.len = blob->len;
	if ((e = crypto_sha256(&in, 1, hash)) == BH_OK &&
	    (e = base64_encode(hash, sizeof(hash), text, sizeof(text))) ==
		BH_OK) {
		text[strcspn(text, "=")] = '\0';
		snprintf(out, size, "%.*s SHA256:%s",
		    (int)(typelen < 40 ? typelen : 40), key, text);
	}
	buf_free(blob);
	return e;
}

static enum bh_err
read_line(const char *line, size_t len, struct event_factor *f, bool *isp)
{
	size_t prefix = strlen(KEY_PREFIX);

	*isp = true;
	memset(f, 0, sizeof(*f));
	f->type = "possession";
	f->known_by = "sshd";
	f->result = "ok";
	if (len > prefix && strncmp(line, KEY_PREFIX, prefix) == 0) {
		f->kind = "publickey";
		return key_fingerprint(
		    line + prefix, len - prefix, f->detail, sizeof(f->detail));
	}
	if (len >= 9 && strncmp(line, "hostbased", 9) == 0) {
		f->kind = "hostbased";
		return BH_OK;
	}
	if (len == 8 && strncmp(line, "password", 8) == 0) {
		f->type = "knowledge";
		f->kind = "password";
		return BH_OK;
	}
	*isp = false;
	return BH_OK;
}

enum bh_err
authinfo_factors(
    const char *info, struct event_factor *out, size_t max, size_t *np)
{
	size_t n = 0;

	while (*info != '\0' && n < max) {
		size_t len = strcspn(info, "\n");
		enum bh_err e;
		bool is;

		if ((e = read_line(info, len, &out[n], &is)) != BH_OK)
			return e;
		if (is)
			n++;
		info += len;
		if (*info == '\n')
			info++;
	}
	*np = n;
	return BH_OK;
}

enum bh_err
authinfo_next_key(const char **infop, struct buf **blobp)
{
	const size_t prefix = strlen(KEY_PREFIX);
	const char *line = *infop;
	size_t len, typelen;

	while (*line != '\0') {
		len = strcspn(line, "\n");
		*infop = line + len + (line[len] == '\n' ? 1 : 0);
		if (len > prefix && strncmp(line, KEY_PREFIX, prefix) == 0)
			return key_blob(
			    line + prefix, len - prefix, &typelen, blobp);
		line = *infop;
	}
	return BH_ERR_NOTFOUND;
}

enum bh_err
authinfo_only_key(const char *info, struct buf **blobp)
{
	size_t len = strcspn(info, "\n");

	if (strncmp(info, KEY_PREFIX, strlen(KEY_PREFIX)) != 0 ||
	    (info[len] == '\n' && info[len + 1] != '\0'))
		return BH_ERR_NOTFOUND;
	return authinfo_next_key(&info, blobp);
}

bool
authinfo_has_key(const char *info)
{
	return strncmp(info, KEY_PREFIX, strlen(KEY_PREFIX)) == 0 ||
	       strstr(info, "\n" KEY_PREFIX) != NULL;
}
