/*
 * What the files of the SQLite engine share.  Nobody outside this folder
 * includes it.
 */
#ifndef CORE_STORE_ENGINE_H
#define CORE_STORE_ENGINE_H

#include "core/store/store.h"

#include <sqlite3.h>
#include <sys/types.h>

#define CELL_LEN       12  /* the head then fits one page */
#define CELL_ACCOUNTS  128 /* an account's rows count in cell id mod 128 */
#define CELL_PERSONS   CELL_ACCOUNTS
#define CELL_COUNT     (CELL_ACCOUNTS + 1)
#define ROW_MAX	       2048 /* bytes a MAC is computed over */
#define LOG_ID_LEN     32
#define FILE_NAME_MAX  200
#define MAC_LEN	       CRYPTO_HASH_LEN
#define BALLAST_NAME   "store.ballast"
#define BALLAST_LEN    (1024 * 1024)
#define WAL_PAGES_IDLE 1000  /* then store_idle moves them */
#define WAL_PAGES_MAX  16384 /* 64 MiB: then store_commit has to */

struct vfs;
struct token_row;

/* What is derived from one generation of the realm's key; locked memory. */
struct seal {
	uint32_t generation;
	uint8_t secret[CRYPTO_KEY_LEN]; /* seals tokens' secrets */
	uint8_t row[CRYPTO_KEY_LEN];	/* MACs of rows */
	uint8_t cell[CRYPTO_KEY_LEN];	/* what a row adds to its cell */
	uint8_t head[CRYPTO_KEY_LEN];	/* seals the head */
	uint8_t wrap[CRYPTO_KEY_LEN];	/* seals the keys below */
};

/* Random, made with the store; they outlive the realm's key. */
struct lasting {
	uint8_t fingerprint[CRYPTO_KEY_LEN];
	uint8_t pseudonym[CRYPTO_KEY_LEN];
};

/* The head: what each commit that changes anything writes, sealed. */
struct head {
	struct tree tree;
	uint64_t clock_high_s;
	uint8_t cell[CELL_COUNT][CELL_LEN];
};

/* Number and MAC of a row: what it adds to its cell is made of these. */
struct row_seal {
	uint64_t version; /* 1, and one more with each update */
	uint8_t mac[MAC_LEN];
};

/*
 * Manifests, as far as they are not in rows.  import 0: none is being staged.
 * What is staged is counted and summed up here, for its source's row.
 */
struct manifest_state {
	bool any;  /* is one in force? */
	bool anew; /* what it refuses is no matter to what is staged */
	uint64_t import;
	uint64_t entries;
	uint64_t quarantined;
	uint8_t sum[CRYPTO_HASH_LEN];
};

enum sql_id {
	SQL_BEGIN = 0,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_MARK,
	SQL_RELEASE,
	SQL_RESET,
	SQL_META_GET,
	SQL_META_PUT,
	SQL_HEAD_GET,
	SQL_HEAD_PUT,
	SQL_PERSON_GET,
	SQL_PERSON_LIST,
	SQL_PERSON_ADD,
	SQL_PERSON_SEAL,
	SQL_PERSON_SCAN,
	SQL_ACCOUNT_BY_LOGIN,
	SQL_ACCOUNT_BY_ID,
	SQL_ACCOUNT_LIST,
	SQL_ACCOUNT_WALK,
	SQL_ACCOUNT_ADD,
	SQL_ACCOUNT_UPDATE,
	SQL_ACCOUNT_DELETE,
	SQL_ACCOUNT_SCAN,
	SQL_ACCOUNT_COUNT,
	SQL_TOKEN_GET,
	SQL_TOKEN_LIST,
	SQL_TOKEN_OF,
	SQL_TOKEN_TAKEN,
	SQL_TOKEN_ADD,
	SQL_TOKEN_UPDATE,
	SQL_TOKEN_SCAN,
	SQL_TOKEN_COUNT,
	SQL_SECRET_GET,
	SQL_SECRET_PUT,
	SQL_SECRET_DELETE,
	SQL_RECORD_ADD,
	SQL_RECORD_GET,
	SQL_RECORD_LEAF,
	SQL_RECORD_LAST,
	SQL_DIGEST_ADD,
	SQL_DIGEST_DROP,
	SQL_DIGEST_CLEAR,
	SQL_DIGEST_LIST,
	SQL_DIGEST_FIND,
	SQL_SOURCE_GET,
	SQL_SOURCE_LIST,
	SQL_SOURCE_ADD,
	SQL_SOURCE_UPDATE,
	SQL_SOURCE_OF,
	SQL_IMPORT_LAST,
	SQL_ENTRY_ADD,
	SQL_ENTRY_OF,
	SQL_ENTRY_FIND,
	SQL_ENTRY_MARK,
	SQL_ENTRY_MARKED,
	SQL_ENTRY_NEXT,
	SQL_ENTRY_CLEAN,
	SQL_LISTED,
	SQL_MACHINE_GET,
	SQL_MACHINE_LIST,
	SQL_MACHINE_PUT,
	SQL_MACHINE_SCAN,
	SQL_PASSWORD_GET,
	SQL_PASSWORD_LIST,
	SQL_PASSWORD_PUT,
	SQL_META_DELETE,
	SQL_COUNT
};

struct store {
	const struct keyring *keys;
	char realm[MODEL_NAME_MAX + 1];
	enum realm_class realm_class;
	char host[STORE_HOST_LEN + 1];
	char log_id[LOG_ID_LEN + 1];
	uint64_t created_s;
	uint32_t schema;
	bool accepting;

	int dirfd;
	char file[FILE_NAME_MAX + 1]; /* the store's name in its folder */
	struct vfs *vfs;
	sqlite3 *db;
	sqlite3_stmt *stmt[SQL_COUNT];
	int wal_pages;
	bool settled;	    /* store_idle has run once */
	bool ballast_gone;  /* released, to be restored */
	bool ballast_spent; /* by this daemon or the one before it */

	struct seal *seal;
	struct seal *seal_before; /* while a rekey is not committed */
	struct lasting *lasting;
	struct buf *row;	/* scratch: what a MAC is over */
	struct token_row *read; /* the token that was read last and is right; id
				   0: none, since something was written */

	bool in_transaction;
	bool marked;
	bool dirty; /* the head is to be written */
	bool dirty_at_mark;
	bool rescan; /* look at all rows anew when this one is over */
	struct head head;
	struct head head_at_begin;
	struct head head_at_mark;
	struct manifest_state manifest;
	struct manifest_state manifest_at_begin;
	struct manifest_state manifest_at_mark;
	bool stale; /* there may be entries of no import in force */

	bool bad_cell[CELL_COUNT];
	uint64_t *stray; /* tokens whose own MAC is wrong and that no account
			    misses; sorted */
	size_t strays;
};

/* folder.c: the store's folder and the files in it. */

/* Open the folder of path, check it and its parents, lock it for life; file
 * gets the last part of path.  *fdp is the caller's to close. */
enum bh_err folder_open(
    const char *path, char file[FILE_NAME_MAX + 1], int *fdp) BH_CHECKED;
/* Is this open descriptor a plain file of ours, 0600, with one name? */
enum bh_err folder_check_file(int fd, const char *name) BH_CHECKED;
/* The same by name; BH_ERR_NOTFOUND is not logged. */
enum bh_err folder_check_name(int dirfd, const char *name) BH_CHECKED;

/* vfs.c: SQLite's way to files: by name in one folder, and nothing else. */
struct vfs *vfs_new(int dirfd); /* borrows dirfd; NULL: no memory */
void vfs_free(struct vfs *v);	/* NULL is accepted */
const char *vfs_name(const struct vfs *v);

/*
 * log_file.c: gathering what is written to the log of changes.  put and flush
 * give false with errno set.  make_room lengthens the file by zeros, if the
 * disk has room.  file_put writes all or fails.
 */
struct log_file;
struct log_file *log_file_new(void);
void log_file_free(struct log_file *l); /* NULL is accepted */
bool log_file_put(
    struct log_file *l, int fd, const void *p, size_t len, off_t off);
bool log_file_flush(struct log_file *l, int fd);
void log_file_make_room(int fd);
bool file_put(int fd, const void *p, size_t len, off_t off);

/* sql.c: one statement at work.  Errors stick: check the last one. */
struct query {
	struct store *s;
	sqlite3_stmt *st;
	int in;	 /* parameters bound */
	int out; /* columns read */
	enum bh_err e;
};

/* sql_text.c */
extern const char *const sql_text[SQL_COUNT];

/* Before anything else of SQLite's. */
void sql_configure(void);
enum bh_err sql_open(struct store *s, bool create) BH_CHECKED;
enum bh_err sql_prepare(struct store *s) BH_CHECKED;
void sql_close(struct store *s);
/* SQLite's code as ours; logs what SQLite says of it. */
enum bh_err sql_error(const struct store *s, int rc);
enum bh_err sql_exec(struct store *s, const char *text) BH_CHECKED;
/* One number that a statement without parameters gives. */
enum bh_err sql_number(
    struct store *s, const char *text, uint64_t *np) BH_CHECKED;

void query_start(struct query *q, struct store *s, enum sql_id id);
void query_u64(struct query *q, uint64_t v);
void query_text(struct query *q, const char *text);
void query_blob(struct query *q, const void *p, size_t len);
/* The next row: BH_OK; none left: BH_ERR_NOTFOUND.  Bound texts and blobs
 * must live until query_end. */
enum bh_err query_step(struct query *q) BH_CHECKED;
void column_u64(struct query *q, uint64_t *vp);
void column_u32(struct query *q, uint32_t *vp);
void column_text(struct query *q, char *text, size_t size);
/* Version and MAC as they are, zero where they are of no use. */
void column_seal(struct query *q, struct row_seal *r);
/* Exactly len bytes. */
void column_bytes(struct query *q, void *p, size_t len);
/* At most max bytes; *bufp is the caller's to free. */
void column_buf(struct query *q, size_t max, struct buf **bufp);
/* Give the statement back; what went wrong so far. */
enum bh_err query_end(struct query *q);
/* A statement that changes: run it to its end. */
enum bh_err query_run(struct query *q) BH_CHECKED;

/* migrate.c: bring the schema up to date; a new file gets it whole. */
enum bh_err migrate(struct store *s, bool create) BH_CHECKED;

/* seal.c: keys, MACs and sealed values. */
enum bh_err seal_derive(const struct keyring *keys, uint32_t generation,
    struct seal **kp) BH_CHECKED;
void seal_free(struct seal *k);
/* Begin s->row anew with tag, realm and host. */
enum bh_err seal_row_start(struct store *s, const char *tag) BH_CHECKED;
/* The MAC over s->row. */
enum bh_err seal_row_mac(
    struct store *s, const struct seal *k, uint8_t mac[MAC_LEN]) BH_CHECKED;
enum bh_err seal_secret(struct store *s, const struct seal *k,
    const struct token *t, const struct buf *secret,
    struct buf **sealedp) BH_CHECKED;
enum bh_err seal_secret_open(struct store *s, const struct seal *k,
    const struct token *t, const struct buf *sealed,
    struct buf **secretp) BH_CHECKED;

/* meta.c: what the store says of itself, and the lasting keys. */
enum bh_err meta_create(struct store *s) BH_CHECKED;
enum bh_err meta_load(struct store *s) BH_CHECKED;
/* Write the key's generation and the lasting keys sealed under k. */
enum bh_err meta_put_keys(struct store *s, const struct seal *k) BH_CHECKED;
/* A value of at most max bytes; BH_ERR_NOTFOUND.  *vp is the caller's. */
enum bh_err meta_find(
    struct store *s, const char *k, size_t max, struct buf **vp) BH_CHECKED;
enum bh_err meta_put(
    struct store *s, const char *k, const void *v, size_t len) BH_CHECKED;

/* head.c */
enum bh_err head_load(struct store *s) BH_CHECKED;
enum bh_err head_write(struct store *s) BH_CHECKED;
/* Make the tree anew from the records. */
enum bh_err head_rebuild_tree(struct store *s) BH_CHECKED;

/* cell.c: which rows there are, in a digest. */

/* XOR a row's share into a cell; done twice it is gone again. */
enum bh_err cell_add(const struct seal *k, const char *tag, const void *key,
    size_t keylen, const struct row_seal *r, uint8_t cell[CELL_LEN]) BH_CHECKED;
enum bh_err cell_add_id(const struct seal *k, const char *tag, uint64_t id,
    const struct row_seal *r, uint8_t cell[CELL_LEN]) BH_CHECKED;
/* A row of that account is another now; NULL: there was or is none. */
enum bh_err cell_change(struct store *s, const char *tag, uint64_t account_id,
    uint64_t id, const struct row_seal *before,
    const struct row_seal *after) BH_CHECKED;
size_t cell_of(uint64_t account_id);
/* BH_ERR_SEALED if the rows in that account's cell do not add up. */
enum bh_err cell_check(const struct store *s, uint64_t account_id) BH_CHECKED;
/* Compare all rows with the head; fills bad_cell and stray. */
enum bh_err cell_scan(struct store *s) BH_CHECKED;
/* Make the cells anew over the rows whose own MAC is right. */
enum bh_err cell_rebuild(struct store *s) BH_CHECKED;
bool cell_is_stray(const struct store *s, uint64_t token_id);

/* transaction.c */

/* BH_ERR_REFUSED outside a transaction, BH_ERR_IO if SQLite has rolled it
 * back by itself. */
enum bh_err transaction_check(const struct store *s) BH_CHECKED;
/* A commit of the head alone, so that the sync of a new log's header is paid
 * here and not by the next login. */
enum bh_err transaction_touch(struct store *s) BH_CHECKED;

/* person.c, account.c, token.c, machine.c, password.c, source.c: rows with their seals, checked or not. */
struct person_row {
	struct person p;
	struct row_seal seal;
};
struct account_row {
	struct account a;
	struct row_seal seal;
};
struct token_row {
	struct token t;
	uint8_t fingerprint[CRYPTO_HASH_LEN];
	struct row_seal seal;
};

struct machine_row {
	struct machine m;
	struct row_seal seal;
};
struct source_row {
	struct manifest_source m;
	uint64_t import;
	bool accepted; /* marks of its entries count for nothing */
	uint8_t sum[CRYPTO_HASH_LEN]; /* over its entries */
	struct row_seal seal;
};

#define PERSON_TAG  "bulkhead person v1"
#define ACCOUNT_TAG "bulkhead account v1"
#define TOKEN_TAG   "bulkhead token v1"
#define MACHINE_TAG "bulkhead machine v1"

enum bh_err person_mac(struct store *s, const struct seal *k,
    const struct person_row *r, uint8_t mac[MAC_LEN]) BH_CHECKED;
enum bh_err account_mac(struct store *s, const struct seal *k,
    const struct account_row *r, uint8_t mac[MAC_LEN]) BH_CHECKED;
enum bh_err token_mac(struct store *s, const struct seal *k,
    const struct token_row *r, uint8_t mac[MAC_LEN]) BH_CHECKED;
/* BH_ERR_SEALED unless the row's MAC is the one computed under s->seal. */
enum bh_err person_verify(
    struct store *s, const struct person_row *r) BH_CHECKED;
enum bh_err account_verify(
    struct store *s, const struct account_row *r) BH_CHECKED;
enum bh_err token_verify(struct store *s, const struct token_row *r) BH_CHECKED;
/* The next row behind a key, unchecked; BH_ERR_NOTFOUND at the end. */
enum bh_err person_next(
    struct store *s, const char *after, struct person_row *r) BH_CHECKED;
enum bh_err account_next(
    struct store *s, uint64_t after, struct account_row *r) BH_CHECKED;
enum bh_err token_next(
    struct store *s, uint64_t after, struct token_row *r) BH_CHECKED;
/* Write a row as it is with a new MAC and version; cells are not touched. */
enum bh_err person_reseal(
    struct store *s, const struct seal *k, struct person_row *r) BH_CHECKED;
enum bh_err account_write(
    struct store *s, const struct seal *k, struct account_row *r) BH_CHECKED;
enum bh_err token_write(
    struct store *s, const struct seal *k, struct token_row *r) BH_CHECKED;

enum bh_err token_drop_secret(struct store *s, uint64_t id) BH_CHECKED;
enum bh_err token_put_secret(struct store *s, const struct seal *k,
    const struct token *t, const struct buf *secret) BH_CHECKED;

/* address.c: n addresses of constant size. */
#define ADDRESS_LEN (1 + 1 + 16)
enum bh_err addresses_put(
    struct buf *b, const struct netaddr *a, size_t n) BH_CHECKED;
enum bh_err addresses_get(
    struct buf *b, struct netaddr *a, size_t n) BH_CHECKED;

/* token_digest.c */
enum bh_err token_digests_put(struct store *s, const struct token *t,
    const struct buf *secret) BH_CHECKED;
enum bh_err token_digests_drop(struct store *s, uint64_t id) BH_CHECKED;
/* Make those of all tokens anew, inside a transaction. */
enum bh_err token_digests_rebuild(struct store *s) BH_CHECKED;
/* The same for a store that has none yet, before they are relied on. */
enum bh_err token_digests_need(struct store *s) BH_CHECKED;
/* The same at the start, in a transaction of its own. */
enum bh_err token_digests_complete(struct store *s) BH_CHECKED;
/* The store has them from its beginning. */
enum bh_err token_digests_begin(struct store *s) BH_CHECKED;

/* machine.c */
enum bh_err machine_verify(
    struct store *s, const struct machine_row *r) BH_CHECKED;
enum bh_err machine_next(
    struct store *s, const char *after, struct machine_row *r) BH_CHECKED;
/* Write a row with a new MAC and version; the cell is not touched. */
enum bh_err machine_write(
    struct store *s, const struct seal *k, struct machine_row *r) BH_CHECKED;
enum bh_err machine_add_cell(const struct seal *k, const char *login,
    const struct row_seal *r, uint8_t cell[CELL_LEN]) BH_CHECKED;

/* source.c */
enum bh_err source_verify(
    struct store *s, const struct source_row *r) BH_CHECKED;
/* Unchecked; BH_ERR_SEALED with what could be read. */
enum bh_err source_find(struct store *s, const char *realm, const char *host,
    struct source_row *r) BH_CHECKED;
enum bh_err source_next(
    struct store *s, uint64_t after, struct source_row *r) BH_CHECKED;
/* A row without anything in it yet; sets r->m.id. */
enum bh_err source_insert(struct store *s, struct source_row *r) BH_CHECKED;
enum bh_err source_write(
    struct store *s, const struct seal *k, struct source_row *r) BH_CHECKED;

/* manifest.c */

/* XOR an entry's share into the sum; done twice it is gone again. */
enum bh_err manifest_share(const struct seal *k, uint64_t import,
    const struct manifest_entry *entry, uint8_t sum[CRYPTO_HASH_LEN])
    BH_CHECKED;
/* A token has that digest from now on: what is being staged collides. */
enum bh_err manifest_mark(struct store *s, const struct digest *d) BH_CHECKED;
/* Remove some entries of no import in force.  True if there may be more. */
bool manifest_clean(struct store *s);

/* manifest_sum.c: do entries add up to what their source says? */

/* At the start: logs what is wrong and goes on. */
enum bh_err manifest_check(struct store *s) BH_CHECKED;
/* Take what is there. */
enum bh_err manifest_accept(struct store *s) BH_CHECKED;
/* All sources under another key; what is being staged is forgotten. */
enum bh_err manifest_rekey(struct store *s, const struct seal *to) BH_CHECKED;

/* password.c, identity.c: under another key. */
enum bh_err passwords_rekey(struct store *s, const struct seal *to) BH_CHECKED;
enum bh_err identity_rekey(struct store *s, const struct seal *to) BH_CHECKED;
/* A serial that does not open is forgotten. */
enum bh_err identity_accept(struct store *s) BH_CHECKED;

/* record.c: the number of records there are, by the last one's number. */
enum bh_err record_count(struct store *s, uint64_t *np) BH_CHECKED;

/* ballast.c */
enum bh_err ballast_fill(struct store *s) BH_CHECKED;
/* Is there room enough that it does not fill the disk again? */
bool ballast_room(const struct store *s);
/* Is it there, and shorter than it should be? */
bool ballast_short(const struct store *s);

#endif
