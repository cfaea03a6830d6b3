/*
 * bulkhead manifest: what production and backup tell each other about their
 * credentials, which is that there must be none in common.
 */
#include "tools/manifest.h"

#include "base/hex.h"
#include "core/base64.h"
#include "core/clock.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

#define ANSWER_MAX  16
#define FINDING_MAX 512

const struct config *
manifest_ready(
    struct invocation *inv, enum realm_class c, const char *what, int *codep)
{
	const struct config *config = inv_config(inv);

	*codep = CLI_FAILED;
	if (config == NULL)
		return NULL;
	if (c != 0 && config->realm_class != c) {
		*codep = out_fail(inv, CLI_NO,
		    "realm %s is of class %s: %s; do it on a host of class %s",
		    config->realm, class_name(config->realm_class), what,
		    class_name(c));
		return NULL;
	}
	/* the realm's private key comes into this process */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (crypto_open() != BH_OK) {
		(void)out_fail(inv, CLI_FAILED, "OpenSSL can't be used");
		return NULL;
	}
	return config;
}

int
manifest_identity(struct invocation *inv, struct identity **ip)
{
	struct buf *bytes = NULL;
	const char *text;
	json_t *reply;
	enum bh_err e;
	int code;

	code = client_call(
	    inv, json_pack("{s:s}", "op", "manifest.identity"), &reply);
	if (code != CLI_DONE)
		return code;
	text = reply_text(reply, "identity");
	if ((e = base64_decode(text, strlen(text), &bytes)) == BH_OK)
		e = identity_decode(bytes, ip);
	if (e != BH_OK)
		code = out_fail(inv, CLI_FAILED,
		    "the realm's key pair can't be used: %s; the store holds "
		    "another thing than was put there",
		    err_text(e));
	buf_free(bytes);
	json_decref(reply);
	return code;
}

const char *
print_text(const uint8_t print[CRYPTO_HASH_LEN], char text[PRINT_TEXT])
{
	char *p = text;
	size_t i;

	p += snprintf(text, PRINT_TEXT, "SHA256 ");
	for (i = 0; i < CRYPTO_HASH_LEN; i++) {
		if (i > 0)
			*p++ = ':';
		hex_encode(print + i, 1, p);
		p += 2;
	}
	return text;
}

enum bh_err
key_digests(
    const struct key_line *k, struct digest out[DIGEST_SSH_MAX], size_t *np)
{
	enum digest_kind kind = k->host ? DIGEST_SSH_HOST : DIGEST_SSH_CA;

	if (!k->host && !k->ca)
		return digest_ssh(k->blob, k->bloblen, out, np);
	*np = 1;
	return digest_ssh_as(kind, k->blob, k->bloblen, out);
}

bool
digest_read(const json_t *row, struct digest *d)
{
	const char *word = json_string_value(json_array_get(row, 0));
	const char *hex = json_string_value(json_array_get(row, 1));
	int kind;

	if (word == NULL || hex == NULL ||
	    !hex_parse(hex, d->bytes, sizeof(d->bytes)))
		return false;
	for (kind = 1; kind < DIGEST_KIND_COUNT; kind++) {
		d->kind = (enum digest_kind)kind;
		if (strcmp(digest_kind_word(d->kind), word) == 0)
			return true;
	}
	return false;
}

void
text_cut(char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return;
	len = max;
	while (len > 0 && (text[len] & 0xc0) == 0x80)
		len--;
	text[len] = '\0';
}

void
note_add(json_t *notes, const char *text)
{
	(void)json_array_append_new(notes, out_json_string(text));
}

enum bh_err
ask_yes(const char *question, bool *yesp)
{
	struct buf *line = NULL;
	enum bh_err e;

	*yesp = false;
	if (!terminal_there())
		return BH_ERR_NOTFOUND;
	(void)fflush(stdout);
	e = terminal_ask(question, true, ANSWER_MAX, &line);
	if (e == BH_ERR_RANGE || e == BH_ERR_CLOSED)
		return BH_OK; /* no yes */
	if (e == BH_OK)
		*yesp = strcasecmp((const char *)line->data, "y") == 0 ||
			strcasecmp((const char *)line->data, "yes") == 0;
	buf_free(line);
	return e;
}

static int
cmd_manifest_cert(struct invocation *inv)
{
	uint8_t print[CRYPTO_HASH_LEN];
	struct identity *i = NULL;
	struct buf *pem = NULL;
	char text[PRINT_TEXT];
	enum bh_err e;
	int code;

	if (manifest_ready(inv, 0, NULL, &code) == NULL ||
	    (code = manifest_identity(inv, &i)) != CLI_DONE)
		return code;
	if ((e = identity_certificate(i, &pem)) != BH_OK ||
	    (e = identity_fingerprint(i, print)) != BH_OK) {
		code = out_error(inv, e, "the realm's certificate");
	} else if (inv->json) {
		code =
		    out_json(inv, json_pack("{s:s%, s:s}", "certificate",
				      (const char *)pem->data, pem->len,
				      "fingerprint", print_text(print, text)));
	} else {
		if (fwrite(pem->data, 1, pem->len, stdout) != pem->len)
			code = CLI_FAILED;
		(void)fflush(stdout);
		(void)fprintf(stderr, "%s\n", print_text(print, text));
	}
	identity_free(i);
	buf_free(pem);
	return code;
}

static void finding(json_t *list, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
finding(json_t *list, const char *fmt, ...)
{
	char text[FINDING_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	note_add(list, text);
}

static void
source_findings(
    const struct config *config, const json_t *m, uint64_t now_s, json_t *list)
{
	const char *realm = reply_text(m, "realm"),
		   *host = reply_text(m, "host");
	uint64_t created = reply_number(m, "created_s");
	uint64_t quarantined = reply_number(m, "quarantined");
	char when[32];

	if (reply_number(m, "expires_s") <= now_s)
		finding(list,
		    "the manifest of host %s of realm %s has expired: export "
		    "and import a new one",
		    host, realm);
	else if (now_s > created &&
		 now_s - created > config->manifest_max_age_s)
		finding(list,
		    "the manifest of host %s of realm %s is of %s, older than "
		    "[ledger] manifest_max_age: export and import a new one",
		    host, realm, out_time(created, when));
	if (quarantined > 0)
		finding(list,
		    "%" PRIu64 " entries of host %s of realm %s are also "
		    "active here and deny nobody: replace those credentials, "
		    "or accept a new import",
		    quarantined, host, realm);
}

json_t *
manifest_findings(
    const struct config *config, const json_t *sources, uint64_t now_s)
{
	json_t *list = json_array();
	const json_t *m;
	size_t i;

	if (json_array_size(sources) == 0)
		finding(list,
		    "no manifest is in force: credentials of production are "
		    "not known here, and not refused; see 'bulkhead manifest "
		    "import'");
	json_array_foreach(sources, i, m)
	{
		source_findings(config, m, now_s, list);
	}
	return list;
}

static void
print_sources(const json_t *sources)
{
	static const char *const headings[] = {"REALM", "HOST", "SERIAL",
	    "CREATED", "EXPIRES", "ENTRIES", "QUARANTINED", "SIGNER"};
	struct table *t = table_new(headings, nitems(headings));
	char serial[24], entries[24], held[24], created[32], expires[32];
	const json_t *m;
	size_t i;

	json_array_foreach(sources, i, m)
	{
		const char *cells[] = {reply_text(m, "realm"),
		    reply_text(m, "host"), serial, created, expires, entries,
		    held, reply_text(m, "signer")};

		(void)snprintf(serial, sizeof(serial), "%" PRIu64,
		    reply_number(m, "serial"));
		(void)snprintf(entries, sizeof(entries), "%" PRIu64,
		    reply_number(m, "entries"));
		(void)snprintf(held, sizeof(held), "%" PRIu64,
		    reply_number(m, "quarantined"));
		(void)out_time(reply_number(m, "created_s"), created);
		(void)out_time(reply_number(m, "expires_s"), expires);
		table_add(t, cells);
	}
	table_print(t);
	table_free(t);
}

static int
cmd_manifest_list(struct invocation *inv)
{
	const struct config *config;
	json_t *sources, *findings, *doc;
	const json_t *text;
	struct now now;
	size_t i;
	int code;

	if ((config = manifest_ready(inv, CLASS_BACKUP,
		 "it imports no manifests", &code)) == NULL ||
	    (code = client_list(inv, json_pack("{s:s}", "op", "manifest.list"),
		 "sources", &sources)) != CLI_DONE)
		return code;
	clock_read(&now);
	findings = manifest_findings(config, sources, now.wall_s);
	if (inv->json) {
		doc = json_pack(
		    "{s:O, s:O}", "sources", sources, "findings", findings);
		code = out_json(inv, reply_document(doc));
		json_decref(doc);
	} else {
		if (json_array_size(sources) > 0)
			print_sources(sources);
		json_array_foreach(findings, i, text)
		{
			out_text(inv, "finding: %s\n", json_string_value(text));
		}
	}
	if (code == CLI_DONE && json_array_size(findings) > 0)
		code = CLI_NO;
	json_decref(sources);
	json_decref(findings);
	return code;
}

static const struct arg export_options[] = {
    {.name = "to",
	.argument = "CERT",
	.type = VALUE_FILE,
	.required = true,
	.help = "the backup realm's certificate, from manifest cert there"},
    {.name = "output",
	.letter = 'o',
	.argument = "FILE",
	.type = VALUE_FILE,
	.required = true,
	.help = "where to write it, mode 0600"},
};

static const struct arg import_operands[] = {
    {.name = "FILE",
	.type = VALUE_FILE,
	.required = true,
	.help = "the manifest, - for the standard input"},
};

static const struct arg import_options[] = {
    {.name = "yes",
	.help = "ask nothing: pin a first signer, quarantine what collides"},
    {.name = "signer",
	.argument = "HEX",
	.help = "the fingerprint that its signer's certificate must have"},
    {.name = "accept",
	.help = "entries that collide count too, and refuse who uses them"},
    {.name = "repin",
	.help = "take another signer than the pinned one, after a rebuild"},
};

const struct command commands_manifest[] = {
    {.name = "manifest cert",
	.run = cmd_manifest_cert,
	.summary = "Print this realm's certificate",
	.description =
	    "On a backup realm it is the one that manifests are sealed to; on "
	    "a production realm the one that signs them.  Its fingerprint, on "
	    "the standard error output, is for comparing by another way than "
	    "the certificate took."},
    {.name = "manifest export",
	.run = cmd_manifest_export,
	.summary = "Write what this production host's credentials are named by",
	.description =
	    "SHA-256 digests of all tokens' secrets and of all SSH keys and "
	    "CAs that sshd accepts, and the accounts with their persons; no "
	    "password, and nothing that opens a login.  Signed by this realm, "
	    "sealed to the backup realm of that certificate alone.  What could "
	    "not be seen, such as the keys of an AuthorizedKeysCommand, is "
	    "named.  A backup realm never exports.",
	ARGS(options, export_options)},
    {.name = "manifest import",
	.run = cmd_manifest_import,
	.summary = "Refuse production's credentials on this backup host",
	.description =
	    "The file must be sealed to this realm, whole, not expired, newer "
	    "than the one in force, and signed by the key that was pinned for "
	    "that host when its first manifest was imported; else it is "
	    "refused, and the last good one stays in force.\n\n"
	    "An entry that is the digest of a credential already active here "
	    "is shown.  It is quarantined, and denies nobody, unless it is "
	    "accepted.  Without a terminal nothing is asked: a signer that is "
	    "not known is refused unless --yes or --signer is given, and what "
	    "collides is quarantined.\n\n"
	    "A production realm never imports.",
	ARGS(operands, import_operands),
	ARGS(options, import_options)},
    {.name = "manifest list",
	.run = cmd_manifest_list,
	.summary = "Show the manifests in force on this backup host",
	.description =
	    "One that is older than [ledger] manifest_max_age, or expired, "
	    "and entries in quarantine are findings: exit 1.  None of them "
	    "denies anybody."},
    {.name = NULL},
};
