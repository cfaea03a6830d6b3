/*
 * Transactions: SQLite's, and the head in memory that goes with them.
 */
#include "core/store/engine.h"

#include "base/log.h"

static enum bh_err
run(struct store *s, enum sql_id id)
{
	struct query q;

	query_start(&q, s, id);
	return query_run(&q);
}

enum bh_err
transaction_check(const struct store *s)
{
	if (!s->in_transaction) {
		log_msg(LOG_LEVEL_ERR, "store: a change outside a transaction");
		return BH_ERR_REFUSED;
	}
	/* After some errors SQLite rolls back by itself.  What came next
	 * would be on disk at once, one by one, under a head it is not in. */
	if (sqlite3_get_autocommit(s->db) != 0)
		return BH_ERR_IO;
	return BH_OK;
}

enum bh_err
store_begin(struct store *s)
{
	enum bh_err e;

	if (s->in_transaction)
		return BH_ERR_REFUSED;
	if ((e = run(s, SQL_BEGIN)) != BH_OK)
		return e;
	s->head_at_begin = s->head;
	s->manifest_at_begin = s->manifest;
	s->read->t.id = 0;
	s->in_transaction = true;
	s->marked = false;
	s->dirty = false;
	return BH_OK;
}

/* The transaction is over: forget how things were before it, or go back. */
static void
finish(struct store *s, bool kept)
{
	if (!kept) {
		s->head = s->head_at_begin;
		s->manifest = s->manifest_at_begin;
		if (s->seal_before != NULL) {
			seal_free(s->seal);
			s->seal = s->seal_before;
			s->seal_before = NULL;
		}
	}
	seal_free(s->seal_before);
	s->seal_before = NULL;
	s->in_transaction = false;
	s->marked = false;
	s->dirty = false;
	s->read->t.id = 0;
	if (s->rescan && cell_scan(s) != BH_OK)
		log_msg(LOG_LEVEL_ERR, "store: can't read all rows anew");
	s->rescan = false;
}

static void
move_log(struct store *s)
{
	int rc;

	rc = sqlite3_wal_checkpoint_v2(
	    s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	(void)sql_error(s, rc); /* logged; the log only grows on */
	s->wal_pages = 0;
}

enum bh_err
store_commit(struct store *s)
{
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (s->dirty && (e = head_write(s)) != BH_OK) ||
	    (e = run(s, SQL_COMMIT)) != BH_OK) {
		store_rollback(s);
		return e;
	}
	finish(s, true);
	if (s->wal_pages > WAL_PAGES_MAX)
		move_log(s);
	return BH_OK;
}

void
store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	/* an error here means that SQLite has done it already */
	if (sqlite3_get_autocommit(s->db) == 0 && run(s, SQL_ROLLBACK) != BH_OK)
		log_msg(LOG_LEVEL_ERR, "store: rollback failed");
	finish(s, false);
}

enum bh_err
store_mark(struct store *s)
{
	enum bh_err e;

	if (s->marked || s->seal_before != NULL)
		return BH_ERR_REFUSED;
	if ((e = transaction_check(s)) != BH_OK ||
	    (e = run(s, SQL_MARK)) != BH_OK)
		return e;
	s->head_at_mark = s->head;
	s->manifest_at_mark = s->manifest;
	s->dirty_at_mark = s->dirty;
	s->marked = true;
	return BH_OK;
}

enum bh_err
store_release(struct store *s)
{
	enum bh_err e;

	if (!s->marked)
		return BH_ERR_REFUSED;
	if ((e = transaction_check(s)) != BH_OK ||
	    (e = run(s, SQL_RELEASE)) != BH_OK)
		return e;
	s->marked = false;
	return BH_OK;
}

enum bh_err
store_reset(struct store *s)
{
	enum bh_err e;

	if (!s->marked)
		return BH_ERR_REFUSED;
	if ((e = transaction_check(s)) != BH_OK ||
	    (e = run(s, SQL_RESET)) != BH_OK ||
	    (e = run(s, SQL_RELEASE)) != BH_OK)
		return e;
	s->head = s->head_at_mark;
	s->manifest = s->manifest_at_mark;
	s->read->t.id = 0;
	s->dirty = s->dirty_at_mark;
	s->marked = false;
	return BH_OK;
}

void
store_touch(struct store *s)
{
	s->dirty = s->in_transaction;
}

enum bh_err
transaction_touch(struct store *s)
{
	enum bh_err e;

	if ((e = store_begin(s)) != BH_OK)
		return e;
	store_touch(s);
	return store_commit(s);
}

bool
store_idle(struct store *s)
{
	if (s->in_transaction)
		return true;
	if (!s->settled || s->wal_pages > WAL_PAGES_IDLE) {
		s->settled = true;
		move_log(s);
		if (transaction_touch(s) != BH_OK)
			log_msg(LOG_LEVEL_ERR, "store: idle commit failed");
		return s->ballast_gone || s->stale;
	}
	if (s->ballast_gone && ballast_room(s) && ballast_fill(s) == BH_OK)
		s->ballast_gone = s->ballast_spent = false;
	return manifest_clean(s);
}
