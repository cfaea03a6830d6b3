/*
 * The throttle that comes before the locks: how many wrong answers one source
 * may have evaluated, for one account and over all.  In memory only, bounded.
 */
#ifndef CORE_THROTTLE_H
#define CORE_THROTTLE_H

#include "base/err.h"
#include "core/netaddr.h"

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_PAIR_BURST   4	  /* wrong answers of (account, source) ... */
#define THROTTLE_PAIR_EVERY   900 /* ... then one each 15 minutes */
#define THROTTLE_SOURCE_BURST 40  /* of one source over all accounts ... */
#define THROTTLE_SOURCE_EVERY 30  /* ... then one each half minute */

struct throttle;

/* A table for at most entries sources; the one that has been quiet longest
 * gives way.  NULL: no memory.  throttle_free takes NULL. */
struct throttle *throttle_new(uint32_t entries);
void throttle_free(struct throttle *t);

/* May an answer of this account from this source be evaluated?  account is
 * 0 for an unknown one.  Counts nothing. */
bool throttle_ok(const struct throttle *t, uint64_t account,
    const struct netaddr *source, uint64_t boot_s);

/* Count one wrong answer. */
void throttle_failed(struct throttle *t, uint64_t account,
    const struct netaddr *source, uint64_t boot_s);

/* Forget what was counted for this account: an administrator unlocked it. */
void throttle_forget(struct throttle *t, uint64_t account);

#endif
