/*
 * What the files that make digests share.
 */
#ifndef CORE_DIGEST_INTERNAL_H
#define CORE_DIGEST_INTERNAL_H

#include "core/digest.h"

/* Of bytes that are in their one form already.  BH_ERR_RANGE for a kind that
 * is none. */
enum bh_err digest_make(enum digest_kind kind, const void *data, size_t len,
    struct digest *out) BH_CHECKED;

#endif
