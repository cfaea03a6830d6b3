/*
 * SQLite at our service: its start, and the small steps of binding, stepping
 * and reading.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <limits.h>
#include <string.h>

/*
 * EXCLUSIVE must come before WAL: only then does SQLite keep the index of its
 * log in memory and not in a shared file.  The log is moved into the main
 * file by store_idle, never by itself inside somebody's login.
 */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA secure_delete = ON;"
			       "PRAGMA cache_size = -16384;"
			       "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON;";

enum bh_err
sql_error(const struct store *s, int rc)
{
	enum bh_err e;

	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return BH_OK;
	case SQLITE_NOMEM:
		e = BH_ERR_NOMEM;
		break;
	case SQLITE_FULL:
		e = BH_ERR_FULL;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
	case SQLITE_MISMATCH:
	case SQLITE_ERROR: /* our statements are right: the schema is not */
		e = BH_ERR_CORRUPT;
		break;
	case SQLITE_CONSTRAINT:
		return BH_ERR_EXISTS; /* an answer, not a fault */
	default:
		e = BH_ERR_IO;
		break;
	}
	log_err(e, "store: SQLite says \"%s\" (%d)",
	    s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc), rc);
	return e;
}

enum bh_err
sql_exec(struct store *s, const char *text)
{
	return sql_error(s, sqlite3_exec(s->db, text, NULL, NULL, NULL));
}

enum bh_err
sql_number(struct store *s, const char *text, uint64_t *np)
{
	sqlite3_stmt *st = NULL;
	enum bh_err e;
	int rc;

	if ((rc = sqlite3_prepare_v2(s->db, text, -1, &st, NULL)) != SQLITE_OK)
		return sql_error(s, rc);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*np = (uint64_t)sqlite3_column_int64(st, 0);
	e = rc == SQLITE_DONE ? BH_ERR_NOTFOUND : sql_error(s, rc);
	sqlite3_finalize(st);
	return e;
}

/* How long the log is, after each commit. */
static int
count_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct store *s = arg;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static enum bh_err
check_wal(struct store *s)
{
	sqlite3_stmt *st = NULL;
	const unsigned char *mode;
	bool wal = false;
	int rc;

	rc = sqlite3_prepare_v2(s->db, "PRAGMA journal_mode", -1, &st, NULL);
	if (rc != SQLITE_OK)
		return sql_error(s, rc);
	if ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		mode = sqlite3_column_text(st, 0);
		wal = mode != NULL && strcmp((const char *)mode, "wal") == 0;
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_ROW)
		return sql_error(s, rc);
	if (!wal)
		log_msg(LOG_LEVEL_ERR, "store: SQLite refuses its WAL mode");
	return wal ? BH_OK : BH_ERR_IO;
}

/* One thread, so no locks; nobody asks how much memory there is in use.  Once
 * a process has begun to use SQLite this says so and changes nothing. */
void
sql_configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

enum bh_err
sql_open(struct store *s, bool create)
{
	unsigned char byte;
	enum bh_err e;
	int rc;

	/* SQLite seeds its generator from a path: now, not in the sandbox. */
	sqlite3_randomness(1, &byte);
	rc = sqlite3_open_v2(s->file, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_EXRESCODE | (create ? SQLITE_OPEN_CREATE : 0),
	    vfs_name(s->vfs));
	if (rc != SQLITE_OK)
		return sql_error(s, rc);
	/* A changed schema must not be able to run anything. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	if ((e = sql_exec(s, settings)) != BH_OK || (e = check_wal(s)) != BH_OK)
		return e;
	sqlite3_wal_hook(s->db, count_pages, s); /* ends auto-checkpoints */
	return BH_OK;
}

enum bh_err
sql_prepare(struct store *s)
{
	size_t i;
	int rc;

	for (i = 0; i < SQL_COUNT; i++) {
		rc = sqlite3_prepare_v3(s->db, sql_text[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL);
		if (rc != SQLITE_OK)
			return sql_error(s, rc);
	}
	return BH_OK;
}

void
sql_close(struct store *s)
{
	size_t i;

	for (i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
	if (sqlite3_close(s->db) != SQLITE_OK)
		log_msg(LOG_LEVEL_ERR, "store: SQLite did not close");
	s->db = NULL;
}

void
query_start(struct query *q, struct store *s, enum sql_id id)
{
	*q = (struct query){.s = s, .st = s->stmt[id], .e = BH_OK};
}

static void
bound(struct query *q, int rc)
{
	if (q->e == BH_OK)
		q->e = sql_error(q->s, rc);
}

void
query_u64(struct query *q, uint64_t v)
{
	bound(q, sqlite3_bind_int64(q->st, ++q->in, (sqlite3_int64)v));
}

void
query_text(struct query *q, const char *text)
{
	bound(q, sqlite3_bind_text(q->st, ++q->in, text, -1, SQLITE_STATIC));
}

void
query_blob(struct query *q, const void *p, size_t len)
{
	if (len > INT_MAX) {
		q->e = BH_ERR_RANGE;
		return;
	}
	bound(q, sqlite3_bind_blob(q->st, ++q->in, p, (int)len, SQLITE_STATIC));
}

enum bh_err
query_step(struct query *q)
{
	int rc;

	if (q->e != BH_OK)
		return q->e;
	q->out = 0;
	rc = sqlite3_step(q->st);
	if (rc == SQLITE_DONE)
		return BH_ERR_NOTFOUND;
	q->e = sql_error(q->s, rc);
	return q->e;
}

static void
damaged(struct query *q)
{
	if (q->e != BH_OK)
		return;
	q->e = BH_ERR_SEALED;
	log_err(q->e, "store: unexpected value in column %s",
	    sqlite3_column_name(q->st, q->out - 1));
}

void
column_u64(struct query *q, uint64_t *vp)
{
	int i = q->out++;

	if (sqlite3_column_type(q->st, i) != SQLITE_INTEGER)
		damaged(q);
	else
		*vp = (uint64_t)sqlite3_column_int64(q->st, i);
}

void
column_u32(struct query *q, uint32_t *vp)
{
	uint64_t v = 0;

	column_u64(q, &v);
	if (v > UINT32_MAX)
		damaged(q);
	else
		*vp = (uint32_t)v;
}

void
column_text(struct query *q, char *text, size_t size)
{
	int i = q->out++;
	const unsigned char *p;
	size_t len;

	if (sqlite3_column_type(q->st, i) != SQLITE_TEXT ||
	    (p = sqlite3_column_text(q->st, i)) == NULL ||
	    (len = (size_t)sqlite3_column_bytes(q->st, i)) >= size ||
	    memchr(p, '\0', len) != NULL) {
		damaged(q);
		return;
	}
	memcpy(text, p, len);
	text[len] = '\0';
}

void
column_seal(struct query *q, struct row_seal *r)
{
	int i = q->out;

	q->out += 2;
	memset(r, 0, sizeof(*r));
	r->version = (uint64_t)sqlite3_column_int64(q->st, i);
	if (sqlite3_column_bytes(q->st, i + 1) == MAC_LEN)
		memcpy(r->mac, sqlite3_column_blob(q->st, i + 1), MAC_LEN);
}

void
column_bytes(struct query *q, void *p, size_t len)
{
	int i = q->out++;

	if (sqlite3_column_type(q->st, i) != SQLITE_BLOB ||
	    (size_t)sqlite3_column_bytes(q->st, i) != len)
		damaged(q);
	else if (len > 0)
		memcpy(p, sqlite3_column_blob(q->st, i), len);
}

void
column_buf(struct query *q, size_t max, struct buf **bufp)
{
	int i = q->out++;
	size_t len = (size_t)sqlite3_column_bytes(q->st, i);
	struct buf *b;

	if (sqlite3_column_type(q->st, i) != SQLITE_BLOB || len > max) {
		damaged(q);
		return;
	}
	b = buf_new_from(sqlite3_column_blob(q->st, i), len);
	if (b == NULL)
		q->e = BH_ERR_NOMEM;
	else
		*bufp = b;
}

enum bh_err
query_end(struct query *q)
{
	/* reset gives the step's error again: it is in q->e already */
	sqlite3_reset(q->st);
	sqlite3_clear_bindings(q->st);
	return q->e;
}

enum bh_err
query_run(struct query *q)
{
	enum bh_err e;

	e = query_step(q);
	query_end(q);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}
