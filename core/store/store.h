/*
 * The store's contract: everything that lasts.  No SQL and no SQLite here, so
 * that another engine can stand behind it.
 *
 * Every row of accounts and tokens carries a MAC over the row, its id and its
 * version; secrets are sealed with format, realm, host, account, token and key
 * generation as associated data.  A row that was altered, swapped, deleted or
 * set back is BH_ERR_SEALED for the account it belongs to and nobody else: the
 * sealed head holds a digest of all rows, in cells, and is bound to the size
 * of the ledger.
 *
 * All changes happen between store_begin and store_commit, and are durable
 * once store_commit has returned BH_OK.  Not thread-safe; one process at a
 * time: store_open takes an exclusive lock for life.
 */
#ifndef CORE_STORE_STORE_H
#define CORE_STORE_STORE_H

#include "base/buf.h"
#include "base/err.h"
#include "core/keyring.h"
#include "core/model.h"
#include "core/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_HOST_LEN 32 /* hex characters of a host id */

struct store;

struct store_options {
	const char *where;	    /* "sqlite:/var/lib/bulkhead/store.db" */
	const struct keyring *keys; /* borrowed for the store's life */
	const char *realm;
	enum realm_class realm_class;
	const char *host;	    /* host id, hex: host_id() */
	bool accept;		    /* open although rows or head do not add up:
				       only for store_accept */
};

/* What a store says of itself. */
struct store_info {
	char realm[MODEL_NAME_MAX + 1];
	enum realm_class realm_class;
	char host[STORE_HOST_LEN + 1];
	char log_id[33];	  /* random, hex: names the ledger */
	uint32_t schema;	  /* number of the last migration */
	uint32_t key_generation;
	uint64_t created_s;
	uint64_t accounts;	  /* rows, counted now */
	uint64_t tokens;	  /* rows not revoked, counted now */
	uint64_t bad_cells;	  /* cells whose rows do not add up */
};

/*
 * Make a new store, file mode 0600, with a ballast file beside it; never
 * overwrites: BH_ERR_EXISTS.  The folder must be there, 0700 and ours.
 */
enum bh_err store_create(const struct store_options *o, uint64_t now_s,
    struct store **sp) BH_CHECKED;

/*
 * Open: lock (BH_ERR_BUSY), check path, owner, mode, type and links
 * (BH_ERR_UNSAFE), migrate, check realm and host (BH_ERR_REFUSED), key
 * (BH_ERR_SEALED), every row against the head (bad cells are logged and kept
 * in mind).  Logs what is wrong and what to do.  A store by a newer version is
 * BH_ERR_VERSION; a damaged file BH_ERR_CORRUPT.
 * No path is opened after this returns but inside the store's folder, through
 * a descriptor that store_dirfd gives for the sandbox.
 */
enum bh_err store_open(const struct store_options *o,
    struct store **sp) BH_CHECKED;
void store_close(struct store *s); /* NULL is accepted */
int store_dirfd(const struct store *s);
enum bh_err store_info(struct store *s, struct store_info *ip) BH_CHECKED;

/*
 * Transactions, and one level of savepoint inside: mark, then release (keep)
 * or reset (undo what came after the mark; the transaction goes on).
 * A failed store_commit has rolled back.  store_rollback never fails.
 */
enum bh_err store_begin(struct store *s) BH_CHECKED;
enum bh_err store_commit(struct store *s) BH_CHECKED;
void store_rollback(struct store *s);
enum bh_err store_mark(struct store *s) BH_CHECKED;
enum bh_err store_release(struct store *s) BH_CHECKED;
enum bh_err store_reset(struct store *s) BH_CHECKED;

/* The open transaction is to be written and synced though it may change
 * nothing. */
void store_touch(struct store *s);

/* Work for idle moments, none of it in a login's path: move the log of
 * changes into the main file once it is long, refill the ballast.  True if
 * there is more to do. */
bool store_idle(struct store *s);

/* Give the ballast's blocks back to a full disk, for the changes that come
 * next.  BH_ERR_NOTFOUND if it has been released already. */
enum bh_err store_ballast_release(struct store *s) BH_CHECKED;

/* Is what the ballast gave all the room that there is? */
bool store_ballast_spent(const struct store *s);

/* Persons.  add: BH_ERR_EXISTS.  get: BH_ERR_NOTFOUND. */
enum bh_err store_person_add(struct store *s,
    const struct person *p) BH_CHECKED;
enum bh_err store_person_get(struct store *s, const char *id,
    struct person *p) BH_CHECKED;

/*
 * Lists, in order of their key, what comes behind `after` ("" or 0: from the
 * start), at most max of them; *np says how many were written.
 */
enum bh_err store_persons(struct store *s, const char *after, size_t max,
    struct person *out, size_t *np) BH_CHECKED;
enum bh_err store_accounts(struct store *s, const char *after, size_t max,
    struct account *out, size_t *np) BH_CHECKED;
enum bh_err store_tokens(struct store *s, uint64_t after, size_t max,
    struct token *out, size_t *np) BH_CHECKED; /* revoked ones too */

/* Accounts.  add sets a->id; BH_ERR_EXISTS for the login, BH_ERR_NOTFOUND for
 * the person.  get: BH_ERR_NOTFOUND, or BH_ERR_SEALED if it was tampered
 * with.  update writes all but id, login, person, created_s. */
enum bh_err store_account_add(struct store *s, struct account *a) BH_CHECKED;
enum bh_err store_account_get(struct store *s, const char *login,
    struct account *a) BH_CHECKED;
enum bh_err store_account_by_id(struct store *s, uint64_t id,
    struct account *a) BH_CHECKED;
enum bh_err store_account_update(struct store *s,
    const struct account *a) BH_CHECKED;
/* Removes the account; its tokens become revoked and lose their secrets. */
enum bh_err store_account_remove(struct store *s, uint64_t id,
    uint64_t now_s) BH_CHECKED;

/*
 * Removes a login whose row carries a wrong MAC, which nothing else does.
 * *idp says whose it was; its tokens become revoked.  BH_ERR_REFUSED if the
 * row is good, BH_ERR_SEALED while rows beside it do not add up (store_accept
 * comes first).
 */
enum bh_err store_account_discard(struct store *s, const char *login,
    uint64_t now_s, uint64_t *idp) BH_CHECKED;

/*
 * Tokens.  add seals the secret and sets t->id; BH_ERR_EXISTS if any token of
 * this store, a revoked one too, ever had that secret or YubiKey public id;
 * BH_ERR_FULL at MODEL_TOKENS_MAX.
 * of: those not revoked, at most MODEL_TOKENS_MAX into out.
 * update writes status, state and times; a state or status that goes
 * backwards is BH_ERR_ROLLBACK (status may fall from active to pending for
 * store_accept only).  Revoking destroys the sealed secret.
 * secret: *secretp is the caller's to free; BH_ERR_SEALED if it is not this
 * token's, realm's and host's.
 */
enum bh_err store_token_add(struct store *s, struct token *t,
    const struct buf *secret) BH_CHECKED;
enum bh_err store_token_get(struct store *s, uint64_t id,
    struct token *t) BH_CHECKED;
enum bh_err store_tokens_of(struct store *s, uint64_t account_id,
    struct token *out, size_t *np) BH_CHECKED;
enum bh_err store_token_update(struct store *s,
    const struct token *t) BH_CHECKED;
enum bh_err store_token_secret(struct store *s, const struct token *t,
    struct buf **secretp) BH_CHECKED;

/*
 * The ledger's records: bodies are opaque here.  append gives the record's
 * number, from 0; head is the tree over all of them, changes of the open
 * transaction included.  get: *bodyp is the caller's to free.  leaf reads a
 * record's leaf hash.
 */
enum bh_err store_record_append(struct store *s, const void *body, size_t len,
    uint64_t *seqp) BH_CHECKED;
enum bh_err store_record_get(struct store *s, uint64_t seq,
    struct buf **bodyp) BH_CHECKED;
enum bh_err store_record_leaf(struct store *s, uint64_t seq,
    uint8_t leaf[CRYPTO_HASH_LEN]) BH_CHECKED;
const struct tree *store_head(const struct store *s);

/* The highest wall-clock time seen; raise never lowers it, accept does. */
uint64_t store_clock_high(const struct store *s);
enum bh_err store_clock_raise(struct store *s, uint64_t now_s) BH_CHECKED;
enum bh_err store_clock_accept(struct store *s, uint64_t now_s) BH_CHECKED;

/*
 * The realm's own key pair and certificate, opaque here, sealed.  get:
 * BH_ERR_NOTFOUND before the first put; *identityp is the caller's to free.
 * serial: raised and given with each manifest that is made, never lower than
 * now_s.
 */
enum bh_err store_identity_get(struct store *s,
    struct buf **identityp) BH_CHECKED;
enum bh_err store_identity_put(struct store *s,
    const struct buf *identity) BH_CHECKED;
enum bh_err store_manifest_serial(struct store *s, uint64_t now_s,
    uint64_t *serialp) BH_CHECKED;

/*
 * Digests of the tokens that are not revoked, written with each token
 * (core/digest.h) and gone with it; in order of token and kind, what comes
 * behind *afterp (0: from the start), at most max, whole tokens only.
 */
enum bh_err store_token_digests(struct store *s, uint64_t *afterp, size_t max,
    struct digest *out, size_t *np) BH_CHECKED;

/*
 * A manifest comes in pieces, each in a transaction of its own, so that no
 * login waits for it; nothing of it counts before activate.
 * begin forgets a piecemeal import that was not finished.  stage marks an
 * entry quarantined if a token of this store that is not revoked has that
 * digest, or where quarantine says so (SSH keys: the caller knows), but not
 * one that is listed and not quarantined already: it opens nothing here, and
 * goes on opening nothing, unless anew.
 * A digest twice is BH_ERR_EXISTS.
 * collisions: entries of the import that are marked, with the token they
 * collide with (0: none of the store's), from *afterp on.
 * activate: the import is the source's manifest from here; *m->entries and
 * ->quarantined are counted here; accept: nothing of it is quarantined.
 * A serial that is not higher than the one in force (not lower, with accept),
 * or another signer than the pinned one, is BH_ERR_ROLLBACK, BH_ERR_REFUSED;
 * repin replaces the signer and takes any serial.
 */
struct manifest_entry {
	struct digest digest;
	bool quarantine;
};
struct collision {
	struct digest digest;
	uint64_t token; /* 0: none */
};
enum bh_err store_manifest_begin(struct store *s, bool anew) BH_CHECKED;
enum bh_err store_manifest_stage(struct store *s,
    const struct manifest_entry *entry, size_t n) BH_CHECKED;
enum bh_err store_manifest_collisions(struct store *s, uint64_t *afterp,
    size_t max, struct collision *out, size_t *np) BH_CHECKED;
enum bh_err store_manifest_activate(struct store *s,
    struct manifest_source *m, bool accept, bool repin) BH_CHECKED;
/* The pinned source of a realm's host; BH_ERR_NOTFOUND. */
enum bh_err store_manifest_source(struct store *s, const char *realm,
    const char *host, struct manifest_source *m) BH_CHECKED;
enum bh_err store_manifest_sources(struct store *s, uint64_t after, size_t max,
    struct manifest_source *out, size_t *np) BH_CHECKED;

/* Is there any manifest in force?  Costs nothing. */
bool store_manifest_any(const struct store *s);
/* Is it listed?  One that is not quarantined goes before one that is.
 * BH_ERR_NOTFOUND if not. */
enum bh_err store_listed(struct store *s, const struct digest *d,
    struct listing *l) BH_CHECKED;

/*
 * Machine accounts.  add: BH_ERR_EXISTS while one of that login is in force
 * or an account has it.  get: the one in force, ended or expired ones too if
 * none follows; BH_ERR_NOTFOUND, BH_ERR_SEALED.  end: revoke.
 */
enum bh_err store_machine_add(struct store *s,
    const struct machine *m) BH_CHECKED;
enum bh_err store_machine_get(struct store *s, const char *login,
    struct machine *m) BH_CHECKED;
enum bh_err store_machine_end(struct store *s, const char *login,
    uint64_t now_s) BH_CHECKED;
enum bh_err store_machines(struct store *s, const char *after, size_t max,
    struct machine *out, size_t *np) BH_CHECKED;

/*
 * The password that `bulkhead password` made for a login, as a keyed digest of
 * its shadow entry.  check: *samep is false for another entry;
 * BH_ERR_NOTFOUND if none was made.  *set_sp: when.
 */
enum bh_err store_password_set(struct store *s, const char *login,
    const char *shadow, uint64_t now_s) BH_CHECKED;
enum bh_err store_password_check(struct store *s, const char *login,
    const char *shadow, bool *samep, uint64_t *set_sp) BH_CHECKED;

/* Seal everything anew under the keyring's key of that generation. */
enum bh_err store_rekey(struct store *s, uint32_t generation) BH_CHECKED;

/*
 * Take the store as it is: all high-water marks are raised (totp to the step
 * of now_s + window_s), hotp and yubikey tokens must be confirmed again,
 * recovery batches are revoked, the head is made anew.  Rows whose own MAC is
 * wrong stay refused; store_account_discard removes an account's.
 */
enum bh_err store_accept(struct store *s, uint64_t now_s,
    uint64_t window_s) BH_CHECKED;

/* A consistent copy of the store into a new file dir/name, mode 0600.
 * Secrets in it are sealed as they are here. */
enum bh_err store_backup(struct store *s, int dirfd,
    const char *name) BH_CHECKED;

/* HMAC-SHA-256 under a key that is this store's own, for naming what must not
 * be written in clear (an unknown user's name in a record). */
enum bh_err store_pseudonym(struct store *s, const char *text,
    uint8_t out[CRYPTO_HASH_LEN]) BH_CHECKED;

/* This host's id: from /etc/machine-id (man machine-id), by SHA-256, so that
 * the id itself stays private; the host name where there is none. */
enum bh_err host_id(char out[STORE_HOST_LEN + 1]) BH_CHECKED;

#endif
