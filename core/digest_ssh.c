/*
 * Digests of SSH keys: a blob is read to its end and written again in the one
 * form that sshd itself would give the key.  sshd takes a number with zeros in
 * front, and so would a stranger who wants his key not to be recognised.
 */
#include "core/crypto/crypto.h"
#include "core/digest_internal.h"

#include <string.h>

#define CERT_SUFFIX "-cert-v01@openssh.com"

/* Fields of a key behind its name: i a positive number (RFC 4251, 5: mpint),
 * s a string that can't be empty, a one that can. */
static const struct key_form {
	const char *base;   /* what key and certificate names begin with */
	const char *suffix; /* and how the key's ends */
	const char *fields;
} forms[] = {
    {"ssh-rsa", "", "ii"},
    {"ssh-dss", "", "iiii"},
    {"ssh-ed25519", "", "s"},
    {"ecdsa-sha2-nistp256", "", "ss"},
    {"ecdsa-sha2-nistp384", "", "ss"},
    {"ecdsa-sha2-nistp521", "", "ss"},
    {"sk-ssh-ed25519", "@openssh.com", "sa"},
    {"sk-ecdsa-sha2-nistp256", "@openssh.com", "ssa"},
};

/* What is left to read. */
struct cursor {
	const uint8_t *p;
	size_t left;
};

static enum bh_err
skip(struct cursor *c, size_t len)
{
	if (len > c->left)
		return BH_ERR_INPUT;
	c->p += len;
	c->left -= len;
	return BH_OK;
}

static enum bh_err
get_string(struct cursor *c, struct cursor *sp)
{
	const uint8_t *p = c->p;
	uint32_t len;

	if (c->left < 4)
		return BH_ERR_INPUT;
	len = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	      (uint32_t)p[2] << 8 | (uint32_t)p[3];
	if (len > c->left - 4)
		return BH_ERR_INPUT;
	*sp = (struct cursor){p + 4, len};
	return skip(c, 4 + (size_t)len);
}

static enum bh_err
put_string(struct buf *b, const void *p, size_t len)
{
	enum bh_err e;

	if ((e = buf_put_u32(b, (uint32_t)len)) != BH_OK)
		return e;
	return buf_put(b, p, len);
}

static bool
is_name(const struct cursor *name, const char *base, const char *suffix)
{
	size_t n = strlen(base), m = strlen(suffix);

	return name->left == n + m && memcmp(name->p, base, n) == 0 &&
	       memcmp(name->p + n, suffix, m) == 0;
}

static const struct key_form *
form_of(const struct cursor *name, bool *certp)
{
	size_t i;

	for (i = 0; i < nitems(forms); i++) {
		*certp = is_name(name, forms[i].base, CERT_SUFFIX);
		if (*certp || is_name(name, forms[i].base, forms[i].suffix))
			return &forms[i];
	}
	return NULL;
}

static enum bh_err
copy_number(struct cursor v, struct buf *plain)
{
	if (v.left > 0 && (v.p[0] & 0x80) != 0)
		return BH_ERR_INPUT; /* negative: sshd refuses it too */
	while (v.left > 0 && v.p[0] == 0) {
		v.p++;
		v.left--;
	}
	if (v.left == 0)
		return BH_ERR_INPUT;
	if ((v.p[0] & 0x80) != 0) { /* its zero was there */
		v.p--;
		v.left++;
	}
	return put_string(plain, v.p, v.left);
}

/* The key's own fields, written as a plain key. */
static enum bh_err
copy_key(struct cursor *c, const struct key_form *form, struct buf *plain)
{
	struct cursor v;
	const char *f;
	enum bh_err e;

	if ((e = buf_put_u32(plain,
		 (uint32_t)(strlen(form->base) + strlen(form->suffix)))) !=
		BH_OK ||
	    (e = buf_put(plain, form->base, strlen(form->base))) != BH_OK ||
	    (e = buf_put(plain, form->suffix, strlen(form->suffix))) != BH_OK)
		return e;
	for (f = form->fields; *f != '\0'; f++) {
		if ((e = get_string(c, &v)) != BH_OK)
			return e;
		if (*f == 's' && v.left == 0)
			return BH_ERR_INPUT;
		e = *f == 'i' ? copy_number(v, plain)
			      : put_string(plain, v.p, v.left);
		if (e != BH_OK)
			return e;
	}
	return BH_OK;
}

/* PROTOCOL.certkeys: what stands behind the key; *cap is the signer's blob. */
static enum bh_err
read_cert(struct cursor *c, struct cursor *cap)
{
	struct cursor s;
	enum bh_err e;

	if ((e = skip(c, 8 + 4)) != BH_OK ||	/* serial, type */
	    (e = get_string(c, &s)) != BH_OK || /* key id */
	    (e = get_string(c, &s)) != BH_OK || /* principals */
	    (e = skip(c, 8 + 8)) != BH_OK ||	/* valid from, to */
	    (e = get_string(c, &s)) != BH_OK || /* critical options */
	    (e = get_string(c, &s)) != BH_OK || /* extensions */
	    (e = get_string(c, &s)) != BH_OK || /* reserved */
	    (e = get_string(c, cap)) != BH_OK)
		return e;
	return get_string(c, &s); /* signature */
}

/* *cap: the signer's blob, or nothing if the key is a plain one. */
static enum bh_err
read_key(struct cursor c, struct buf *plain, struct cursor *cap)
{
	const struct key_form *form;
	struct cursor name, nonce;
	bool cert = false;
	enum bh_err e;

	*cap = (struct cursor){NULL, 0};
	if ((e = get_string(&c, &name)) != BH_OK)
		return e;
	if ((form = form_of(&name, &cert)) == NULL)
		return BH_ERR_INPUT;
	if ((cert && (e = get_string(&c, &nonce)) != BH_OK) ||
	    (e = copy_key(&c, form, plain)) != BH_OK ||
	    (cert && (e = read_cert(&c, cap)) != BH_OK))
		return e;
	if (c.left != 0 || (cert && cap->left == 0))
		return BH_ERR_INPUT;
	return BH_OK;
}

/* *cap as above; NULL: only a plain key will do. */
static enum bh_err
digest_blob(enum digest_kind kind, struct cursor c, struct digest *out,
    struct cursor *cap)
{
	struct cursor ca;
	struct buf *plain;
	enum bh_err e;

	/* a plain key is never longer than what it was read from */
	if ((plain = buf_new(c.left)) == NULL)
		return BH_ERR_NOMEM;
	e = read_key(c, plain, &ca);
	if (e == BH_OK && cap == NULL && ca.left > 0)
		e = BH_ERR_INPUT;
	if (e == BH_OK)
		e = digest_make(kind, plain->data, plain->len, out);
	if (e == BH_OK && cap != NULL)
		*cap = ca;
	buf_free(plain);
	return e;
}

enum bh_err
digest_ssh(
    const void *blob, size_t len, struct digest out[DIGEST_SSH_MAX], size_t *np)
{
	struct cursor c = {blob, len}, ca;
	enum bh_err e;
	size_t n = 1;

	if ((e = digest_blob(DIGEST_SSH_KEY, c, &out[0], &ca)) != BH_OK)
		return e;
	if (ca.left > 0 &&
	    (e = digest_blob(DIGEST_SSH_CA, ca, &out[n++], NULL)) != BH_OK)
		return e;
	*np = n;
	return BH_OK;
}

enum bh_err
digest_ssh_as(
    enum digest_kind kind, const void *blob, size_t len, struct digest *out)
{
	struct cursor c = {blob, len};

	return digest_blob(kind, c, out, NULL);
}
