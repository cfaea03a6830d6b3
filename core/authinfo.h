/*
 * SSH_AUTH_INFO_0: what sshd says was used to log in, a line each method
 * (facts tried with OpenSSH 9.2; docs/design.md).
 */
#ifndef CORE_AUTHINFO_H
#define CORE_AUTHINFO_H

#include "base/buf.h"
#include "base/err.h"
#include "core/event.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The factors it names, at most max into out[0..*np): "publickey" with the
 * key's type and SHA256 fingerprint, "hostbased", "password".  Lines of other
 * methods are passed over: keyboard-interactive is our own question.
 */
enum bh_err authinfo_factors(const char *info, struct event_factor *out,
    size_t max, size_t *np) BH_CHECKED;

/*
 * The next public key at or behind *infop, as a blob (the caller's to free);
 * *infop then stands behind its line.  BH_ERR_NOTFOUND: no more;
 * BH_ERR_INPUT: a line that is none.
 */
enum bh_err authinfo_next_key(const char **infop,
    struct buf **blobp) BH_CHECKED;

/* The one key that was shown, if no other method was used beside it:
 * BH_ERR_NOTFOUND else. */
enum bh_err authinfo_only_key(const char *info,
    struct buf **blobp) BH_CHECKED;

/* Has a key been proved to sshd? */
bool authinfo_has_key(const char *info);

#endif
