/*
 * Grants as bytes, for the daemon that follows this one.
 */
#include "core/grants_internal.h"

#include <string.h>

static bool
waits(const struct grant *g, uint64_t boot_s)
{
	return (g->state == GRANT_PENDING || g->state == GRANT_CONFIRMED) &&
	       !grants_expired(g, boot_s);
}

static enum bh_err
put_session(const struct session_id *s, struct buf *b)
{
	enum bh_err e;

	if ((e = buf_put_u8(b, (uint8_t)s->kind)) != BH_OK ||
	    (e = buf_put_u32(b, s->audit)) != BH_OK ||
	    (e = buf_put_u32(b, s->tty)) != BH_OK ||
	    (e = buf_put_u32(b, s->leader)) != BH_OK)
		return e;
	return buf_put_u64(b, s->leader_start);
}

static enum bh_err
put_grant(const struct grant *g, struct buf *b)
{
	enum bh_err e;

	if ((e = buf_put(b, g->id, sizeof(g->id))) != BH_OK ||
	    (e = buf_put_u8(b, (uint8_t)g->state)) != BH_OK ||
	    (e = buf_put_u64(b, g->account_id)) != BH_OK ||
	    (e = buf_put_str(b, g->service)) != BH_OK ||
	    (e = buf_put_u8(b, (uint8_t)g->share)) != BH_OK ||
	    (e = put_session(&g->session, b)) != BH_OK ||
	    (e = buf_put_u64(b, g->made_boot_s)) != BH_OK ||
	    (e = buf_put_u64(b, g->state_boot_s)) != BH_OK ||
	    (e = buf_put_u64(b, g->fresh_boot_s)) != BH_OK ||
	    (e = buf_put_u64(b, g->token)) != BH_OK ||
	    (e = buf_put_u8(b, (uint8_t)g->kind)) != BH_OK ||
	    (e = buf_put_u8(b, g->fresh)) != BH_OK)
		return e;
	return buf_put_u8(b, g->closed);
}

enum bh_err
grants_put(const struct grants *t, uint64_t boot_s, struct buf *b)
{
	uint32_t n = 0;
	enum bh_err e;
	size_t i;

	for (i = 0; i < t->top; i++)
		n += waits(&t->grant[i], boot_s);
	if ((e = buf_put_u32(b, n)) != BH_OK)
		return e;
	for (i = 0; i < t->top; i++) {
		if (waits(&t->grant[i], boot_s) &&
		    (e = put_grant(&t->grant[i], b)) != BH_OK)
			return e;
	}
	return BH_OK;
}

/* A byte that names one of first..last. */
static enum bh_err
get_choice(struct buf *b, uint8_t first, uint8_t last, uint8_t *vp)
{
	enum bh_err e;

	if ((e = buf_get_u8(b, vp)) != BH_OK)
		return e;
	return *vp < first || *vp > last ? BH_ERR_INPUT : BH_OK;
}

static enum bh_err
get_session(struct buf *b, struct session_id *s)
{
	uint8_t kind;
	enum bh_err e;

	if ((e = get_choice(b, SESSION_NONE, SESSION_TTY, &kind)) != BH_OK ||
	    (e = buf_get_u32(b, &s->audit)) != BH_OK ||
	    (e = buf_get_u32(b, &s->tty)) != BH_OK ||
	    (e = buf_get_u32(b, &s->leader)) != BH_OK)
		return e;
	s->kind = (enum session_kind)kind;
	return buf_get_u64(b, &s->leader_start);
}

static enum bh_err
get_grant(struct buf *b, struct grant *g)
{
	uint8_t state, share, kind, fresh, closed;
	enum bh_err e;

	if ((e = buf_get(b, g->id, sizeof(g->id))) != BH_OK ||
	    (e = get_choice(b, GRANT_PENDING, GRANT_CONFIRMED, &state)) !=
		BH_OK ||
	    (e = buf_get_u64(b, &g->account_id)) != BH_OK ||
	    (e = buf_get_str(b, g->service, sizeof(g->service))) != BH_OK ||
	    (e = get_choice(b, 0, SHARE_COUNT - 1, &share)) != BH_OK ||
	    (e = get_session(b, &g->session)) != BH_OK ||
	    (e = buf_get_u64(b, &g->made_boot_s)) != BH_OK ||
	    (e = buf_get_u64(b, &g->state_boot_s)) != BH_OK ||
	    (e = buf_get_u64(b, &g->fresh_boot_s)) != BH_OK ||
	    (e = buf_get_u64(b, &g->token)) != BH_OK ||
	    (e = buf_get_u8(b, &kind)) != BH_OK ||
	    (e = get_choice(b, 0, 1, &fresh)) != BH_OK ||
	    (e = get_choice(b, 0, 1, &closed)) != BH_OK)
		return e;
	g->state = (enum grant_state)state;
	g->share = (enum share)share;
	g->kind = (enum factor_kind)kind;
	g->fresh = fresh == 1;
	g->closed = closed == 1;
	return BH_OK;
}

static enum bh_err
get_all(struct grants *t, struct buf *b)
{
	uint32_t n;
	enum bh_err e;

	if ((e = buf_get_u32(b, &n)) != BH_OK)
		return e;
	if (n > t->max)
		return BH_ERR_INPUT;
	while (t->top < n) {
		if ((e = get_grant(b, &t->grant[t->top++])) != BH_OK)
			return e;
	}
	return buf_end(b);
}

enum bh_err
grants_get(struct grants *t, struct buf *b)
{
	enum bh_err e;

	if (t->top != 0)
		return BH_ERR_INPUT;
	if ((e = get_all(t, b)) != BH_OK) {
		secret_wipe(t->grant, t->top * sizeof(t->grant[0]));
		t->top = 0;
		return BH_ERR_INPUT;
	}
	return BH_OK;
}
