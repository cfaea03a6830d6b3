/*
 * All statements, one a row.
 */
#include "core/store/engine.h"

#define ACCOUNT_COLUMNS                                                   \
	"id, login, person, created_s, last_login_s, attempts, sources, " \
	"version, mac"
#define TOKEN_COLUMNS                                                      \
	"id, account_id, kind, status, hash, digits, period_s, weak, "     \
	"public_id, state, created_s, confirmed_s, ended_s, last_used_s, " \
	"fingerprint, version, mac"

#define SOURCE_COLUMNS                                                    \
	"id, realm, host, signer, import, serial, created_s, expires_s, " \
	"imported_s, entries, quarantined, accepted, sum, version, mac"
#define MACHINE_COLUMNS                                            \
	"login, owner, ticket, command, ssh_key, sources, quota, " \
	"created_s, expires_s, ended_s, version, mac"

const char *const sql_text[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_MARK] = "SAVEPOINT mark",
    [SQL_RELEASE] = "RELEASE mark",
    [SQL_RESET] = "ROLLBACK TO mark",
    [SQL_META_GET] = "SELECT v FROM meta WHERE k = ?",
    [SQL_META_PUT] = "INSERT OR REPLACE INTO meta (k, v) VALUES (?, ?)",
    [SQL_HEAD_GET] = "SELECT size, sealed FROM head WHERE id = 1",
    [SQL_HEAD_PUT] = "INSERT INTO head (id, size, sealed) VALUES (1, ?, ?) "
		     "ON CONFLICT (id) DO UPDATE SET "
		     "size = excluded.size, sealed = excluded.sealed",
    [SQL_PERSON_GET] = "SELECT id, name, created_s, version, mac "
		       "FROM person WHERE id = ?",
    [SQL_PERSON_LIST] = "SELECT id, name, created_s, version, mac "
			"FROM person WHERE id > ? ORDER BY id LIMIT 1",
    [SQL_PERSON_ADD] = "INSERT INTO person (id, name, created_s, version, "
		       "mac) VALUES (?, ?, ?, ?, ?)",
    [SQL_PERSON_SEAL] = "UPDATE person SET version = ?2, mac = ?3 "
			"WHERE id = ?1",
    [SQL_PERSON_SCAN] = "SELECT id, version, mac FROM person",
    [SQL_ACCOUNT_BY_LOGIN] =
	"SELECT " ACCOUNT_COLUMNS " FROM account WHERE login = ?",
    [SQL_ACCOUNT_BY_ID] =
	"SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?",
    [SQL_ACCOUNT_LIST] = "SELECT " ACCOUNT_COLUMNS " FROM account "
			 "WHERE login > ? ORDER BY login LIMIT 1",
    [SQL_ACCOUNT_WALK] = "SELECT " ACCOUNT_COLUMNS " FROM account "
			 "WHERE id > ? ORDER BY id LIMIT 1",
    [SQL_ACCOUNT_ADD] = "INSERT INTO account (login, person, created_s, "
			"last_login_s, attempts, sources, version, mac) "
			"VALUES (?, ?, ?, 0, x'', x'', 0, x'')",
    [SQL_ACCOUNT_UPDATE] = "UPDATE account SET last_login_s = ?2, "
			   "attempts = ?3, sources = ?4, version = ?5, "
			   "mac = ?6 WHERE id = ?1",
    [SQL_ACCOUNT_DELETE] = "DELETE FROM account WHERE id = ?",
    [SQL_ACCOUNT_SCAN] = "SELECT id, version, mac FROM account",
    [SQL_ACCOUNT_COUNT] = "SELECT count(*) FROM account",
    [SQL_TOKEN_GET] = "SELECT " TOKEN_COLUMNS " FROM token WHERE id = ?",
    [SQL_TOKEN_LIST] = "SELECT " TOKEN_COLUMNS " FROM token "
		       "WHERE id > ? ORDER BY id LIMIT 1",
    [SQL_TOKEN_OF] = "SELECT " TOKEN_COLUMNS " FROM token "
		     "WHERE account_id = ? ORDER BY id",
    [SQL_TOKEN_TAKEN] = "SELECT 1 FROM token WHERE fingerprint = ?1 "
			"UNION ALL SELECT 1 FROM token "
			"WHERE public_id <> '' AND public_id = ?2",
    [SQL_TOKEN_ADD] = "INSERT INTO token (account_id, kind, status, hash, "
		      "digits, period_s, weak, public_id, state, "
		      "created_s, confirmed_s, ended_s, last_used_s, "
		      "fingerprint, version, mac) VALUES (?, ?, ?, ?, ?, "
		      "?, ?, ?, ?, ?, ?, ?, ?, ?, 0, x'')",
    [SQL_TOKEN_UPDATE] = "UPDATE token SET status = ?2, state = ?3, "
			 "confirmed_s = ?4, ended_s = ?5, "
			 "last_used_s = ?6, version = ?7, mac = ?8 "
			 "WHERE id = ?1",
    [SQL_TOKEN_SCAN] = "SELECT id, account_id, version, mac FROM token",
    [SQL_TOKEN_COUNT] = "SELECT count(*) FROM token WHERE status <> 3",
    [SQL_SECRET_GET] = "SELECT key_generation, sealed FROM token_secret "
		       "WHERE token_id = ?",
    [SQL_SECRET_PUT] = "INSERT OR REPLACE INTO token_secret (token_id, "
		       "key_generation, sealed) VALUES (?, ?, ?)",
    [SQL_SECRET_DELETE] = "DELETE FROM token_secret WHERE token_id = ?",
    [SQL_RECORD_ADD] = "INSERT INTO record (seq, leaf, body) "
		       "VALUES (?, ?, ?)",
    [SQL_RECORD_GET] = "SELECT body FROM record WHERE seq = ?",
    [SQL_RECORD_LEAF] = "SELECT leaf FROM record WHERE seq = ?",
    [SQL_RECORD_LAST] = "SELECT seq FROM record ORDER BY seq DESC LIMIT 1",
    [SQL_DIGEST_ADD] = "INSERT INTO token_digest (token_id, kind, digest) "
		       "VALUES (?, ?, ?)",
    [SQL_DIGEST_DROP] = "DELETE FROM token_digest WHERE token_id = ?",
    [SQL_DIGEST_CLEAR] = "DELETE FROM token_digest",
    [SQL_DIGEST_LIST] = "SELECT token_id, kind, digest FROM token_digest "
			"WHERE token_id > ? "
			"ORDER BY token_id, kind, digest",
    [SQL_DIGEST_FIND] = "SELECT token_id FROM token_digest "
			"WHERE kind = ? AND digest = ? LIMIT 1",
    [SQL_SOURCE_GET] = "SELECT " SOURCE_COLUMNS " FROM manifest_source "
		       "WHERE realm = ? AND host = ?",
    [SQL_SOURCE_LIST] = "SELECT " SOURCE_COLUMNS " FROM manifest_source "
			"WHERE id > ? ORDER BY id LIMIT 1",
    [SQL_SOURCE_ADD] = "INSERT INTO manifest_source (realm, host, signer, "
		       "import, serial, created_s, expires_s, imported_s, "
		       "entries, quarantined, accepted, sum, version, mac) "
		       "VALUES (?, ?, x'', ?, 0, 0, 0, 0, 0, 0, 0, x'', 0, "
		       "x'')",
    [SQL_SOURCE_UPDATE] =
	"UPDATE manifest_source SET realm = ?2, host = ?3, signer = ?4, "
	"import = ?5, serial = ?6, created_s = ?7, expires_s = ?8, "
	"imported_s = ?9, entries = ?10, quarantined = ?11, accepted = ?12, "
	"sum = ?13, version = ?14, mac = ?15 WHERE id = ?1",
    [SQL_SOURCE_OF] = "SELECT 1 FROM manifest_source WHERE import = ?",
    [SQL_IMPORT_LAST] =
	"SELECT max(coalesce((SELECT max(import) FROM manifest_entry), 0), "
	"coalesce((SELECT max(import) FROM manifest_source), 0))",
    [SQL_ENTRY_ADD] = "INSERT INTO manifest_entry (import, seq, kind, "
		      "digest, quarantined) VALUES (?, ?, ?, ?, ?)",
    [SQL_ENTRY_OF] = "SELECT kind, digest, quarantined FROM manifest_entry "
		     "WHERE import = ? ORDER BY seq",
    [SQL_ENTRY_FIND] = "SELECT seq, quarantined FROM manifest_entry "
		       "WHERE kind = ? AND digest = ? AND import = ?",
    [SQL_ENTRY_MARK] = "UPDATE manifest_entry SET quarantined = 1 "
		       "WHERE import = ? AND seq = ?",
    [SQL_ENTRY_MARKED] =
	"SELECT e.seq, e.kind, e.digest, coalesce((SELECT min(t.token_id) "
	"FROM token_digest t WHERE t.kind = e.kind AND "
	"t.digest = e.digest), 0) FROM manifest_entry e "
	"INDEXED BY entry_marked WHERE e.import = ? AND e.seq > ? AND "
	"e.quarantined <> 0 ORDER BY e.seq",
    [SQL_ENTRY_NEXT] = "SELECT import, seq FROM manifest_entry "
		       "WHERE import > ? ORDER BY import, seq LIMIT 1",
    [SQL_ENTRY_CLEAN] = "DELETE FROM manifest_entry "
			"WHERE import = ? AND seq < ?",
    [SQL_LISTED] = "SELECT s.realm, s.created_s, "
		   "e.quarantined <> 0 AND s.accepted = 0 AS q "
		   "FROM manifest_entry e CROSS JOIN manifest_source s "
		   "WHERE e.kind = ? AND e.digest = ? AND "
		   "s.import = e.import ORDER BY q LIMIT 1",
    [SQL_MACHINE_GET] = "SELECT " MACHINE_COLUMNS " FROM machine "
			"WHERE login = ?",
    [SQL_MACHINE_LIST] = "SELECT " MACHINE_COLUMNS " FROM machine "
			 "WHERE login > ? ORDER BY login LIMIT 1",
    [SQL_MACHINE_PUT] = "INSERT OR REPLACE INTO machine "
			"(" MACHINE_COLUMNS ") "
			"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_MACHINE_SCAN] = "SELECT login, version, mac FROM machine",
    [SQL_PASSWORD_GET] = "SELECT login, set_s, digest, version, mac "
			 "FROM password WHERE login = ?",
    [SQL_PASSWORD_LIST] = "SELECT login, set_s, digest, version, mac "
			  "FROM password WHERE login > ? "
			  "ORDER BY login LIMIT 1",
    [SQL_PASSWORD_PUT] = "INSERT OR REPLACE INTO password (login, set_s, "
			 "digest, version, mac) VALUES (?, ?, ?, ?, ?)",
    [SQL_META_DELETE] = "DELETE FROM meta WHERE k = ?",
};
