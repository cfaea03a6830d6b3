/*
 * What manifest.c and manifest_decode.c share: the members of the document.
 */
#ifndef CORE_MANIFEST_INTERNAL_H
#define CORE_MANIFEST_INTERNAL_H

#include "core/manifest.h"

#include <stdbool.h>

/* 9999-12-31T23:59:59Z: what can still be printed as a date. */
#define MANIFEST_TIME_MAX   253402300799
#define MANIFEST_SERIAL_MAX INT64_MAX
#define MANIFEST_HEX_LEN    (2 * MODEL_DIGEST_LEN)

/* Names, numbers and times as they may be? */
bool manifest_head_ok(const struct manifest *m);

/* In the order in which they are written: memcmp's sense. */
int manifest_compare_accounts(const void *a, const void *b);

#endif
