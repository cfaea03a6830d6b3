/*
 * SSH_AUTH_INFO_0: what sshd says was used to log in, a line each method
 * (facts tried with OpenSSH 9.2; docs/design.md).
 */
#ifndef CORE_AUTHINFO_H
#define CORE_AUTHINFO_H

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

/* Has a key been proved to sshd? */
bool authinfo_has_key(const char *info);

#endif
