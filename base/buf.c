/*
 * Buffers that wipe themselves, and memory for keys.
 */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BURN_LEN 16384

struct buf *
buf_new(size_t max)
{
	struct buf *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	/* not zeroed: nobody reads what was not written */
	if ((b->data = malloc(max > 0 ? max : 1)) == NULL) {
		free(b);
		return NULL;
	}
	b->max = max;
	return b;
}

struct buf *
buf_new_from(const void *data, size_t len)
{
	struct buf *b;

	if ((b = buf_new(len)) == NULL)
		return NULL;
	if (len > 0)
		memcpy(b->data, data, len);
	b->len = len;
	return b;
}

/* A long buffer mostly holds a short message: wipe what was written. */
static void
wipe(struct buf *b)
{
	secret_wipe(b->data, b->used > b->len ? b->used : b->len);
	b->used = 0;
}

void
buf_free(struct buf *b)
{
	if (b == NULL)
		return;
	wipe(b);
	free(b->data);
	free(b);
}

void
buf_reset(struct buf *b)
{
	wipe(b);
	b->len = 0;
	b->off = 0;
}

enum bh_err
buf_put(struct buf *b, const void *data, size_t len)
{
	if (len > b->max - b->len)
		return BH_ERR_FULL;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->used = b->len > b->used ? b->len : b->used;
	return BH_OK;
}

/* The low len bytes of v, big-endian. */
static enum bh_err
put_uint(struct buf *b, uint64_t v, size_t len)
{
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
	return buf_put(b, bytes, len);
}

enum bh_err
buf_put_u8(struct buf *b, uint8_t v)
{
	return put_uint(b, v, 1);
}

enum bh_err
buf_put_u16(struct buf *b, uint16_t v)
{
	return put_uint(b, v, 2);
}

enum bh_err
buf_put_u32(struct buf *b, uint32_t v)
{
	return put_uint(b, v, 4);
}

enum bh_err
buf_put_u64(struct buf *b, uint64_t v)
{
	return put_uint(b, v, 8);
}

enum bh_err
buf_put_str(struct buf *b, const char *s)
{
	size_t len = s != NULL ? strlen(s) : 0;
	enum bh_err e;

	if (len > UINT16_MAX)
		return BH_ERR_RANGE;
	if (len + 2 > b->max - b->len)
		return BH_ERR_FULL;
	if ((e = buf_put_u16(b, (uint16_t)len)) != BH_OK)
		return e;
	return buf_put(b, s, len);
}

enum bh_err
buf_get(struct buf *b, void *data, size_t len)
{
	if (len > b->len - b->off)
		return BH_ERR_INPUT;
	if (len > 0)
		memcpy(data, b->data + b->off, len);
	b->off += len;
	return BH_OK;
}

static enum bh_err
get_uint(struct buf *b, size_t len, uint64_t *vp)
{
	uint8_t bytes[8];
	uint64_t v = 0;
	enum bh_err e;
	size_t i;

	if ((e = buf_get(b, bytes, len)) != BH_OK)
		return e;
	for (i = 0; i < len; i++)
		v = v << 8 | bytes[i];
	*vp = v;
	return BH_OK;
}

enum bh_err
buf_get_u8(struct buf *b, uint8_t *vp)
{
	uint64_t v;
	enum bh_err e;

	if ((e = get_uint(b, 1, &v)) == BH_OK)
		*vp = (uint8_t)v;
	return e;
}

enum bh_err
buf_get_u16(struct buf *b, uint16_t *vp)
{
	uint64_t v;
	enum bh_err e;

	if ((e = get_uint(b, 2, &v)) == BH_OK)
		*vp = (uint16_t)v;
	return e;
}

enum bh_err
buf_get_u32(struct buf *b, uint32_t *vp)
{
	uint64_t v;
	enum bh_err e;

	if ((e = get_uint(b, 4, &v)) == BH_OK)
		*vp = (uint32_t)v;
	return e;
}

enum bh_err
buf_get_u64(struct buf *b, uint64_t *vp)
{
	return get_uint(b, 8, vp);
}

enum bh_err
buf_get_str(struct buf *b, char *s, size_t size)
{
	uint16_t len;
	enum bh_err e;

	if ((e = buf_get_u16(b, &len)) != BH_OK)
		return e;
	if (len > b->len - b->off)
		return BH_ERR_INPUT;
	if (len >= size)
		return BH_ERR_RANGE;
	if (len > 0 && memchr(b->data + b->off, '\0', len) != NULL)
		return BH_ERR_INPUT;
	if ((e = buf_get(b, s, len)) != BH_OK)
		return e;
	s[len] = '\0';
	return BH_OK;
}

enum bh_err
buf_end(const struct buf *b)
{
	return b->off == b->len ? BH_OK : BH_ERR_INPUT;
}

void
secret_wipe(void *p, size_t len)
{
	if (p != NULL && len > 0)
		explicit_bzero(p, len);
}

bool
secret_eq(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;
	size_t i;

	for (i = 0; i < len; i++)
		diff |= (uint8_t)(x[i] ^ y[i]);
	return diff == 0;
}

static size_t
whole_pages(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (len + page - 1) / page * page;
}

void *
secret_alloc(size_t len)
{
	size_t size = whole_pages(len);
	void *p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (mlock(p, size) == -1 || madvise(p, size, MADV_DONTDUMP) == -1 ||
	    madvise(p, size, MADV_WIPEONFORK) == -1) {
		munmap(p, size);
		return NULL;
	}
	return p;
}

void
secret_free(void *p, size_t len)
{
	size_t size = whole_pages(len);

	if (p == NULL)
		return;
	secret_wipe(p, size);
	munmap(p, size);
}

__attribute__((noinline)) void
secret_burn_stack(void)
{
	uint8_t below[BURN_LEN];

	secret_wipe(below, sizeof(below));
}
