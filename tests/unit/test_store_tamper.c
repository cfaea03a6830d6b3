/*
 * A store that somebody else wrote to: what was altered, moved, deleted or
 * set back is refused for the account it belongs to, and for nobody else.
 */
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool
refused(enum bh_err e)
{
	return e == BH_ERR_SEALED || e == BH_ERR_NOTFOUND;
}

static void
assert_only_refused(struct fixture *f, const char *what)
{
	enum bh_err e;

	if ((e = fixture_open(f)) != BH_OK)
		fail_msg("%s: open: %s", what, err_text(e));
	if (!refused(e = fixture_usable(f->s, "alice")))
		fail_msg("%s: alice: %s", what, err_text(e));
	if ((e = fixture_usable(f->s, "bob")) != BH_OK)
		fail_msg("%s: bob: %s", what, err_text(e));
	fixture_close(f);
}

/* The bytes of one value in the closed store, as hex. */
static void
read_hex(const struct fixture *f, const char *table, const char *column,
    char *hex, size_t size)
{
	sqlite3_stmt *st;
	char text[200];
	sqlite3 *db;

	snprintf(text, sizeof(text), "SELECT hex(%s) FROM %s WHERE rowid = 1",
	    column, table);
	assert_int_equal(
	    sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL),
	    SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	snprintf(hex, size, "%s", (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* One byte of a text or blob changed in its lowest bit, byte after byte. */
static void
flip_bytes(struct fixture *f, const struct buf *good, const char *table,
    const char *column, const char *type)
{
	char hex[2048], text[2300], what[80];
	size_t i;
	char was;

	read_hex(f, table, column, hex, sizeof(hex));
	assert_true(strlen(hex) > 0);
	for (i = 1; i < strlen(hex); i += 2) {
		was = hex[i];
		hex[i] = was == '5' ? '4' : '5';
		snprintf(text, sizeof(text),
		    "UPDATE %s SET %s = CAST(x'%s' AS %s) WHERE rowid = 1",
		    table, column, hex, type);
		fixture_sql(f, text);
		snprintf(
		    what, sizeof(what), "%s.%s byte %zu", table, column, i / 2);
		assert_only_refused(f, what);
		hex[i] = was;
		fixture_restore(f->path, good->data, good->len);
	}
}

static void
flip_number(struct fixture *f, const struct buf *good, const char *table,
    const char *column)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "UPDATE %s SET %s = %s + 4 WHERE rowid = 1", table, column, column);
	fixture_sql(f, text);
	assert_only_refused(f, text);
	fixture_restore(f->path, good->data, good->len);
}

/* C03 */
static void
each_byte_of_an_account_counts(void **state)
{
	static const char *const numbers[] = {
	    "id", "created_s", "last_login_s", "version"};
	struct fixture *f = *state;
	struct buf *good;
	size_t i;

	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(numbers); i++)
		flip_number(f, good, "account", numbers[i]);
	flip_bytes(f, good, "account", "login", "TEXT");
	flip_bytes(f, good, "account", "person", "TEXT");
	flip_bytes(f, good, "account", "attempts", "BLOB");
	flip_bytes(f, good, "account", "sources", "BLOB");
	flip_bytes(f, good, "account", "mac", "BLOB");
	buf_free(good);
}

static void
each_byte_of_a_token_counts(void **state)
{
	static const char *const numbers[] = {"id", "account_id", "kind",
	    "status", "hash", "digits", "period_s", "weak", "state",
	    "created_s", "confirmed_s", "ended_s", "last_used_s", "version"};
	struct fixture *f = *state;
	struct buf *good;
	size_t i;

	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(numbers); i++)
		flip_number(f, good, "token", numbers[i]);
	flip_bytes(f, good, "token", "fingerprint", "BLOB");
	flip_bytes(f, good, "token", "mac", "BLOB");
	flip_bytes(f, good, "token_secret", "sealed", "BLOB");
	flip_number(f, good, "token_secret", "key_generation");
	buf_free(good);
}

struct tampering {
	const char *rule;
	const char *sql; /* alice is hit, bob is not */
};

static const struct tampering tamperings[] = {
    {"C04: bob's row over alice's",
	"UPDATE account SET (attempts, sources, last_login_s, version, "
	"mac) = (SELECT attempts, sources, last_login_s, version, mac "
	"FROM account WHERE id = 2) WHERE id = 1"},
    {"C04: bob's sealed secret over alice's",
	"UPDATE token_secret SET sealed = (SELECT sealed FROM "
	"token_secret WHERE token_id = 2) WHERE token_id = 1"},
    {"alice's token given to bob",
	"UPDATE token SET account_id = 2 WHERE id = 1"},
    {"account row deleted", "DELETE FROM account WHERE id = 1"},
    {"token row deleted", "DELETE FROM token WHERE id = 1"},
    {"secret deleted", "DELETE FROM token_secret WHERE token_id = 1"},
    {"a MAC of the wrong length",
	"UPDATE account SET mac = x'00' WHERE id = 1"},
    {"an empty MAC", "UPDATE token SET mac = x'' WHERE id = 1"},
    {"a column of the wrong length",
	"UPDATE account SET attempts = x'' WHERE id = 1"},
    {"a name too long",
	"UPDATE token SET public_id = printf('%300d', 1) WHERE id = 1"},
    {"attempts forgiven",
	"UPDATE account SET attempts = randomblob(length(attempts)) "
	"WHERE id = 1"},
    {"status set to active by hand",
	"UPDATE token SET status = 1 WHERE id = 1"},
    {"the state set back by hand", "UPDATE token SET state = 999 WHERE id = 1"},
};

static void
tampering_hits_one_account(void **state)
{
	struct fixture *f = *state;
	struct buf *good;
	size_t i;

	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(tamperings); i++) {
		fixture_sql(f, tamperings[i].sql);
		assert_only_refused(f, tamperings[i].rule);
		fixture_restore(f->path, good->data, good->len);
	}
	fixture_reopen(f);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
	buf_free(good);
}

/* A row of somebody's own making must not lock out the one it names. */
static void
an_added_row_of_no_ones_is_passed_over(void **state)
{
	struct fixture *f = *state;
	struct token t[MODEL_TOKENS_MAX];
	size_t n;

	fixture_close(f);
	fixture_sql(f,
	    "INSERT INTO token SELECT 77, 2, kind, status, hash, digits, "
	    "period_s, weak, public_id, state, created_s, confirmed_s, "
	    "ended_s, last_used_s, x'aa', version, mac FROM token "
	    "WHERE id = 2");
	fixture_reopen(f);
	assert_int_equal(fixture_usable(f->s, "bob"), BH_OK);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
	assert_int_equal(store_token_get(f->s, 77, t), BH_ERR_SEALED);
	assert_int_equal(store_tokens(f->s, 0, MODEL_TOKENS_MAX, t, &n), BH_OK);
	assert_int_equal(n, 2);
}

/* Each with its valid MAC, but not what the head knows. */
static void
a_row_set_back_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct token t;

	fixture_close(f);
	fixture_sql(f, "CREATE TABLE old AS SELECT * FROM token");
	fixture_reopen(f);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_OK);
	t.state = 1001;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_close(f);
	fixture_sql(f, "UPDATE token SET (state, version, mac) = "
		       "(SELECT state, version, mac FROM old WHERE id = 1) "
		       "WHERE id = 1");
	assert_only_refused(f, "set back");
	fixture_reopen(f);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.bad_cells, 1);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_ERR_SEALED);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_update(f->s, &t), BH_ERR_SEALED);
	assert_int_equal(store_rekey(f->s, 1), BH_ERR_SEALED);
	store_rollback(f->s);
}

static void
a_deleted_account_put_back_is_noticed(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	fixture_sql(f, "CREATE TABLE old AS SELECT * FROM account");
	fixture_reopen(f);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_remove(f->s, 1, T0), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_close(f);
	fixture_sql(f, "INSERT INTO account SELECT * FROM old WHERE id = 1");
	assert_only_refused(f, "put back");
}

/* C05: same key, same host, another realm. */
static void
another_realms_rows_do_not_open(void **state)
{
	struct fixture *f = *state;
	char text[PATH_MAX + 400];
	struct fixture other = *f;

	fixture_close(f);
	other.s = NULL;
	snprintf(other.path, sizeof(other.path), "%s/other.db", f->dir);
	snprintf(other.where, sizeof(other.where), "sqlite:%s", other.path);
	other.options.where = other.where;
	other.options.realm = "production";
	other.options.realm_class = CLASS_PRODUCTION;
	assert_int_equal(store_create(&other.options, T0, &other.s), BH_OK);
	assert_int_equal(fixture_account(&other, "alice"), 1);
	assert_int_equal(fixture_token(&other, 1, FACTOR_TOTP, SEED), 1);
	fixture_close(&other);
	snprintf(text, sizeof(text),
	    "ATTACH '%s' AS p;"
	    "DELETE FROM token WHERE id = 1;"
	    "DELETE FROM token_secret WHERE token_id = 1;"
	    "INSERT INTO token SELECT * FROM p.token;"
	    "INSERT INTO token_secret SELECT * FROM p.token_secret;",
	    other.path);
	fixture_sql(f, text);
	assert_only_refused(f, "another realm's token");
	f->options.realm = "production";
	assert_int_equal(fixture_open(f), BH_ERR_REFUSED);
	f->options.realm = "vault";
	f->options.realm_class = CLASS_PRODUCTION;
	assert_int_equal(fixture_open(f), BH_ERR_REFUSED);
	f->options.realm_class = CLASS_BACKUP;
	f->options.host = "ffffffffffffffffffffffffffffffff";
	assert_int_equal(fixture_open(f), BH_ERR_REFUSED);
}

static void
another_key_opens_nothing(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	f->keys->key[0].bytes[0] ^= 1;
	assert_int_equal(fixture_open(f), BH_ERR_SEALED);
	f->keys->key[0].bytes[0] ^= 1;
	f->keys->key[0].generation = 2;
	assert_int_equal(fixture_open(f), BH_ERR_SEALED);
}

struct damage {
	const char *rule;
	const char *sql;
	enum bh_err want;
};

static const struct damage damages[] = {
    {"head altered", "UPDATE head SET sealed = zeroblob(length(sealed))",
	BH_ERR_SEALED},
    {"head of another size", "UPDATE head SET size = size + 1", BH_ERR_SEALED},
    {"no head", "DELETE FROM head", BH_ERR_SEALED},
    {"ledger renamed",
	"UPDATE meta SET v = zeroblob(length(v)) "
	"WHERE k = 'created_s'",
	BH_ERR_SEALED},
    {"keys altered", "UPDATE meta SET v = zeroblob(length(v)) WHERE k = 'keys'",
	BH_ERR_SEALED},
    {"no realm", "DELETE FROM meta WHERE k = 'realm'", BH_ERR_CORRUPT},
    {"last record cut off", "DELETE FROM record", BH_ERR_CORRUPT},
    {"a record added",
	"INSERT INTO record SELECT seq + 1, leaf, body FROM record",
	BH_ERR_CORRUPT},
    {"table gone", "DROP TABLE token", BH_ERR_CORRUPT},
    {"not ours", "PRAGMA application_id = 1", BH_ERR_CORRUPT},
    {"a newer version's", "PRAGMA user_version = 999", BH_ERR_VERSION},
};

static void
damage_to_the_whole_is_named(void **state)
{
	struct fixture *f = *state;
	struct buf *good;
	enum bh_err e;
	size_t i;

	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(damages); i++) {
		fixture_sql(f, damages[i].sql);
		if ((e = fixture_open(f)) != damages[i].want)
			fail_msg("%s: %s", damages[i].rule, err_text(e));
		fixture_close(f);
		fixture_restore(f->path, good->data, good->len);
	}
	buf_free(good);
}

/* The schema is not ours to trust either: nothing in it may run. */
static void
a_trigger_does_not_run(void **state)
{
	struct fixture *f = *state;
	struct account a;

	fixture_close(f);
	fixture_sql(f, "CREATE TRIGGER t AFTER UPDATE ON account BEGIN "
		       "DELETE FROM token; END");
	fixture_reopen(f);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_by_id(f->s, 1, &a), BH_OK);
	assert_int_equal(store_account_update(f->s, &a), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_TWO(each_byte_of_an_account_counts),
	    WITH_TWO(each_byte_of_a_token_counts),
	    WITH_TWO(tampering_hits_one_account),
	    WITH_TWO(an_added_row_of_no_ones_is_passed_over),
	    WITH_TWO(a_row_set_back_is_noticed),
	    WITH_TWO(a_deleted_account_put_back_is_noticed),
	    WITH_TWO(another_realms_rows_do_not_open),
	    WITH_TWO(another_key_opens_nothing),
	    WITH_TWO(damage_to_the_whole_is_named),
	    WITH_TWO(a_trigger_does_not_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
