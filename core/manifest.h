/*
 * The manifest: what a production host's credentials are named by, for backup
 * realms to refuse.  A JSON document (docs/manifest.md), signed by production,
 * sealed to one backup realm (RFC 5652 CMS; core/crypto/cms.h).
 */
#ifndef CORE_MANIFEST_H
#define CORE_MANIFEST_H

#include "base/buf.h"
#include "base/err.h"
#include "core/model.h"

#include <stddef.h>
#include <stdint.h>

#define MANIFEST_FORMAT	      1
#define MANIFEST_ENTRIES_MAX  400000
#define MANIFEST_ACCOUNTS_MAX 100000
#define MANIFEST_NOTES_MAX    1000
#define MANIFEST_BYTES_MAX    (64 * 1024 * 1024)
#define MANIFEST_LIFE_S	      (90 * 86400)
#define MANIFEST_AHEAD_S      86400 /* how far ahead production's clock may be */

struct manifest_account {
	char login[MODEL_NAME_MAX + 1];
	char person[MODEL_NAME_MAX + 1]; /* "": nobody is known */
};

struct manifest {
	char realm[MODEL_NAME_MAX + 1];
	char host[MODEL_NAME_MAX + 1];
	uint64_t serial;
	uint64_t created_s;
	uint64_t expires_s;
	uint8_t recipient[MODEL_DIGEST_LEN]; /* SHA-256 of the certificate */
	struct digest *entry; /* encoded or decoded: sorted, each once */
	size_t n_entries;
	struct manifest_account *account; /* as the entries */
	size_t n_accounts;
	char **note; /* what could not be seen, a sentence each */
	size_t n_notes;
};

/*
 * An empty one; NULL: no memory.  The lists grow by manifest_add_*, in any
 * order and with doubles; BH_ERR_INPUT for a kind, name or text (model.h) that
 * is none, BH_ERR_FULL if there are too many.
 */
struct manifest *manifest_new(void);
void manifest_free(struct manifest *m); /* NULL is accepted */
enum bh_err manifest_add(struct manifest *m, const struct digest *d) BH_CHECKED;
enum bh_err manifest_add_account(
    struct manifest *m, const char *login, const char *person) BH_CHECKED;
enum bh_err manifest_add_note(struct manifest *m, const char *note) BH_CHECKED;

/*
 * As JSON; *textp is the caller's to free.  Sorts entries and accounts and
 * drops doubles.  BH_ERR_INPUT if the head is not filled in as it must be,
 * BH_ERR_FULL if there are too many entries or bytes.
 */
enum bh_err manifest_encode(struct manifest *m, struct buf **textp) BH_CHECKED;

/*
 * Read one: exactly one document of this format and nothing behind it, no
 * unknown, missing or double member, entries and accounts sorted and each
 * once, numbers in range, names that can be names.  BH_ERR_INPUT (or
 * BH_ERR_VERSION for a newer format, BH_ERR_FULL for too many), and *whyp is a
 * sentence (static).
 */
enum bh_err manifest_decode(const void *text, size_t len, struct manifest **mp,
    const char **whyp) BH_CHECKED;

/*
 * May it be imported now, by what it says of itself: recipient is ours, it has
 * not expired, is not from the future (MANIFEST_AHEAD_S)?  BH_ERR_REFUSED and
 * *whyp if not.  Serial and signer are the store's affair.
 */
enum bh_err manifest_acceptable(const struct manifest *m,
    const uint8_t recipient[MODEL_DIGEST_LEN], uint64_t now_s,
    const char **whyp) BH_CHECKED;

#endif
