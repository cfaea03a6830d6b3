/*
 * The anchor: the ledger's size and root, in a file outside the store's
 * folder, so that a store set back is noticed.  Written after each commit and
 * not synced: a power cut may leave it behind the store, never ahead.
 */
#ifndef CORE_ANCHOR_H
#define CORE_ANCHOR_H

#include "base/err.h"
#include "core/store/store.h"

#include <stdbool.h>

struct anchor;

/* Open the file, mode 0600 and ours, O_NOFOLLOW; create makes a new one
 * (BH_ERR_EXISTS).  BH_ERR_NOTFOUND, BH_ERR_UNSAFE.  Logs what is wrong. */
enum bh_err anchor_open(const char *path, bool create,
    struct anchor **ap) BH_CHECKED;
void anchor_close(struct anchor *a);
int anchor_fd(const struct anchor *a);

/* Write the store's head; sync is for init and accept alone. */
enum bh_err anchor_write(struct anchor *a, const struct tree *head,
    bool sync) BH_CHECKED;

/*
 * Is the store at or beyond the anchor, on the same tree?  BH_ERR_ROLLBACK if
 * it is behind or another, BH_ERR_CORRUPT if the anchor can't be read as one.
 * Logs the reason and `bulkhead store accept`.
 */
enum bh_err anchor_check(struct anchor *a, struct store *s) BH_CHECKED;

#endif
