/*
 * Addresses in rows: of constant size, families by numbers of our own: 4, 6,
 * and 0 for none.
 */
#include "core/store/engine.h"

#include <string.h>
#include <sys/socket.h>

enum bh_err
addresses_put(struct buf *b, const struct netaddr *a, size_t n)
{
	uint8_t family;
	enum bh_err e;
	size_t i;

	for (i = 0; i < n; i++, a++) {
		family = a->family == AF_INET	 ? 4
			 : a->family == AF_INET6 ? 6
						 : 0;
		if ((e = buf_put_u8(b, family)) != BH_OK ||
		    (e = buf_put_u8(b, (uint8_t)a->bits)) != BH_OK ||
		    (e = buf_put(b, a->bytes, sizeof(a->bytes))) != BH_OK)
			return e;
	}
	return BH_OK;
}

enum bh_err
addresses_get(struct buf *b, struct netaddr *a, size_t n)
{
	uint8_t family, bits;
	enum bh_err e;
	size_t i;

	memset(a, 0, sizeof(*a) * n);
	for (i = 0; i < n; i++, a++) {
		if ((e = buf_get_u8(b, &family)) != BH_OK ||
		    (e = buf_get_u8(b, &bits)) != BH_OK ||
		    (e = buf_get(b, a->bytes, sizeof(a->bytes))) != BH_OK)
			return e;
		if (family != 0 && family != 4 && family != 6)
			return BH_ERR_INPUT;
		a->family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : 0;
		a->bits = bits;
	}
	return buf_end(b);
}
