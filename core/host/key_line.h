/*
 * One line of an authorized_keys file.
 */
#ifndef CORE_HOST_KEY_LINE_H
#define CORE_HOST_KEY_LINE_H

#include "base/buf.h"
#include "core/host/keys.h"

#define KEY_TYPE_MAX 128

/*
 * Take apart a line without leading blanks (it is changed): options, type,
 * blob and comment of *k, and whether it is a CA.  k->type is type, k->blob is
 * in *blobp, which is the caller's to free.  BH_ERR_INPUT: it is no key.
 */
enum bh_err key_line_parse(char *line, char type[KEY_TYPE_MAX],
    struct key_line *k, struct buf **blobp) BH_CHECKED;

/* The blob's own type into type; false: it is no SSH key. */
bool key_blob_type(const void *blob, size_t len, char type[KEY_TYPE_MAX]);

/* "type base64", the caller's to free; NULL: no memory. */
char *key_text(const char *type, const void *blob, size_t len);

#endif
