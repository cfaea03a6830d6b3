/*
 * Numbered migrations.  A step that has been in a release is never changed:
 * a new one is added behind it.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <stdio.h>

#define APPLICATION_ID 0x42484b44 /* marks the file as one of ours */

static const char *const steps[] = {
    /* 1: AUTOINCREMENT: no id is ever used twice. */
    "CREATE TABLE meta ("
    "  k TEXT PRIMARY KEY NOT NULL,"
    "  v BLOB NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE head ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  size INTEGER NOT NULL,"
    "  sealed BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE person ("
    "  id TEXT PRIMARY KEY NOT NULL,"
    "  name TEXT NOT NULL,"
    "  created_s INTEGER NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  mac BLOB NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE account ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  login TEXT NOT NULL UNIQUE,"
    "  person TEXT NOT NULL,"
    "  created_s INTEGER NOT NULL,"
    "  last_login_s INTEGER NOT NULL,"
    "  attempts BLOB NOT NULL,"
    "  sources BLOB NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  mac BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE token ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  account_id INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  status INTEGER NOT NULL,"
    "  hash INTEGER NOT NULL,"
    "  digits INTEGER NOT NULL,"
    "  period_s INTEGER NOT NULL,"
    "  weak INTEGER NOT NULL,"
    "  public_id TEXT NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  created_s INTEGER NOT NULL,"
    "  confirmed_s INTEGER NOT NULL,"
    "  ended_s INTEGER NOT NULL,"
    "  last_used_s INTEGER NOT NULL,"
    "  fingerprint BLOB NOT NULL UNIQUE,"
    "  version INTEGER NOT NULL,"
    "  mac BLOB NOT NULL"
    ") STRICT;"
    "CREATE INDEX token_account ON token (account_id);"
    "CREATE UNIQUE INDEX token_public ON token (public_id)"
    "  WHERE public_id <> '';"
    "CREATE TABLE token_secret ("
    "  token_id INTEGER PRIMARY KEY,"
    "  key_generation INTEGER NOT NULL,"
    "  sealed BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE record ("
    "  seq INTEGER PRIMARY KEY,"
    "  leaf BLOB NOT NULL,"
    "  body BLOB NOT NULL"
    ") STRICT;",

    /* 2: two realms.  An import's entries come in order of their digests,
     * so that both trees grow at their ends. */
    "CREATE TABLE manifest_source ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  realm TEXT NOT NULL,"
    "  host TEXT NOT NULL,"
    "  signer BLOB NOT NULL,"
    "  import INTEGER NOT NULL UNIQUE,"
    "  serial INTEGER NOT NULL,"
    "  created_s INTEGER NOT NULL,"
    "  expires_s INTEGER NOT NULL,"
    "  imported_s INTEGER NOT NULL,"
    "  entries INTEGER NOT NULL,"
    "  quarantined INTEGER NOT NULL,"
    "  accepted INTEGER NOT NULL,"
    "  sum BLOB NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  mac BLOB NOT NULL,"
    "  UNIQUE (realm, host)"
    ") STRICT;"
    "CREATE TABLE manifest_entry ("
    "  import INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  quarantined INTEGER NOT NULL,"
    "  PRIMARY KEY (import, seq)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX entry_digest"
    "  ON manifest_entry (kind, digest, import);"
    "CREATE INDEX entry_marked ON manifest_entry (import, seq)"
    "  WHERE quarantined <> 0;"
    "CREATE TABLE token_digest ("
    "  token_id INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  PRIMARY KEY (token_id, kind, digest)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX digest_token ON token_digest (kind, digest);"
    "CREATE TABLE machine ("
    "  login TEXT PRIMARY KEY NOT NULL,"
    "  owner TEXT NOT NULL,"
    "  ticket TEXT NOT NULL,"
    "  command TEXT NOT NULL,"
    "  ssh_key BLOB NOT NULL,"
    "  sources BLOB NOT NULL,"
    "  quota INTEGER NOT NULL,"
    "  created_s INTEGER NOT NULL,"
    "  expires_s INTEGER NOT NULL,"
    "  ended_s INTEGER NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  mac BLOB NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE password ("
    "  login TEXT PRIMARY KEY NOT NULL,"
    "  set_s INTEGER NOT NULL,"
    "  digest BLOB NOT NULL,"
    "  version INTEGER NOT NULL,"
    "  mac BLOB NOT NULL"
    ") STRICT, WITHOUT ROWID;",
};

static enum bh_err
mark(struct store *s, const char *pragma, size_t value)
{
	char text[64];

	snprintf(text, sizeof(text), "PRAGMA %s = %zu", pragma, value);
	return sql_exec(s, text);
}

static enum bh_err
run_steps(struct store *s, size_t from)
{
	enum bh_err e;
	size_t i;

	if ((e = sql_exec(s, "BEGIN IMMEDIATE")) != BH_OK)
		return e;
	for (i = from; i < nitems(steps); i++)
		if ((e = sql_exec(s, steps[i])) != BH_OK)
			goto out;
	if ((e = mark(s, "application_id", APPLICATION_ID)) != BH_OK ||
	    (e = mark(s, "user_version", nitems(steps))) != BH_OK)
		goto out;
	e = sql_exec(s, "COMMIT");
out:
	if (e != BH_OK)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return e;
}

enum bh_err
migrate(struct store *s, bool create)
{
	uint64_t id = 0, version = 0;
	enum bh_err e;

	if ((e = sql_number(s, "PRAGMA application_id", &id)) != BH_OK ||
	    (e = sql_number(s, "PRAGMA user_version", &version)) != BH_OK)
		return e;
	if (!create && (id != APPLICATION_ID || version == 0)) {
		log_msg(LOG_LEVEL_ERR,
		    "store: %s is not a store of bulkhead; put back a copy "
		    "(bulkhead store backup) and run `bulkhead store accept`",
		    s->file);
		return BH_ERR_CORRUPT;
	}
	if (version > nitems(steps)) {
		log_msg(LOG_LEVEL_ERR,
		    "store: made by a newer version (schema %llu, this one "
		    "knows %zu)",
		    (unsigned long long)version, nitems(steps));
		return BH_ERR_VERSION;
	}
	if (version < nitems(steps) &&
	    (e = run_steps(s, (size_t)version)) != BH_OK)
		return e;
	s->schema = nitems(steps);
	return BH_OK;
}
