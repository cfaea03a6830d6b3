/*
 * Who asks for what: gathered from PAM and the kernel, sent to the daemon.
 */
#ifndef PAM_MODULE_CALLER_H
#define PAM_MODULE_CALLER_H

#include "base/err.h"
#include "base/msg.h"

#include <security/pam_modules.h>

/*
 * Fill m for one phase: a fresh nonce, PAM's items, SSH_* of the PAM
 * environment (never of the process: under sudo that is the user's own), real
 * uid and one NSS look-up.  May ask for the user's name if the application
 * has not set it.  Names are not judged here: the daemon does, so that all of
 * them look alike at the prompt.
 */
enum bh_err caller_fill(pam_handle_t *pamh, enum msg_phase phase,
    const char *realm, struct msg_start *m) BH_CHECKED;

#endif
