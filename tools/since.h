/*
 * "Since when", as people write it.
 */
#ifndef TOOLS_SINCE_H
#define TOOLS_SINCE_H

#include "base/err.h"

#include <stdint.h>

/* A time (RFC 3339), a day (UTC), or a duration before now_s as in the
 * configuration.  BH_ERR_INPUT if it is none of them. */
enum bh_err since_parse(
    const char *text, uint64_t now_s, uint64_t *tp) BH_CHECKED;

#endif
