/*
 * A bounded buffer of bytes that wipes itself.  Whatever may hold a secret
 * or came from outside lives in one of these.  Integers are big-endian;
 * a string is a 16-bit length and its bytes.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is written lies in data[0..len); reading goes on from data[off].
 * Whoever writes into data without buf_put sets len to cover all of it, on an
 * error too: data[0..len) and data[0..used) are what gets wiped.
 */
struct buf {
	uint8_t *data;
	size_t len;
	size_t off;
	size_t max;
	size_t used; /* how far it was ever written by buf_put */
};

/* A buffer for at most max bytes, all allocated at once; NULL: no memory. */
struct buf *buf_new(size_t max);

/* As buf_new, with a copy of data[0..len) in it. */
struct buf *buf_new_from(const void *data, size_t len);

/* Wipe and free; NULL is accepted. */
void buf_free(struct buf *b);

/* Wipe the contents, keep the buffer. */
void buf_reset(struct buf *b);

/* Append.  BH_ERR_FULL if it does not fit; then nothing was written. */
enum bh_err buf_put(struct buf *b, const void *data, size_t len) BH_CHECKED;
enum bh_err buf_put_u8(struct buf *b, uint8_t v) BH_CHECKED;
enum bh_err buf_put_u16(struct buf *b, uint16_t v) BH_CHECKED;
enum bh_err buf_put_u32(struct buf *b, uint32_t v) BH_CHECKED;
enum bh_err buf_put_u64(struct buf *b, uint64_t v) BH_CHECKED;
/* A NUL-terminated string; NULL is written as an empty one. */
enum bh_err buf_put_str(struct buf *b, const char *s) BH_CHECKED;

/* Read on from off.  BH_ERR_INPUT if there is not enough left. */
enum bh_err buf_get(struct buf *b, void *data, size_t len) BH_CHECKED;
enum bh_err buf_get_u8(struct buf *b, uint8_t *vp) BH_CHECKED;
enum bh_err buf_get_u16(struct buf *b, uint16_t *vp) BH_CHECKED;
enum bh_err buf_get_u32(struct buf *b, uint32_t *vp) BH_CHECKED;
enum bh_err buf_get_u64(struct buf *b, uint64_t *vp) BH_CHECKED;
/*
 * A string into s[size], NUL-terminated.  One that does not fit is
 * BH_ERR_RANGE; one with a NUL byte inside is BH_ERR_INPUT.
 */
enum bh_err buf_get_str(struct buf *b, char *s, size_t size) BH_CHECKED;

/* BH_OK if everything was read, else BH_ERR_INPUT: trailing bytes. */
enum bh_err buf_end(const struct buf *b) BH_CHECKED;

/* Overwrite memory so that the compiler can't drop it. */
void secret_wipe(void *p, size_t len);

/* Compare in a time that depends on len alone. */
bool secret_eq(const void *a, const void *b, size_t len);

/*
 * Memory for a key: whole pages of its own, locked, left out of dumps and
 * wiped in a forked child.  NULL: no memory or it can't be locked.
 * secret_free wipes; NULL is accepted; len is what secret_alloc was given.
 */
void *secret_alloc(size_t len);
void secret_free(void *p, size_t len);

/*
 * Overwrite the stack below the caller, where library functions left
 * copies of what they worked on.  Call it after a secret was used.
 */
void secret_burn_stack(void);

#endif
