/*
 * Base64 (RFC 4648, 4).
 */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* Strict: the whole text, padding where it belongs, unused bits zero; else
 * BH_ERR_INPUT.  *datap is the caller's to free. */
enum bh_err base64_decode(
    const char *text, size_t len, struct buf **datap) BH_CHECKED;

/* Into out[size] with padding and NUL; BH_ERR_RANGE if it does not fit. */
enum bh_err base64_encode(
    const void *data, size_t len, char *out, size_t size) BH_CHECKED;

#endif
