/*
 * Sources of manifests: a row each, with what counts of its manifest.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

#define SOURCE_TAG "bulkhead source v1"

static void
read_columns(struct query *q, struct source_row *r)
{
	struct manifest_source *m = &r->m;
	uint32_t accepted = 0;

	memset(r, 0, sizeof(*r));
	column_u64(q, &m->id);
	column_text(q, m->realm, sizeof(m->realm));
	column_text(q, m->host, sizeof(m->host));
	column_bytes(q, m->signer, sizeof(m->signer));
	column_u64(q, &r->import);
	column_u64(q, &m->serial);
	column_u64(q, &m->created_s);
	column_u64(q, &m->expires_s);
	column_u64(q, &m->imported_s);
	column_u64(q, &m->entries);
	column_u64(q, &m->quarantined);
	column_u32(q, &accepted);
	column_bytes(q, r->sum, sizeof(r->sum));
	column_seal(q, &r->seal);
	if (accepted > 1 && q->e == BH_OK)
		q->e = BH_ERR_SEALED;
	r->accepted = accepted != 0;
}

static enum bh_err
fetch(struct query *q, struct source_row *r)
{
	enum bh_err e, end;

	if ((e = query_step(q)) == BH_OK)
		read_columns(q, r);
	end = query_end(q);
	return e != BH_OK ? e : end;
}

enum bh_err
source_find(
    struct store *s, const char *realm, const char *host, struct source_row *r)
{
	struct query q;

	query_start(&q, s, SQL_SOURCE_GET);
	query_text(&q, realm);
	query_text(&q, host);
	return fetch(&q, r);
}

enum bh_err
source_next(struct store *s, uint64_t after, struct source_row *r)
{
	struct query q;

	query_start(&q, s, SQL_SOURCE_LIST);
	query_u64(&q, after);
	return fetch(&q, r);
}

static enum bh_err
put_row(struct buf *b, const struct source_row *r)
{
	const struct manifest_source *m = &r->m;
	enum bh_err e;

	if ((e = buf_put_u64(b, r->seal.version)) != BH_OK ||
	    (e = buf_put_u64(b, m->id)) != BH_OK ||
	    (e = buf_put_str(b, m->realm)) != BH_OK ||
	    (e = buf_put_str(b, m->host)) != BH_OK ||
	    (e = buf_put(b, m->signer, sizeof(m->signer))) != BH_OK ||
	    (e = buf_put_u64(b, r->import)) != BH_OK ||
	    (e = buf_put_u64(b, m->serial)) != BH_OK ||
	    (e = buf_put_u64(b, m->created_s)) != BH_OK ||
	    (e = buf_put_u64(b, m->expires_s)) != BH_OK ||
	    (e = buf_put_u64(b, m->imported_s)) != BH_OK ||
	    (e = buf_put_u64(b, m->entries)) != BH_OK ||
	    (e = buf_put_u64(b, m->quarantined)) != BH_OK ||
	    (e = buf_put_u8(b, r->accepted ? 1 : 0)) != BH_OK)
		return e;
	return buf_put(b, r->sum, sizeof(r->sum));
}

static enum bh_err
source_mac(struct store *s, const struct seal *k, const struct source_row *r,
    uint8_t mac[MAC_LEN])
{
	enum bh_err e;

	if ((e = seal_row_start(s, SOURCE_TAG)) != BH_OK ||
	    (e = put_row(s->row, r)) != BH_OK)
		return e;
	return seal_row_mac(s, k, mac);
}

enum bh_err
source_verify(struct store *s, const struct source_row *r)
{
	uint8_t mac[MAC_LEN];
	enum bh_err e;

	if ((e = source_mac(s, s->seal, r, mac)) != BH_OK)
		return e;
	if (secret_eq(mac, r->seal.mac, sizeof(mac)))
		return BH_OK;
	log_err(BH_ERR_SEALED, "store: source %llu of manifests was altered",
	    (unsigned long long)r->m.id);
	return BH_ERR_SEALED;
}

enum bh_err
source_insert(struct store *s, struct source_row *r)
{
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_SOURCE_ADD);
	query_text(&q, r->m.realm);
	query_text(&q, r->m.host);
	query_u64(&q, r->import);
	if ((e = query_run(&q)) != BH_OK)
		return e;
	r->m.id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return BH_OK;
}

enum bh_err
source_write(struct store *s, const struct seal *k, struct source_row *r)
{
	const struct manifest_source *m = &r->m;
	struct query q;
	enum bh_err e;

	r->seal.version++;
	if ((e = source_mac(s, k, r, r->seal.mac)) != BH_OK)
		return e;
	query_start(&q, s, SQL_SOURCE_UPDATE);
	query_u64(&q, m->id);
	query_text(&q, m->realm);
	query_text(&q, m->host);
	query_blob(&q, m->signer, sizeof(m->signer));
	query_u64(&q, r->import);
	query_u64(&q, m->serial);
	query_u64(&q, m->created_s);
	query_u64(&q, m->expires_s);
	query_u64(&q, m->imported_s);
	query_u64(&q, m->entries);
	query_u64(&q, m->quarantined);
	query_u64(&q, r->accepted ? 1 : 0);
	query_blob(&q, r->sum, sizeof(r->sum));
	query_u64(&q, r->seal.version);
	query_blob(&q, r->seal.mac, sizeof(r->seal.mac));
	return query_run(&q);
}

enum bh_err
store_manifest_source(struct store *s, const char *realm, const char *host,
    struct manifest_source *m)
{
	struct source_row r;
	enum bh_err e;

	if ((e = source_find(s, realm, host, &r)) != BH_OK ||
	    (e = source_verify(s, &r)) != BH_OK)
		return e;
	/* an index that points to another row */
	if (strcmp(r.m.realm, realm) != 0 || strcmp(r.m.host, host) != 0)
		return BH_ERR_SEALED;
	*m = r.m;
	return BH_OK;
}

enum bh_err
store_manifest_sources(struct store *s, uint64_t after, size_t max,
    struct manifest_source *out, size_t *np)
{
	struct source_row r;
	enum bh_err e;
	size_t n = 0;

	while (n < max) {
		if ((e = source_next(s, after, &r)) == BH_ERR_NOTFOUND)
			break;
		after = r.m.id;
		if (e == BH_OK && (e = source_verify(s, &r)) == BH_OK)
			out[n++] = r.m;
		else if (e != BH_ERR_SEALED) /* that one is logged, left out */
			return e;
	}
	*np = n;
	return BH_OK;
}
