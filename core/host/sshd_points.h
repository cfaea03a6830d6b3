/*
 * Representatives of every kind of connection that the Match blocks of one
 * sshd tell apart.
 *
 * Two connections are of one kind if the same blocks hold for them; so the
 * points are found by what holds, and not by the product of all addresses,
 * hosts and ports.
 */
#ifndef CORE_HOST_SSHD_POINTS_H
#define CORE_HOST_SSHD_POINTS_H

#include "base/err.h"
#include "core/host/sshd.h"
#include "core/host/sshd_key.h"

#include <stdbool.h>
#include <stddef.h>

struct sshd_points;

/* One kind of connection; the user is not said. */
struct sshd_point {
	struct sshd_login login;
	struct sshd_set hold; /* blocks whose conditions about it hold */
	/* It can come in now: such a port is listened on, such an address is
	 * this host's, and sshd looks up names if one is asked for. */
	bool real;
};

/*
 * o: what takes effect in general, for the ports and UseDNS.  *cappedp: there
 * were more than are worked through.
 */
enum bh_err sshd_points_new(const struct sshd_host *h,
    const struct sshd_options *o, struct sshd_points **pp,
    bool *cappedp) BH_CHECKED;
void sshd_points_free(struct sshd_points *p); /* NULL is accepted */
const struct sshd_point *sshd_point(const struct sshd_points *p, size_t i);

/* What decides the answer where these blocks hold. */
void sshd_point_key(const struct sshd_points *p, const struct sshd_set *hold,
    struct sshd_key *key);

#endif
