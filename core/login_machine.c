/*
 * A program's account: what the register says of it, and whether the key that
 * sshd was shown is the one it has.
 */
#include "core/gate_internal.h"

#include "base/log.h"
#include "core/authinfo.h"

#include <string.h>

static bool
may_come_from(const struct machine *m, const struct login *l)
{
	size_t i;

	for (i = 0;
	     l->has_address && i < MODEL_FROM_MAX && m->from[i].family != 0;
	     i++) {
		if (netaddr_in(&l->address, &m->from[i]))
			return true;
	}
	return false;
}

/* Its key, and nothing beside it: another method that sshd took would be one
 * that the register does not know. */
static bool
key_is_proved(const struct machine *m, const struct login *l)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	struct buf *blob = NULL;
	struct slice in;
	bool same = false;

	if (authinfo_only_key(l->start.auth_info, &blob) != BH_OK)
		return false;
	in.data = blob->data;
	in.len = blob->len;
	if (crypto_sha256(&in, 1, hash) == BH_OK)
		same = secret_eq(hash, m->key, sizeof(hash));
	buf_free(blob);
	return same;
}

/* The end is judged by the highest time ever seen: a clock that is set back
 * does not bring an account back. */
static bool
has_ended(struct gate *g, const struct machine *m, const struct now *now)
{
	uint64_t high = store_clock_high(g->store);

	return m->ended_s != 0 ||
	       (now->wall_s > high ? now->wall_s : high) >= m->expires_s;
}

/*
 * Whoever has its key can log in over and over, three records each time: what
 * is admitted is rationed.  Each phase by itself, since a stack may have lost
 * one of the two lines.
 */
static struct rations *
rations_of(struct gate *g, const struct login *l)
{
	return l->start.phase == PHASE_SESSION_OPEN ? &g->machine_sessions
						    : &g->machine_logins;
}

void
login_machine_admitted(
    struct gate *g, const struct login *l, const struct now *now)
{
	rations_take(rations_of(g, l), l->machine.login, now->boot_s);
}

enum bh_err
login_machine(struct gate *g, struct login *l, const struct now *now)
{
	struct evidence *ev = &l->evidence;
	enum bh_err e;

	ev->machine = MACHINE_NONE;
	/* in auth a program has nothing to say, and gets nothing by it */
	if (l->start.phase == PHASE_AUTH || l->elevation || !l->remote)
		return BH_OK;
	e = store_machine_get(g->store, l->subject, &l->machine);
	if (e == BH_ERR_NOTFOUND)
		return BH_OK;
	if (e == BH_ERR_SEALED) {
		log_err(e, "machine account %s", l->subject);
		ev->subject = SUBJECT_TAMPERED;
		return BH_OK;
	}
	if (e != BH_OK)
		return e;
	ev->needs_key = l->start.phase == PHASE_SESSION_OPEN;
	ev->spent =
	    !rations_left(rations_of(g, l), l->machine.login, now->boot_s);
	if (has_ended(g, &l->machine, now))
		ev->machine = MACHINE_ENDED;
	else if (!may_come_from(&l->machine, l))
		ev->machine = MACHINE_ELSEWHERE;
	else if (!ev->needs_key)
		ev->machine = MACHINE_KNOWN;
	else
		ev->machine = key_is_proved(&l->machine, l) ? MACHINE_PROVED
							    : MACHINE_UNPROVED;
	return BH_OK;
}
