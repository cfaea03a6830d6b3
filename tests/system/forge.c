/*
 * Makes manifests that must be refused, and some that must not:
 *
 *	forge key=FILE [to=PEM out=FILE WORD=VALUE...]
 *
 * key     the signer's key pair; made if the file is not there
 * to      the certificate it is sealed to
 * for     the certificate whose realm it names; to, if not given
 * realm host serial created expires    its head; times in seconds from now
 * otp     a totp or hotp key in hexadecimal digits, to be listed
 * ssh ca  the file of a public key, likewise
 * fill    so many made-up SSH keys
 * twice   list all of them again
 * text    seal this file in place of a manifest
 *
 * Prints the signer's fingerprint.
 */
#include "base/hex.h"
#include "core/crypto/cms.h"
#include "core/digest.h"
#include "core/host/keys.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DIGESTS_MAX 64
#define FILE_MAX    (1 << 20)

struct forge {
	const char *key, *to, *for_whom, *out, *text;
	const char *realm, *host;
	long long serial, created, expires;
	unsigned long fill;
	bool twice;
	struct digest digest[DIGESTS_MAX];
	size_t n;
};

static void
must(enum bh_err e, const char *what)
{
	if (e != BH_OK)
		errx(1, "%s: %s", what, err_text(e));
}

static struct buf *
file_read(const char *path)
{
	struct buf *b = buf_new(FILE_MAX);
	FILE *in = fopen(path, "r");

	if (b == NULL || in == NULL)
		err(1, "%s", path);
	b->len = fread(b->data, 1, b->max, in);
	(void)fclose(in);
	return b;
}

static void
file_write(const char *path, const struct buf *b)
{
	FILE *out = fopen(path, "w");

	if (out == NULL || fwrite(b->data, 1, b->len, out) != b->len ||
	    fclose(out) != 0)
		err(1, "%s", path);
}

static void
add_otp(struct forge *f, const char *hex)
{
	struct token t = {
	    .kind = FACTOR_TOTP, .hash = OTP_SHA1, .digits = 6, .period_s = 30};
	struct buf *b = buf_new(MODEL_SECRET_MAX);
	size_t n = 0;

	if (b == NULL || strlen(hex) / 2 > b->max ||
	    !hex_parse(hex, b->data, strlen(hex) / 2))
		errx(1, "otp: no hexadecimal digits");
	b->len = strlen(hex) / 2;
	must(digest_token(&t, b, f->digest + f->n, &n), "otp");
	f->n += n;
	buf_free(b);
}

static void
add_ssh(struct forge *f, const char *path, bool ca)
{
	const char *why = "";
	struct buf *blob = NULL;
	char *line = NULL;
	size_t n = 1;

	if (keys_read_one(path, &line, &blob, &why) != BH_OK)
		errx(1, "%s: %s", path, why);
	must(ca ? digest_ssh_as(
		      DIGEST_SSH_CA, blob->data, blob->len, f->digest + f->n)
		: digest_ssh(blob->data, blob->len, f->digest + f->n, &n),
	    path);
	f->n += n;
	free(line);
	buf_free(blob);
}

static bool
take_text(struct forge *f, const char *word, const char *value)
{
	const struct {
		const char *word;
		const char **to;
	} texts[] = {
	    {"key", &f->key},
	    {"to", &f->to},
	    {"for", &f->for_whom},
	    {"out", &f->out},
	    {"text", &f->text},
	    {"realm", &f->realm},
	    {"host", &f->host},
	};
	size_t i;

	for (i = 0; i < nitems(texts); i++) {
		if (strcmp(texts[i].word, word) == 0) {
			*texts[i].to = value;
			return true;
		}
	}
	return false;
}

static void
take(struct forge *f, const char *word, const char *value)
{
	if (f->n + DIGEST_SSH_MAX > DIGESTS_MAX)
		errx(2, "too many digests");
	if (take_text(f, word, value))
		return;
	if (strcmp(word, "serial") == 0)
		f->serial = strtoll(value, NULL, 10);
	else if (strcmp(word, "created") == 0)
		f->created = time(NULL) + strtoll(value, NULL, 10);
	else if (strcmp(word, "expires") == 0)
		f->expires = time(NULL) + strtoll(value, NULL, 10);
	else if (strcmp(word, "fill") == 0)
		f->fill = strtoul(value, NULL, 10);
	else if (strcmp(word, "twice") == 0)
		f->twice = true;
	else if (strcmp(word, "otp") == 0)
		add_otp(f, value);
	else if (strcmp(word, "ssh") == 0 || strcmp(word, "ca") == 0)
		add_ssh(f, value, word[0] == 'c');
	else
		errx(2, "no such word: %s", word);
}

static int
compare(const void *a, const void *b)
{
	const struct digest *x = a, *y = b;

	return memcmp(x->bytes, y->bytes, sizeof(x->bytes));
}

/* Made-up keys begin with zeros and so stand before all others. */
static void
write_kind(const struct forge *f, enum digest_kind kind, FILE *out)
{
	char hex[2 * MODEL_DIGEST_LEN + 1];
	const char *comma = "";
	unsigned long i;

	(void)fprintf(out, "%s\"%s\":[", kind == DIGEST_OTP_KEY ? "" : ",",
	    digest_kind_word(kind));
	for (i = 0; kind == DIGEST_SSH_KEY && i < f->fill; i++) {
		(void)fprintf(out, "%s\"%064lx\"", comma, i + 1);
		comma = ",";
	}
	for (i = 0; i < f->n; i++) {
		if (f->digest[i].kind != kind)
			continue;
		hex_encode(f->digest[i].bytes, MODEL_DIGEST_LEN, hex);
		(void)fprintf(out, "%s\"%s\"", comma, hex);
		comma = ",";
		if (f->twice)
			(void)fprintf(out, ",\"%s\"", hex);
	}
	(void)fputs("]", out);
}

static struct buf *
document(struct forge *f)
{
	uint8_t print[CRYPTO_HASH_LEN];
	char hex[2 * CRYPTO_HASH_LEN + 1], *text = NULL;
	struct buf *pem = file_read(f->for_whom), *b;
	enum digest_kind kind;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		err(1, "memory");
	must(certificate_fingerprint(pem->data, pem->len, print), f->for_whom);
	hex_encode(print, sizeof(print), hex);
	qsort(f->digest, f->n, sizeof(f->digest[0]), compare);
	(void)fprintf(out,
	    "{\"format\":1,\"realm\":\"%s\",\"host\":\"%s\",\"serial\":%lld,"
	    "\"created_s\":%lld,\"expires_s\":%lld,\"recipient\":\"%s\","
	    "\"entries\":{",
	    f->realm, f->host, f->serial, f->created, f->expires, hex);
	for (kind = DIGEST_OTP_KEY; kind < DIGEST_KIND_COUNT; kind++)
		write_kind(f, kind, out);
	(void)fputs("},\"accounts\":[],\"notes\":[]}", out);
	if (fclose(out) != 0 || (b = buf_new_from(text, len)) == NULL)
		err(1, "memory");
	free(text);
	buf_free(pem);
	return b;
}

static struct identity *
signer(const char *path)
{
	struct identity *i = NULL;
	struct buf *bytes = NULL;
	struct stat st;

	if (stat(path, &st) == 0) {
		bytes = file_read(path);
		must(identity_decode(bytes, &i), path);
	} else {
		must(identity_make(&i), "key");
		must(identity_encode(i, &bytes), "key");
		file_write(path, bytes);
	}
	buf_free(bytes);
	return i;
}

static void
seal(struct forge *f, const struct identity *i)
{
	struct buf *pem, *text, *sealed = NULL;

	if (f->for_whom == NULL)
		f->for_whom = f->to;
	pem = file_read(f->to);
	text = f->text != NULL ? file_read(f->text) : document(f);
	must(cms_seal(i, pem->data, pem->len, text->data, text->len, &sealed),
	    "seal");
	file_write(f->out, sealed);
	buf_free(pem);
	buf_free(text);
	buf_free(sealed);
}

int
main(int argc, char **argv)
{
	struct forge f = {.realm = "prod",
	    .host = "00000000000000000000000000000001",
	    .serial = 1,
	    .created = time(NULL),
	    .expires = time(NULL) + 90 * 86400};
	uint8_t print[CRYPTO_HASH_LEN];
	char hex[2 * CRYPTO_HASH_LEN + 1];
	struct identity *i;
	char *equals;
	int n;

	must(crypto_open(), "OpenSSL");
	for (n = 1; n < argc; n++) {
		if ((equals = strchr(argv[n], '=')) == NULL)
			errx(2, "usage: forge WORD=VALUE...");
		*equals = '\0';
		take(&f, argv[n], equals + 1);
	}
	if (f.key == NULL || (f.to == NULL) != (f.out == NULL))
		errx(2, "usage: forge key=FILE [to=PEM out=FILE ...]");
	i = signer(f.key);
	if (f.to != NULL)
		seal(&f, i);
	must(identity_fingerprint(i, print), "key");
	hex_encode(print, sizeof(print), hex);
	(void)printf("%s\n", hex);
	identity_free(i);
	crypto_close();
	return 0;
}
