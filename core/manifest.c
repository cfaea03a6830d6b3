/*
 * Build a manifest and write it.
 */
#include "core/manifest.h"

#include "base/hex.h"
#include "core/digest.h"
#include "core/manifest_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Doubles are dropped by encode; so many more may wait for it. */
#define WAITING_MAX ((size_t)2 * MANIFEST_ENTRIES_MAX)
#define FIRST_ROOM  16

struct manifest *
manifest_new(void)
{
	return calloc(1, sizeof(struct manifest));
}

void
manifest_free(struct manifest *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n_notes; i++)
		free(m->note[i]);
	free(m->note);
	free(m->account);
	free(m->entry);
	free(m);
}

/*
 * Room for one more of n.  A list has always been given room for the power of
 * two at or above n, so it grows only at powers of two.
 */
static enum bh_err
grow(void **listp, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n < FIRST_ROOM || (n & (n - 1)) != 0))
		return BH_OK;
	if ((more = realloc(*listp, (n == 0 ? FIRST_ROOM : 2 * n) * size)) ==
	    NULL)
		return BH_ERR_NOMEM;
	*listp = more;
	return BH_OK;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct digest *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return memcmp(x->bytes, y->bytes, sizeof(x->bytes));
}

int
manifest_compare_accounts(const void *a, const void *b)
{
	const struct manifest_account *x = a, *y = b;
	int order = strcmp(x->login, y->login);

	return order != 0 ? order : strcmp(x->person, y->person);
}

/* Sort a list of n and keep each once; how many are left. */
static size_t
sort_unique(void *list, size_t n, size_t size,
    int (*compare)(const void *, const void *))
{
	uint8_t *at = list;
	size_t i, kept = 0;

	if (n == 0)
		return 0;
	qsort(list, n, size, compare);
	for (i = 1; i < n; i++) {
		if (compare(at + kept * size, at + i * size) == 0)
			continue;
		kept++;
		if (kept != i)
			memcpy(at + kept * size, at + i * size, size);
	}
	return kept + 1;
}

static enum bh_err
tidy_entries(struct manifest *m)
{
	m->n_entries = sort_unique(
	    m->entry, m->n_entries, sizeof(*m->entry), compare_entries);
	return m->n_entries <= MANIFEST_ENTRIES_MAX ? BH_OK : BH_ERR_FULL;
}

enum bh_err
manifest_add(struct manifest *m, const struct digest *d)
{
	void *list = m->entry;
	enum bh_err e;

	if (d->kind < DIGEST_OTP_KEY || d->kind >= DIGEST_KIND_COUNT)
		return BH_ERR_INPUT;
	if (m->n_entries >= WAITING_MAX && (e = tidy_entries(m)) != BH_OK)
		return e;
	if ((e = grow(&list, m->n_entries, sizeof(*d))) != BH_OK)
		return e;
	m->entry = list;
	m->entry[m->n_entries++] = *d;
	return BH_OK;
}

enum bh_err
manifest_add_account(struct manifest *m, const char *login, const char *person)
{
	struct manifest_account *a;
	void *list = m->account;
	enum bh_err e;

	if (!model_name_ok(login) ||
	    (person[0] != '\0' && !model_name_ok(person)))
		return BH_ERR_INPUT;
	if (m->n_accounts >= MANIFEST_ACCOUNTS_MAX)
		return BH_ERR_FULL;
	if ((e = grow(&list, m->n_accounts, sizeof(*a))) != BH_OK)
		return e;
	m->account = list;
	a = &m->account[m->n_accounts++];
	memset(a, 0, sizeof(*a));
	memcpy(a->login, login, strlen(login));
	memcpy(a->person, person, strlen(person));
	return BH_OK;
}

enum bh_err
manifest_add_note(struct manifest *m, const char *note)
{
	void *list = m->note;
	char *copy;
	enum bh_err e;

	if (!model_text_ok(note))
		return BH_ERR_INPUT;
	if (m->n_notes >= MANIFEST_NOTES_MAX)
		return BH_ERR_FULL;
	if ((e = grow(&list, m->n_notes, sizeof(*m->note))) != BH_OK)
		return e;
	m->note = list;
	if ((copy = strdup(note)) == NULL)
		return BH_ERR_NOMEM;
	m->note[m->n_notes++] = copy;
	return BH_OK;
}

bool
manifest_head_ok(const struct manifest *m)
{
	return model_name_ok(m->realm) && model_name_ok(m->host) &&
	       m->serial >= 1 && m->serial <= MANIFEST_SERIAL_MAX &&
	       m->created_s >= 1 && m->created_s < m->expires_s &&
	       m->expires_s <= MANIFEST_TIME_MAX;
}

/* The digests of one kind, from *atp on, which moves behind them. */
static json_t *
kind_list(const struct manifest *m, enum digest_kind kind, size_t *atp)
{
	char hex[MANIFEST_HEX_LEN + 1];
	json_t *list = json_array();

	for (; *atp < m->n_entries && m->entry[*atp].kind == kind; (*atp)++) {
		hex_encode(m->entry[*atp].bytes, MODEL_DIGEST_LEN, hex);
		if (json_array_append_new(list,
			json_stringn_nocheck(hex, MANIFEST_HEX_LEN)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
entries_json(const struct manifest *m)
{
	json_t *all = json_object();
	enum digest_kind kind;
	size_t at = 0;

	for (kind = DIGEST_OTP_KEY; kind < DIGEST_KIND_COUNT; kind++) {
		if (json_object_set_new(all, digest_kind_word(kind),
			kind_list(m, kind, &at)) != 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static json_t *
accounts_json(const struct manifest *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->n_accounts; i++) {
		if (json_array_append_new(list,
			json_pack("{s:s, s:s}", "login", m->account[i].login,
			    "person", m->account[i].person)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
notes_json(const struct manifest *m)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < m->n_notes; i++) {
		if (json_array_append_new(list, json_string(m->note[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* NULL: no memory.  json_pack takes the lists, and fails if one is NULL. */
static json_t *
manifest_json(const struct manifest *m)
{
	char recipient[MANIFEST_HEX_LEN + 1];

	hex_encode(m->recipient, MODEL_DIGEST_LEN, recipient);
	return json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:s, s:o, s:o, s:o}",
	    "format", MANIFEST_FORMAT, "realm", m->realm, "host", m->host,
	    "serial", (json_int_t)m->serial, "created_s",
	    (json_int_t)m->created_s, "expires_s", (json_int_t)m->expires_s,
	    "recipient", recipient, "entries", entries_json(m), "accounts",
	    accounts_json(m), "notes", notes_json(m));
}

enum bh_err
manifest_encode(struct manifest *m, struct buf **textp)
{
	json_t *json = NULL;
	struct buf *b = NULL;
	enum bh_err e;
	size_t len;

	if (!manifest_head_ok(m))
		return BH_ERR_INPUT;
	if ((e = tidy_entries(m)) != BH_OK)
		return e;
	m->n_accounts = sort_unique(m->account, m->n_accounts,
	    sizeof(*m->account), manifest_compare_accounts);
	if ((json = manifest_json(m)) == NULL)
		return BH_ERR_NOMEM;
	len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	if (len > MANIFEST_BYTES_MAX)
		e = BH_ERR_FULL;
	else if (len == 0 || (b = buf_new(len)) == NULL)
		e = BH_ERR_NOMEM;
	else {
		b->len = json_dumpb(json, (char *)b->data, len, JSON_COMPACT);
		*textp = b;
	}
	json_decref(json);
	return e;
}

enum bh_err
manifest_acceptable(const struct manifest *m,
    const uint8_t recipient[MODEL_DIGEST_LEN], uint64_t now_s,
    const char **whyp)
{
	if (memcmp(m->recipient, recipient, MODEL_DIGEST_LEN) != 0)
		*whyp = "the manifest was made for another realm";
	else if (m->created_s > now_s &&
		 m->created_s - now_s > MANIFEST_AHEAD_S)
		*whyp = "the manifest is from the future: one of the two "
			"clocks is wrong";
	else if (m->expires_s <= now_s)
		*whyp = "the manifest has expired: export a new one";
	else
		return BH_OK;
	return BH_ERR_REFUSED;
}
