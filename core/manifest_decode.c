/*
 * Read a manifest: strictly, since what is signed may still be an attacker's.
 */
#include "core/digest.h"
#include "core/manifest_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char not_ours[] =
    "it is not a manifest: it is no JSON document of exactly one object";
static const char no_format[] = "the manifest does not say its format";
static const char too_new[] =
    "the manifest is of a newer format: this bulkhead must be upgraded first";
static const char unknown_member[] =
    "the manifest has a member that its format does not know";
static const char missing_member[] =
    "a member of the manifest is missing or of the wrong type";
static const char bad_head[] =
    "the manifest's realm, host, serial, times or recipient can't be";
static const char bad_entry[] =
    "an entry of the manifest is no digest in lower-case hexadecimal";
static const char unsorted_entries[] =
    "the manifest's entries are not sorted, or one stands there twice";
static const char bad_account[] = "an account of the manifest can't be";
static const char unsorted_accounts[] =
    "the manifest's accounts are not sorted, or one stands there twice";
static const char bad_note[] = "a note of the manifest is no text";
static const char too_long[] = "the manifest is longer than 64 MiB";
static const char too_many_entries[] =
    "the manifest has more than 400000 entries";
static const char too_many_accounts[] =
    "the manifest has more than 100000 accounts";
static const char too_many_notes[] = "the manifest has more than 1000 notes";
static const char no_memory[] = "not enough memory to read the manifest";

static const char too_many_values[] =
    "the manifest has more than 400000 entries, or more of something else "
    "than there may be";

/* Values there may be: in a list one each, an account is three, and the head.
 * The parser makes up to 240 bytes of each, and takes any number. */
#define VALUES_MAX                                          \
	(MANIFEST_ENTRIES_MAX + 3 * MANIFEST_ACCOUNTS_MAX + \
	    MANIFEST_NOTES_MAX + 100)

struct member {
	const char *key;
	json_type type;
};

static const struct member members[] = {
    {"format", JSON_INTEGER},
    {"realm", JSON_STRING},
    {"host", JSON_STRING},
    {"serial", JSON_INTEGER},
    {"created_s", JSON_INTEGER},
    {"expires_s", JSON_INTEGER},
    {"recipient", JSON_STRING},
    {"entries", JSON_OBJECT},
    {"accounts", JSON_ARRAY},
    {"notes", JSON_ARRAY},
};

static const struct member account_members[] = {
    {"login", JSON_STRING},
    {"person", JSON_STRING},
};

static enum bh_err
fail(enum bh_err e, const char *why, const char **whyp)
{
	*whyp = why;
	return e;
}

/* Exactly these members; doubles were refused by the parser. */
static enum bh_err
check_members(
    const json_t *object, const struct member *m, size_t n, const char **whyp)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const json_t *value = json_object_get(object, m[i].key);

		if (value == NULL || json_typeof(value) != m[i].type)
			return fail(BH_ERR_INPUT, missing_member, whyp);
	}
	if (json_object_size(object) != n)
		return fail(BH_ERR_INPUT, unknown_member, whyp);
	return BH_OK;
}

/* A newer format is told before what it has that this one has not. */
static enum bh_err
check_format(const json_t *root, const char **whyp)
{
	const json_t *format = json_object_get(root, "format");

	if (!json_is_integer(format) || json_integer_value(format) < 1)
		return fail(BH_ERR_INPUT, no_format, whyp);
	if (json_integer_value(format) > MANIFEST_FORMAT)
		return fail(BH_ERR_VERSION, too_new, whyp);
	return BH_OK;
}

/* The value of a lower-case digit, or -1. */
static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
digest_ok(const json_t *value, uint8_t out[MODEL_DIGEST_LEN])
{
	const char *hex = json_string_value(value);
	size_t i;

	if (hex == NULL || json_string_length(value) != MANIFEST_HEX_LEN)
		return false;
	for (i = 0; i < MODEL_DIGEST_LEN; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high == -1 || low == -1)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* A member's text into s[MODEL_NAME_MAX + 1]; false if it does not fit. */
static bool
name_copy(const json_t *object, const char *key, char *s)
{
	const json_t *value = json_object_get(object, key);
	size_t len = json_string_length(value);

	if (len > MODEL_NAME_MAX)
		return false;
	memcpy(s, json_string_value(value), len + 1);
	return true;
}

/* A negative number becomes one that is too great. */
static uint64_t
number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static enum bh_err
read_head(const json_t *root, struct manifest *m, const char **whyp)
{
	m->serial = number(root, "serial");
	m->created_s = number(root, "created_s");
	m->expires_s = number(root, "expires_s");
	if (!name_copy(root, "realm", m->realm) ||
	    !name_copy(root, "host", m->host) ||
	    !digest_ok(json_object_get(root, "recipient"), m->recipient) ||
	    !manifest_head_ok(m))
		return fail(BH_ERR_INPUT, bad_head, whyp);
	return BH_OK;
}

/* All kinds must be there, so that none can be left out quietly. */
static enum bh_err
count_entries(const json_t *entries, size_t *np, const char **whyp)
{
	enum digest_kind kind;
	size_t n = 0;

	for (kind = DIGEST_OTP_KEY; kind < DIGEST_KIND_COUNT; kind++) {
		const json_t *list =
		    json_object_get(entries, digest_kind_word(kind));

		if (!json_is_array(list))
			return fail(BH_ERR_INPUT, missing_member, whyp);
		n += json_array_size(list);
	}
	if (json_object_size(entries) != DIGEST_KIND_COUNT - DIGEST_OTP_KEY)
		return fail(BH_ERR_INPUT, unknown_member, whyp);
	if (n > MANIFEST_ENTRIES_MAX)
		return fail(BH_ERR_FULL, too_many_entries, whyp);
	*np = n;
	return BH_OK;
}

static enum bh_err
read_kind(const json_t *list, enum digest_kind kind, struct manifest *m,
    const char **whyp)
{
	size_t i, n = json_array_size(list);

	for (i = 0; i < n; i++) {
		struct digest *d = &m->entry[m->n_entries];

		d->kind = kind;
		if (!digest_ok(json_array_get(list, i), d->bytes))
			return fail(BH_ERR_INPUT, bad_entry, whyp);
		if (i > 0 &&
		    memcmp(d[-1].bytes, d->bytes, sizeof(d->bytes)) >= 0)
			return fail(BH_ERR_INPUT, unsorted_entries, whyp);
		m->n_entries++;
	}
	return BH_OK;
}

static enum bh_err
read_entries(const json_t *entries, struct manifest *m, const char **whyp)
{
	enum digest_kind kind;
	enum bh_err e;
	size_t n;

	if ((e = count_entries(entries, &n, whyp)) != BH_OK)
		return e;
	if (n > 0 && (m->entry = calloc(n, sizeof(*m->entry))) == NULL)
		return fail(BH_ERR_NOMEM, no_memory, whyp);
	for (kind = DIGEST_OTP_KEY; kind < DIGEST_KIND_COUNT; kind++) {
		if ((e = read_kind(
			 json_object_get(entries, digest_kind_word(kind)), kind,
			 m, whyp)) != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
read_account(const json_t *value, struct manifest *m, const char **whyp)
{
	struct manifest_account *a = &m->account[m->n_accounts];
	enum bh_err e;

	if (!json_is_object(value))
		return fail(BH_ERR_INPUT, bad_account, whyp);
	if ((e = check_members(value, account_members, nitems(account_members),
		 whyp)) != BH_OK)
		return e;
	if (!name_copy(value, "login", a->login) ||
	    !name_copy(value, "person", a->person) ||
	    !model_name_ok(a->login) ||
	    (a->person[0] != '\0' && !model_name_ok(a->person)))
		return fail(BH_ERR_INPUT, bad_account, whyp);
	if (m->n_accounts > 0 && manifest_compare_accounts(a - 1, a) >= 0)
		return fail(BH_ERR_INPUT, unsorted_accounts, whyp);
	m->n_accounts++;
	return BH_OK;
}

static enum bh_err
read_accounts(const json_t *list, struct manifest *m, const char **whyp)
{
	size_t i, n = json_array_size(list);
	enum bh_err e;

	if (n > MANIFEST_ACCOUNTS_MAX)
		return fail(BH_ERR_FULL, too_many_accounts, whyp);
	if (n > 0 && (m->account = calloc(n, sizeof(*m->account))) == NULL)
		return fail(BH_ERR_NOMEM, no_memory, whyp);
	for (i = 0; i < n; i++) {
		if ((e = read_account(json_array_get(list, i), m, whyp)) !=
		    BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
read_notes(const json_t *list, struct manifest *m, const char **whyp)
{
	size_t i, n = json_array_size(list);

	if (n > MANIFEST_NOTES_MAX)
		return fail(BH_ERR_FULL, too_many_notes, whyp);
	for (i = 0; i < n; i++) {
		const char *note = json_string_value(json_array_get(list, i));

		if (note == NULL || !model_text_ok(note))
			return fail(BH_ERR_INPUT, bad_note, whyp);
		if (manifest_add_note(m, note) != BH_OK)
			return fail(BH_ERR_NOMEM, no_memory, whyp);
	}
	return BH_OK;
}

static enum bh_err
read_all(const json_t *root, struct manifest *m, const char **whyp)
{
	enum bh_err e;

	if ((e = check_format(root, whyp)) != BH_OK ||
	    (e = check_members(root, members, nitems(members), whyp)) !=
		BH_OK ||
	    (e = read_head(root, m, whyp)) != BH_OK ||
	    (e = read_entries(json_object_get(root, "entries"), m, whyp)) !=
		BH_OK ||
	    (e = read_accounts(json_object_get(root, "accounts"), m, whyp)) !=
		BH_OK)
		return e;
	return read_notes(json_object_get(root, "notes"), m, whyp);
}

/* Each but a list's first stands behind a comma, and that behind a bracket. */
static bool
values_ok(const char *s, size_t len)
{
	bool quoted = false;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (s[i] == '"')
			quoted = !quoted;
		else if (quoted && s[i] == '\\')
			i++;
		else if (!quoted && (s[i] == ',' || s[i] == '[' || s[i] == '{'))
			n++;
	}
	return n <= VALUES_MAX;
}

enum bh_err
manifest_decode(
    const void *text, size_t len, struct manifest **mp, const char **whyp)
{
	const char *s = text;
	struct manifest *m = NULL;
	json_t *root = NULL;
	enum bh_err e;

	if (len > MANIFEST_BYTES_MAX)
		return fail(BH_ERR_FULL, too_long, whyp);
	if (!values_ok(s, len))
		return fail(BH_ERR_FULL, too_many_values, whyp);
	/* the parser allows white space around it, and passes over a NUL
	 * behind a number */
	if (len < 2 || s[0] != '{' || s[len - 1] != '}' ||
	    memchr(s, '\0', len) != NULL ||
	    (root = json_loadb(s, len, JSON_REJECT_DUPLICATES, NULL)) == NULL)
		return fail(BH_ERR_INPUT, not_ours, whyp);
	if ((m = manifest_new()) == NULL)
		e = fail(BH_ERR_NOMEM, no_memory, whyp);
	else
		e = read_all(root, m, whyp);
	json_decref(root);
	if (e != BH_OK) {
		manifest_free(m);
		return e;
	}
	*mp = m;
	return BH_OK;
}
