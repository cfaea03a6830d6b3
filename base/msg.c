/*
 * Encoding and decoding of the gate socket's messages.  On the wire:
 *
 *	header	u8 MSG_VERSION, u8 type
 *	START	nonce, u8 phase, u32 flags, u32 real_uid, u32 user_uid,
 *		nine strings in the order of struct msg_start, grant
 *	PROMPT	nonce, u8 echo, string text
 *	ANSWER	u8 toolong, u16 length, that many bytes
 *	ABORT	nothing
 *	VERDICT	nonce, u32 verdict, u8 has_grant, grant, string text
 *
 * Fields that are not set are zero, and must be: one meaning, one encoding.
 */
#include "base/msg.h"

#include <string.h>

/* The strings of START, in the order they travel. */
static const struct start_string {
	size_t offset;
	size_t size;
} start_strings[] = {
#define ROW(field)                                            \
	{                                                     \
		offsetof(struct msg_start, field),            \
		    sizeof(((struct msg_start *)NULL)->field) \
	}
    ROW(service),
    ROW(user),
    ROW(caller),
    ROW(ruser),
    ROW(rhost),
    ROW(tty),
    ROW(realm),
    ROW(connection),
    ROW(auth_info),
#undef ROW
};

static const uint8_t no_grant[MSG_GRANT_LEN];

static enum bh_err
put_header(struct buf *b, enum msg_type type)
{
	enum bh_err e;

	if ((e = buf_put_u8(b, MSG_VERSION)) != BH_OK)
		return e;
	return buf_put_u8(b, (uint8_t)type);
}

/* A string that must end inside its field. */
static enum bh_err
put_field(struct buf *b, const char *s, size_t size)
{
	if (memchr(s, '\0', size) == NULL)
		return BH_ERR_RANGE;
	return buf_put_str(b, s);
}

/* A byte that is 0 or 1. */
static enum bh_err
get_bool(struct buf *b, bool *vp)
{
	uint8_t v;
	enum bh_err e;

	if ((e = buf_get_u8(b, &v)) != BH_OK)
		return e;
	if (v > 1)
		return BH_ERR_RANGE;
	*vp = v == 1;
	return BH_OK;
}

enum bh_err
msg_put_start(struct buf *b, const struct msg_start *m)
{
	enum bh_err e;
	size_t i;

	if ((e = put_header(b, MSG_START)) != BH_OK ||
	    (e = buf_put(b, m->nonce, sizeof(m->nonce))) != BH_OK ||
	    (e = buf_put_u8(b, (uint8_t)m->phase)) != BH_OK ||
	    (e = buf_put_u32(b, m->flags)) != BH_OK ||
	    (e = buf_put_u32(b, m->real_uid)) != BH_OK ||
	    (e = buf_put_u32(b, m->user_uid)) != BH_OK)
		return e;
	for (i = 0; i < nitems(start_strings); i++) {
		const struct start_string *s = &start_strings[i];

		e = put_field(b, (const char *)m + s->offset, s->size);
		if (e != BH_OK)
			return e;
	}
	return buf_put(b, m->grant, sizeof(m->grant));
}

enum bh_err
msg_put_prompt(struct buf *b, const struct msg_prompt *m)
{
	enum bh_err e;

	if ((e = put_header(b, MSG_PROMPT)) != BH_OK ||
	    (e = buf_put(b, m->nonce, sizeof(m->nonce))) != BH_OK ||
	    (e = buf_put_u8(b, m->echo ? 1 : 0)) != BH_OK)
		return e;
	return put_field(b, m->text, sizeof(m->text));
}

enum bh_err
msg_put_answer(struct buf *b, const struct msg_answer *m)
{
	size_t len = 0;
	enum bh_err e;

	if (m->answer != NULL && !m->toolong)
		len = m->answer->len;
	if (len > MSG_ANSWER_MAX)
		return BH_ERR_RANGE;
	if ((e = put_header(b, MSG_ANSWER)) != BH_OK ||
	    (e = buf_put_u8(b, m->toolong ? 1 : 0)) != BH_OK ||
	    (e = buf_put_u16(b, (uint16_t)len)) != BH_OK)
		return e;
	return len > 0 ? buf_put(b, m->answer->data, len) : BH_OK;
}

enum bh_err
msg_put_abort(struct buf *b)
{
	return put_header(b, MSG_ABORT);
}

enum bh_err
msg_put_verdict(struct buf *b, const struct msg_verdict *m)
{
	const uint8_t *grant = m->has_grant ? m->grant : no_grant;
	enum bh_err e;

	if (m->has_grant && m->verdict != VERDICT_ALLOW)
		return BH_ERR_RANGE;
	if ((e = put_header(b, MSG_VERDICT)) != BH_OK ||
	    (e = buf_put(b, m->nonce, sizeof(m->nonce))) != BH_OK ||
	    (e = buf_put_u32(b, (uint32_t)m->verdict)) != BH_OK ||
	    (e = buf_put_u8(b, m->has_grant ? 1 : 0)) != BH_OK ||
	    (e = buf_put(b, grant, MSG_GRANT_LEN)) != BH_OK)
		return e;
	return put_field(b, m->text, sizeof(m->text));
}

enum bh_err
msg_get_type(struct buf *b, enum msg_type *typep)
{
	uint8_t version, type;
	enum bh_err e;

	if ((e = buf_get_u8(b, &version)) != BH_OK ||
	    (e = buf_get_u8(b, &type)) != BH_OK)
		return e;
	if (version != MSG_VERSION)
		return BH_ERR_VERSION;
	if (type < MSG_START || type > MSG_VERDICT)
		return BH_ERR_RANGE;
	*typep = (enum msg_type)type;
	return BH_OK;
}

/* The numbers of START, each in its range. */
static enum bh_err
get_start_numbers(struct buf *b, struct msg_start *m)
{
	uint8_t phase;
	enum bh_err e;

	if ((e = buf_get(b, m->nonce, sizeof(m->nonce))) != BH_OK ||
	    (e = buf_get_u8(b, &phase)) != BH_OK ||
	    (e = buf_get_u32(b, &m->flags)) != BH_OK ||
	    (e = buf_get_u32(b, &m->real_uid)) != BH_OK ||
	    (e = buf_get_u32(b, &m->user_uid)) != BH_OK)
		return e;
	if (phase < PHASE_AUTH || phase > PHASE_PASSWORD)
		return BH_ERR_RANGE;
	m->phase = (enum msg_phase)phase;
	if ((m->flags & ~MSG_F_ALL) != 0)
		return BH_ERR_INPUT;
	if ((m->flags & MSG_F_NO_USER) != 0 && m->user_uid != 0)
		return BH_ERR_INPUT;
	return BH_OK;
}

enum bh_err
msg_get_start(struct buf *b, struct msg_start *m)
{
	enum bh_err e;
	size_t i;

	if ((e = get_start_numbers(b, m)) != BH_OK)
		return e;
	for (i = 0; i < nitems(start_strings); i++) {
		const struct start_string *s = &start_strings[i];

		e = buf_get_str(b, (char *)m + s->offset, s->size);
		if (e != BH_OK)
			return e;
	}
	if ((e = buf_get(b, m->grant, sizeof(m->grant))) != BH_OK)
		return e;
	if ((m->flags & MSG_F_GRANT) == 0 &&
	    !secret_eq(m->grant, no_grant, sizeof(no_grant)))
		return BH_ERR_INPUT;
	return buf_end(b);
}

enum bh_err
msg_get_prompt(struct buf *b, struct msg_prompt *m)
{
	enum bh_err e;

	memset(m, 0, sizeof(*m));
	if ((e = buf_get(b, m->nonce, sizeof(m->nonce))) != BH_OK ||
	    (e = get_bool(b, &m->echo)) != BH_OK ||
	    (e = buf_get_str(b, m->text, sizeof(m->text))) != BH_OK)
		return e;
	return buf_end(b);
}

enum bh_err
msg_get_answer(struct buf *b, struct msg_answer *m)
{
	uint16_t len;
	enum bh_err e;

	memset(m, 0, sizeof(*m));
	if ((e = get_bool(b, &m->toolong)) != BH_OK ||
	    (e = buf_get_u16(b, &len)) != BH_OK)
		return e;
	if (len > MSG_ANSWER_MAX)
		return BH_ERR_RANGE;
	/* The rest must be the answer and nothing but it. */
	if (len != b->len - b->off || (m->toolong && len > 0))
		return BH_ERR_INPUT;
	if ((m->answer = buf_new_from(b->data + b->off, len)) == NULL)
		return BH_ERR_NOMEM;
	b->off += len;
	return BH_OK;
}

enum bh_err
msg_get_abort(struct buf *b)
{
	return buf_end(b);
}

enum bh_err
msg_get_verdict(struct buf *b, struct msg_verdict *m)
{
	uint32_t verdict;
	enum bh_err e;

	memset(m, 0, sizeof(*m));
	if ((e = buf_get(b, m->nonce, sizeof(m->nonce))) != BH_OK ||
	    (e = buf_get_u32(b, &verdict)) != BH_OK ||
	    (e = get_bool(b, &m->has_grant)) != BH_OK ||
	    (e = buf_get(b, m->grant, sizeof(m->grant))) != BH_OK ||
	    (e = buf_get_str(b, m->text, sizeof(m->text))) != BH_OK ||
	    (e = buf_end(b)) != BH_OK)
		return e;
	if (verdict != (uint32_t)VERDICT_DENY &&
	    verdict != (uint32_t)VERDICT_ALLOW)
		return BH_ERR_RANGE;
	if (m->has_grant && verdict != (uint32_t)VERDICT_ALLOW)
		return BH_ERR_INPUT;
	if (!m->has_grant && !secret_eq(m->grant, no_grant, sizeof(no_grant)))
		return BH_ERR_INPUT;
	m->verdict = (enum verdict)verdict; /* last: all else was right */
	return BH_OK;
}

bool
msg_set(char *field, size_t size, const char *src)
{
	size_t len = src != NULL ? strlen(src) : 0;
	bool fits = len < size;

	if (!fits)
		len = size - 1;
	if (len > 0)
		memcpy(field, src, len);
	field[len] = '\0';
	return fits;
}
