/*
 * Digests of SSH keys: a certificate is its key and its signer, and a key has
 * one digest in whatever form it is written.
 */
#include "tests/unit/unit.h"

#include "core/base64.h"
#include "core/crypto/crypto.h"
#include "core/digest.h"

#include <stdio.h>
#include <stdlib.h>

#define BLOB_MAX 4096

static int
set_up(void **state)
{
	(void)state;
	return crypto_open() == BH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	crypto_close();
	return 0;
}

static bool
shared(const struct digest *a, size_t n, const struct digest *b, size_t m)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < m; k++)
			if (a[i].kind == b[k].kind &&
			    memcmp(a[i].bytes, b[k].bytes, MODEL_DIGEST_LEN) ==
				0)
				return true;
	return false;
}

/* Blobs as ssh-keygen writes them. */

static char folder[64];

static struct buf *
load_blob(const char *name)
{
	char path[128], line[2 * BLOB_MAX], *from, *to;
	struct buf *b = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	from = strchr(line, ' ');
	assert_non_null(from);
	to = strpbrk(++from, " \n");
	assert_non_null(to);
	assert_int_equal(base64_decode(from, (size_t)(to - from), &b), BH_OK);
	return b;
}

static void
put(struct buf *b, const void *p, size_t len)
{
	assert_int_equal(buf_put_u32(b, (uint32_t)len), BH_OK);
	assert_int_equal(buf_put(b, p, len), BH_OK);
}

/* A key of a security key: any point on the curve will do, so another key's. */
static void
write_sk(const char *name, const char *type, const char *from, size_t skip)
{
	struct buf *b = buf_new(BLOB_MAX), *other = load_blob(from);
	char path[128], text[2 * BLOB_MAX];
	FILE *f;

	assert_non_null(b);
	put(b, type, strlen(type));
	assert_int_equal(
	    buf_put(b, other->data + skip, other->len - skip), BH_OK);
	put(b, "ssh:", 4);
	assert_int_equal(
	    base64_encode(b->data, b->len, text, sizeof(text)), BH_OK);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s %s test\n", type, text);
	fclose(f);
	buf_free(b);
	buf_free(other);
}

static int
make_keys(void **state)
{
	static const char script[] =
	    "cd %s && exec 2>&1 >/dev/null </dev/null && "
	    "for t in rsa ecdsa ed25519; do "
	    "ssh-keygen -q -t $t -N '' -C test -f $t || exit 1; done && "
	    "ssh-keygen -q -t ecdsa -b 521 -N '' -C test -f ca";
	const char *tmp = getenv("TMPDIR");
	char text[512];

	if (set_up(state) != 0)
		return -1;
	snprintf(folder, sizeof(folder), "%.40s/bh-digest-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(text, sizeof(text), script, folder);
	if (system(text) != 0)
		return -1;
	write_sk("sk-ed25519.pub", "sk-ssh-ed25519@openssh.com", "ed25519.pub",
	    4 + strlen("ssh-ed25519"));
	write_sk("sk-ecdsa.pub", "sk-ecdsa-sha2-nistp256@openssh.com",
	    "ecdsa.pub", 4 + strlen("ecdsa-sha2-nistp256"));
	snprintf(text, sizeof(text),
	    "cd %s && exec >/dev/null 2>&1 </dev/null && for k in rsa ecdsa "
	    "ed25519 sk-ed25519 sk-ecdsa; do ssh-keygen -q -s ca -I id -n root "
	    "-O source-address=192.0.2.0/24 $k.pub || exit 1; done",
	    folder);
	return system(text) == 0 ? 0 : -1;
}

static int
drop_keys(void **state)
{
	char text[128];

	snprintf(text, sizeof(text), "rm -r -- %s", folder);
	if (system(text) != 0)
		return -1;
	return tear_down(state);
}

static const char *const keys[] = {
    "rsa", "ecdsa", "ed25519", "sk-ed25519", "sk-ecdsa"};

/* A certificate is the key inside it, and its signer is named too. */
static void
a_certificate_is_its_key_and_its_signer(void **state)
{
	struct digest plain[DIGEST_SSH_MAX], cert[DIGEST_SSH_MAX], ca;
	struct buf *b;
	char name[64];
	size_t i, n;

	(void)state;
	b = load_blob("ca.pub");
	assert_int_equal(
	    digest_ssh_as(DIGEST_SSH_CA, b->data, b->len, &ca), BH_OK);
	buf_free(b);
	for (i = 0; i < nitems(keys); i++) {
		snprintf(name, sizeof(name), "%s.pub", keys[i]);
		b = load_blob(name);
		assert_int_equal(digest_ssh(b->data, b->len, plain, &n), BH_OK);
		assert_int_equal(n, 1);
		assert_int_equal(plain[0].kind, DIGEST_SSH_KEY);
		buf_free(b);
		snprintf(name, sizeof(name), "%s-cert.pub", keys[i]);
		b = load_blob(name);
		assert_int_equal(digest_ssh(b->data, b->len, cert, &n), BH_OK);
		assert_int_equal(n, 2);
		assert_true(shared(&cert[0], 1, plain, 1));
		assert_true(shared(&cert[1], 1, &ca, 1));
		assert_int_equal(
		    digest_ssh_as(DIGEST_SSH_HOST, b->data, b->len, &ca),
		    BH_ERR_INPUT);
		buf_free(b);
		b = load_blob("ca.pub");
		assert_int_equal(
		    digest_ssh_as(DIGEST_SSH_CA, b->data, b->len, &ca), BH_OK);
		buf_free(b);
	}
}

/* A digest of a plain key is over the blob as it is, and of its kind. */
static void
a_plain_key_is_its_blob(void **state)
{
	struct digest d[DIGEST_SSH_MAX], host;
	uint8_t want[CRYPTO_HASH_LEN];
	char name[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < nitems(keys); i++) {
		struct buf *b;

		snprintf(name, sizeof(name), "%s.pub", keys[i]);
		b = load_blob(name);
		assert_int_equal(digest_ssh(b->data, b->len, d, &n), BH_OK);
		assert_int_equal(
		    digest_ssh_as(DIGEST_SSH_HOST, b->data, b->len, &host),
		    BH_OK);
		assert_int_equal(host.kind, DIGEST_SSH_HOST);
		assert_memory_not_equal(
		    host.bytes, d[0].bytes, MODEL_DIGEST_LEN);
		{
			struct slice in[] = {
			    {"bulkhead digest v1\0ssh-key", 27},
			    {b->data, b->len}};

			assert_int_equal(crypto_sha256(in, 2, want), BH_OK);
		}
		assert_memory_equal(d[0].bytes, want, sizeof(want));
		assert_int_equal(
		    digest_ssh_as(DIGEST_KIND_COUNT, b->data, b->len, &host),
		    BH_ERR_RANGE);
		buf_free(b);
	}
}

/* A copy of its own for each length, so that reading beyond is noticed. */
static void
a_cut_blob_is_none(void **state)
{
	static const char *const ends[] = {".pub", "-cert.pub"};
	struct digest d[DIGEST_SSH_MAX];
	char name[64];
	size_t i, k, len, n;

	(void)state;
	for (i = 0; i < nitems(keys); i++)
		for (k = 0; k < nitems(ends); k++) {
			struct buf *b, *part;

			snprintf(name, sizeof(name), "%s%s", keys[i], ends[k]);
			b = load_blob(name);
			for (len = 0; len < b->len; len++) {
				part = buf_new_from(b->data, len);
				assert_int_equal(
				    digest_ssh(part->data, len, d, &n),
				    BH_ERR_INPUT);
				buf_free(part);
			}
			part = buf_new(b->len + 1);
			memcpy(part->data, b->data, b->len);
			part->data[b->len] = 0;
			part->len = b->len + 1;
			assert_int_equal(
			    digest_ssh(part->data, part->len, d, &n),
			    BH_ERR_INPUT);
			buf_free(part);
			buf_free(b);
		}
}

/* sshd takes a number with zeros in front, and knows the key again. */
static void
zeros_before_a_number_do_not_hide_a_key(void **state)
{
	static const struct {
		const char *rule, *e;
		size_t len;
		enum bh_err want;
	} rows[] = {
	    {"as it is", "\x01\x00\x01", 3, BH_OK},
	    {"a zero in front", "\x00\x01\x00\x01", 4, BH_OK},
	    {"three zeros", "\x00\x00\x00\x01\x00\x01", 6, BH_OK},
	    {"negative", "\x81\x00\x01", 3, BH_ERR_INPUT},
	    {"nothing", "", 0, BH_ERR_INPUT},
	    {"zero", "\x00", 1, BH_ERR_INPUT},
	};
	struct digest first[DIGEST_SSH_MAX], d[DIGEST_SSH_MAX];
	uint8_t modulus[257];
	size_t i, zeros, n;

	(void)state;
	memset(modulus, 0xa5, sizeof(modulus));
	modulus[0] = 0;
	for (i = 0; i < nitems(rows); i++) {
		struct buf *b = buf_new(BLOB_MAX);

		put(b, "ssh-rsa", 7);
		put(b, rows[i].e, rows[i].len);
		put(b, modulus, sizeof(modulus));
		if (digest_ssh(b->data, b->len, d, &n) != rows[i].want)
			fail_msg("%s", rows[i].rule);
		if (i == 0)
			first[0] = d[0];
		else if (rows[i].want == BH_OK)
			assert_true(shared(first, 1, d, 1));
		buf_free(b);
	}
	for (zeros = 1; zeros < 4; zeros++) {
		struct buf *b = buf_new(BLOB_MAX);
		uint8_t longer[300] = {0};

		memcpy(longer + zeros, modulus, sizeof(modulus));
		put(b, "ssh-rsa", 7);
		put(b, rows[0].e, rows[0].len);
		put(b, longer, sizeof(modulus) + zeros);
		assert_int_equal(digest_ssh(b->data, b->len, d, &n), BH_OK);
		assert_true(shared(first, 1, d, 1));
		buf_free(b);
	}
}

static void
an_unknown_type_is_no_key(void **state)
{
	static const char *const types[] = {"", "ssh", "ssh-ed25519 ",
	    "ssh-ed25519@openssh.com", "sk-ssh-ed25519",
	    "ssh-ed25519-cert-v00@openssh.com", "SSH-ED25519"};
	uint8_t key[32] = {1};
	struct digest d[DIGEST_SSH_MAX];
	size_t i, n;

	(void)state;
	for (i = 0; i < nitems(types); i++) {
		struct buf *b = buf_new(BLOB_MAX);

		put(b, types[i], strlen(types[i]));
		put(b, key, sizeof(key));
		assert_int_equal(
		    digest_ssh(b->data, b->len, d, &n), BH_ERR_INPUT);
		buf_free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_certificate_is_its_key_and_its_signer),
	    cmocka_unit_test(a_plain_key_is_its_blob),
	    cmocka_unit_test(a_cut_blob_is_none),
	    cmocka_unit_test(zeros_before_a_number_do_not_hide_a_key),
	    cmocka_unit_test(an_unknown_type_is_no_key),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
