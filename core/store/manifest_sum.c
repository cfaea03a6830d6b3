/*
 * Do the entries of a manifest in force add up to what their source's row
 * says?  If not, what is there counts all the same: a manifest that was
 * thinned out is a finding, and never closes the realm to its owners.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

/* What is in the rows, under one key. */
static enum bh_err
tally(struct store *s, const struct seal *k, uint64_t import,
    struct manifest_state *sum)
{
	struct manifest_entry entry;
	uint32_t kind, marked;
	struct query q;
	enum bh_err e;

	memset(sum, 0, sizeof(*sum));
	query_start(&q, s, SQL_ENTRY_OF);
	query_u64(&q, import);
	while ((e = query_step(&q)) == BH_OK) {
		memset(&entry, 0, sizeof(entry));
		kind = marked = 0;
		column_u32(&q, &kind);
		column_bytes(&q, entry.digest.bytes, MODEL_DIGEST_LEN);
		column_u32(&q, &marked);
		if (q.e == BH_ERR_SEALED)
			q.e = BH_OK; /* logged; it won't add up */
		entry.digest.kind = (enum digest_kind)kind;
		entry.quarantine = marked != 0;
		sum->entries++;
		sum->quarantined += marked != 0 ? 1 : 0;
		if ((e = manifest_share(k, import, &entry, sum->sum)) != BH_OK)
			break;
	}
	query_end(&q);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

static bool
agrees(const struct source_row *r, const struct manifest_state *sum)
{
	return r->m.entries == sum->entries &&
	       secret_eq(r->sum, sum->sum, sizeof(sum->sum));
}

/* The next source whose row is right; others are logged and passed over. */
static enum bh_err
next_good(struct store *s, uint64_t after, struct source_row *r)
{
	enum bh_err e;

	do {
		if ((e = source_next(s, after, r)) == BH_OK)
			e = source_verify(s, r);
		if (e == BH_ERR_SEALED)
			log_msg(LOG_LEVEL_ALERT,
			    "store: source %llu of manifests was altered; "
			    "what it lists is used as it is, `bulkhead "
			    "manifest import --repin` puts it right",
			    (unsigned long long)r->m.id);
		after = r->m.id;
	} while (e == BH_ERR_SEALED);
	return e;
}

static void
report(const struct source_row *r, const struct manifest_state *sum)
{
	log_msg(LOG_LEVEL_ALERT,
	    "store: entries of the manifest of realm %s, host %s were "
	    "deleted, added or altered (%llu of %llu are there); they are "
	    "used as they are until the next import",
	    r->m.realm, r->m.host, (unsigned long long)sum->entries,
	    (unsigned long long)r->m.entries);
}

enum bh_err
manifest_check(struct store *s)
{
	struct source_row r = {.m = {.id = 0}};
	struct manifest_state sum;
	enum bh_err e;

	e = source_next(s, 0, &r);
	s->manifest.any = e == BH_OK || e == BH_ERR_SEALED;
	s->stale = true;
	r.m.id = 0;
	while ((e = next_good(s, r.m.id, &r)) == BH_OK) {
		if ((e = tally(s, s->seal, r.import, &sum)) != BH_OK)
			return e;
		if (!agrees(&r, &sum))
			report(&r, &sum);
	}
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

enum bh_err
manifest_accept(struct store *s)
{
	struct source_row r = {.m = {.id = 0}};
	struct manifest_state sum;
	enum bh_err e;

	while ((e = next_good(s, r.m.id, &r)) == BH_OK) {
		if ((e = tally(s, s->seal, r.import, &sum)) != BH_OK)
			return e;
		if (agrees(&r, &sum))
			continue;
		report(&r, &sum);
		r.m.entries = sum.entries;
		r.m.quarantined = r.accepted ? 0 : sum.quarantined;
		memcpy(r.sum, sum.sum, sizeof(r.sum));
		if ((e = source_write(s, s->seal, &r)) != BH_OK)
			return e;
	}
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

/* A sum made anew would hide that entries are missing. */
static enum bh_err
rekey_one(struct store *s, const struct seal *to, struct source_row *r)
{
	struct manifest_state sum;
	enum bh_err e;

	if ((e = tally(s, s->seal, r->import, &sum)) != BH_OK)
		return e;
	if (!agrees(r, &sum)) {
		report(r, &sum);
		log_msg(LOG_LEVEL_ERR,
		    "store: the next import, or `bulkhead store accept`, "
		    "comes before a new key");
		return BH_ERR_SEALED;
	}
	if ((e = tally(s, to, r->import, &sum)) != BH_OK)
		return e;
	memcpy(r->sum, sum.sum, sizeof(r->sum));
	return source_write(s, to, r);
}

enum bh_err
manifest_rekey(struct store *s, const struct seal *to)
{
	struct source_row r = {.m = {.id = 0}};
	enum bh_err e;

	while ((e = next_good(s, r.m.id, &r)) == BH_OK)
		if ((e = rekey_one(s, to, &r)) != BH_OK)
			return e;
	if (e != BH_ERR_NOTFOUND)
		return e;
	/* its sum is under the key that goes */
	s->manifest = (struct manifest_state){.any = s->manifest.any};
	s->stale = true;
	return BH_OK;
}
