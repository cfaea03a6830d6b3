/*
 * Manifests: staged by pieces under the number of their import, in force once
 * a source's row names that number, looked up by digest.  Replacing one is
 * therefore one row; entries of no import in force are removed in idle
 * moments.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <inttypes.h>
#include <string.h>

#define ENTRY_TAG   "bulkhead entry v1"
#define CLEAN_BATCH 300 /* entries removed by one call of store_idle */

enum bh_err
manifest_share(const struct seal *k, uint64_t import,
    const struct manifest_entry *entry, uint8_t sum[CRYPTO_HASH_LEN])
{
	uint8_t fixed[10], share[CRYPTO_HASH_LEN];
	struct slice in[] = {{ENTRY_TAG, sizeof(ENTRY_TAG)},
	    {fixed, sizeof(fixed)},
	    {entry->digest.bytes, sizeof(entry->digest.bytes)}};
	enum bh_err e;
	size_t i;

	for (i = 0; i < 8; i++)
		fixed[i] = (uint8_t)(import >> (8 * (7 - i)));
	fixed[8] = (uint8_t)entry->digest.kind;
	fixed[9] = entry->quarantine ? 1 : 0;
	if ((e = crypto_hmac(k->cell, in, nitems(in), share)) != BH_OK)
		return e;
	for (i = 0; i < CRYPTO_HASH_LEN; i++)
		sum[i] ^= share[i];
	return BH_OK;
}

enum bh_err
store_manifest_begin(struct store *s, bool anew)
{
	uint64_t last = 0;
	struct query q;
	enum bh_err e, end;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = token_digests_need(s)) != BH_OK)
		return e;
	query_start(&q, s, SQL_IMPORT_LAST);
	if ((e = query_step(&q)) == BH_OK)
		column_u64(&q, &last);
	end = query_end(&q);
	if (e != BH_OK || (e = end) != BH_OK)
		return e;
	if (last >= INT64_MAX) /* also what is below zero */
		return BH_ERR_CORRUPT;
	s->manifest = (struct manifest_state){
	    .any = s->manifest.any, .anew = anew, .import = last + 1};
	s->stale = true; /* what an earlier one has left */
	return BH_OK;
}

/* Does a token that is not revoked have it? */
static enum bh_err
is_a_tokens(struct store *s, const struct digest *d, bool *isp)
{
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_DIGEST_FIND);
	query_u64(&q, (uint64_t)d->kind);
	query_blob(&q, d->bytes, sizeof(d->bytes));
	e = query_step(&q);
	query_end(&q);
	if (e != BH_OK && e != BH_ERR_NOTFOUND)
		return e;
	*isp = e == BH_OK;
	return BH_OK;
}

/* Is it refused by what is in force?  Then nobody uses it, and to quarantine
 * it would let in whoever put it on this host after it was listed. */
static enum bh_err
is_refused(struct store *s, const struct digest *d, bool *isp)
{
	struct listing l;
	enum bh_err e;

	*isp = false;
	if (s->manifest.anew || (e = store_listed(s, d, &l)) == BH_ERR_NOTFOUND)
		return BH_OK;
	*isp = e == BH_OK && !l.quarantined;
	return e;
}

static enum bh_err
stage(struct store *s, const struct manifest_entry *entry)
{
	struct manifest_state *m = &s->manifest;
	struct manifest_entry en = *entry;
	bool taken = false, refused = false;
	struct query q;
	enum bh_err e;

	if (en.digest.kind <= 0 || en.digest.kind >= DIGEST_KIND_COUNT)
		return BH_ERR_RANGE;
	if ((e = is_a_tokens(s, &en.digest, &taken)) != BH_OK)
		return e;
	en.quarantine = en.quarantine || taken;
	if (en.quarantine && (e = is_refused(s, &en.digest, &refused)) != BH_OK)
		return e;
	en.quarantine = en.quarantine && !refused;
	query_start(&q, s, SQL_ENTRY_ADD);
	query_u64(&q, m->import);
	query_u64(&q, m->entries + 1);
	query_u64(&q, (uint64_t)en.digest.kind);
	query_blob(&q, en.digest.bytes, sizeof(en.digest.bytes));
	query_u64(&q, en.quarantine ? 1 : 0);
	if ((e = query_run(&q)) != BH_OK)
		return e;
	m->entries++;
	m->quarantined += en.quarantine ? 1 : 0;
	return manifest_share(s->seal, m->import, &en, m->sum);
}

enum bh_err
store_manifest_stage(
    struct store *s, const struct manifest_entry *entry, size_t n)
{
	enum bh_err e;
	size_t i;

	if (s->manifest.import == 0)
		return BH_ERR_REFUSED;
	if ((e = transaction_check(s)) != BH_OK)
		return e;
	for (i = 0; i < n; i++)
		if ((e = stage(s, &entry[i])) != BH_OK)
			return e;
	return BH_OK;
}

static enum bh_err
find_staged(
    struct store *s, const struct digest *d, uint64_t *seqp, bool *markedp)
{
	uint64_t marked = 0;
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, SQL_ENTRY_FIND);
	query_u64(&q, (uint64_t)d->kind);
	query_blob(&q, d->bytes, sizeof(d->bytes));
	query_u64(&q, s->manifest.import);
	if ((e = query_step(&q)) == BH_OK) {
		column_u64(&q, seqp);
		column_u64(&q, &marked);
	}
	end = query_end(&q);
	*markedp = marked != 0;
	return e != BH_OK ? e : end;
}

enum bh_err
manifest_mark(struct store *s, const struct digest *d)
{
	struct manifest_entry en = {.digest = *d};
	struct manifest_state *m = &s->manifest;
	uint64_t seq = 0;
	bool marked = false;
	struct query q;
	enum bh_err e;

	if (m->import == 0)
		return BH_OK;
	e = find_staged(s, d, &seq, &marked);
	if (e == BH_ERR_NOTFOUND || (e == BH_OK && marked))
		return BH_OK;
	if (e != BH_OK ||
	    (e = manifest_share(s->seal, m->import, &en, m->sum)) != BH_OK)
		return e;
	en.quarantine = true;
	m->quarantined++;
	if ((e = manifest_share(s->seal, m->import, &en, m->sum)) != BH_OK)
		return e;
	query_start(&q, s, SQL_ENTRY_MARK);
	query_u64(&q, m->import);
	query_u64(&q, seq);
	return query_run(&q);
}

enum bh_err
store_manifest_collisions(struct store *s, uint64_t *afterp, size_t max,
    struct collision *out, size_t *np)
{
	uint64_t seq = *afterp;
	uint32_t kind = 0;
	struct query q;
	enum bh_err e = BH_OK, end;
	size_t n = 0;

	if (s->manifest.import == 0)
		return BH_ERR_REFUSED;
	query_start(&q, s, SQL_ENTRY_MARKED);
	query_u64(&q, s->manifest.import);
	query_u64(&q, *afterp);
	while (n < max && (e = query_step(&q)) == BH_OK) {
		column_u64(&q, &seq);
		column_u32(&q, &kind);
		out[n].digest.kind = (enum digest_kind)kind;
		column_bytes(&q, out[n].digest.bytes, MODEL_DIGEST_LEN);
		column_u64(&q, &out[n++].token);
	}
	end = query_end(&q);
	if (e != BH_OK && e != BH_ERR_NOTFOUND)
		return e;
	if (end != BH_OK)
		return end;
	*afterp = seq;
	*np = n;
	return BH_OK;
}

/* May it take the place of what is in force?  The same one again may, to be
 * accepted: a production that was wiped signs no newer one. */
static enum bh_err
judge(struct store *s, const struct source_row *r,
    const struct manifest_source *m, bool accept)
{
	enum bh_err e;

	if ((e = source_verify(s, r)) != BH_OK)
		return e;
	if (!secret_eq(r->m.signer, m->signer, sizeof(m->signer)))
		return BH_ERR_REFUSED;
	if (m->serial > r->m.serial)
		return BH_OK;
	return accept && m->serial == r->m.serial ? BH_OK : BH_ERR_ROLLBACK;
}

enum bh_err
store_manifest_activate(
    struct store *s, struct manifest_source *m, bool accept, bool repin)
{
	const struct manifest_state staged = s->manifest;
	struct source_row r = {.m = {.id = 0}};
	enum bh_err e;
	bool found;

	if (staged.import == 0)
		return BH_ERR_REFUSED;
	if (m->serial == 0)
		return BH_ERR_RANGE;
	if ((e = transaction_check(s)) != BH_OK)
		return e;
	e = source_find(s, m->realm, m->host, &r);
	found = e == BH_OK || (e == BH_ERR_SEALED && repin);
	if (e == BH_OK && !repin && (e = judge(s, &r, m, accept)) != BH_OK)
		return e;
	if (!found && e != BH_ERR_NOTFOUND)
		return e;
	m->id = r.m.id;
	m->entries = staged.entries;
	m->quarantined = accept ? 0 : staged.quarantined;
	r.m = *m;
	r.import = staged.import;
	r.accepted = accept;
	memcpy(r.sum, staged.sum, sizeof(r.sum));
	if ((!found && (e = source_insert(s, &r)) != BH_OK) ||
	    (e = source_write(s, s->seal, &r)) != BH_OK)
		return e;
	m->id = r.m.id;
	s->manifest = (struct manifest_state){.any = true};
	s->stale = true; /* what was in force before */
	return BH_OK;
}

bool
store_manifest_any(const struct store *s)
{
	return s->manifest.any;
}

enum bh_err
store_listed(struct store *s, const struct digest *d, struct listing *l)
{
	struct listing found = {.quarantined = true};
	uint32_t quarantined = 1;
	struct query q;
	enum bh_err e, end;

	if (!s->manifest.any)
		return BH_ERR_NOTFOUND;
	query_start(&q, s, SQL_LISTED);
	query_u64(&q, (uint64_t)d->kind);
	query_blob(&q, d->bytes, sizeof(d->bytes));
	if ((e = query_step(&q)) == BH_OK) {
		column_text(&q, found.realm, sizeof(found.realm));
		column_u64(&q, &found.created_s);
		column_u32(&q, &quarantined);
	}
	end = query_end(&q);
	if (e != BH_OK || (e = end) != BH_OK)
		return e;
	found.quarantined = quarantined != 0;
	*l = found;
	return BH_OK;
}

static enum bh_err
is_in_force(struct store *s, uint64_t import, bool *isp)
{
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_SOURCE_OF);
	query_u64(&q, import);
	e = query_step(&q);
	query_end(&q);
	if (e != BH_OK && e != BH_ERR_NOTFOUND)
		return e;
	*isp = e == BH_OK;
	return BH_OK;
}

/* The first entry of an import that is neither in force nor being staged. */
static enum bh_err
find_stale(struct store *s, uint64_t *importp, uint64_t *seqp)
{
	uint64_t import = 0, seq = 0;
	bool kept = true;
	struct query q;
	enum bh_err e, end;

	while (kept) {
		query_start(&q, s, SQL_ENTRY_NEXT);
		query_u64(&q, import);
		if ((e = query_step(&q)) == BH_OK) {
			column_u64(&q, &import);
			column_u64(&q, &seq);
		}
		end = query_end(&q);
		if (e != BH_OK || (e = end) != BH_OK ||
		    (e = is_in_force(s, import, &kept)) != BH_OK)
			return e;
		kept = kept || import == s->manifest.import;
	}
	*importp = import;
	*seqp = seq;
	return BH_OK;
}

static enum bh_err
remove_some(struct store *s, uint64_t import, uint64_t first)
{
	struct query q;
	enum bh_err e;

	if ((e = store_begin(s)) != BH_OK)
		return e;
	query_start(&q, s, SQL_ENTRY_CLEAN);
	query_u64(&q, import);
	query_u64(&q,
	    first > INT64_MAX - CLEAN_BATCH ? INT64_MAX : first + CLEAN_BATCH);
	if ((e = query_run(&q)) != BH_OK) {
		store_rollback(s);
		return e;
	}
	return store_commit(s);
}

bool
manifest_clean(struct store *s)
{
	uint64_t import = 0, seq = 0;
	enum bh_err e;

	if (!s->stale)
		return false;
	if ((e = find_stale(s, &import, &seq)) == BH_OK)
		e = remove_some(s, import, seq);
	if (e != BH_OK && e != BH_ERR_NOTFOUND)
		log_err(e, "store: removing entries of an old manifest");
	s->stale = e == BH_OK; /* else: until the next import or start */
	return s->stale;
}
