/*
 * The grant id: what the daemon gave for a passed phase and wants to see
 * again in the next.  It travels by PAM data and, where sshd loses those,
 * by the PAM environment.  By itself it opens nothing: the daemon compares it
 * with what it issued.
 */
#ifndef PAM_MODULE_GRANT_H
#define PAM_MODULE_GRANT_H

#include "base/err.h"
#include "base/msg.h"

#include <security/pam_modules.h>

#define GRANT_ENV "BULKHEAD_GRANT"

/* Into m->grant, with its flag; without one, m stays as it was. */
void grant_load(pam_handle_t *pamh, struct msg_start *m);

/* Keep for later phases of this handle. */
enum bh_err grant_store(
    pam_handle_t *pamh, const uint8_t grant[MSG_GRANT_LEN]) BH_CHECKED;

/* Put into the PAM environment, for a later phase in another process. */
enum bh_err grant_export(
    pam_handle_t *pamh, const uint8_t grant[MSG_GRANT_LEN]) BH_CHECKED;

/* Take it out of the PAM environment, so that no session inherits it. */
void grant_unexport(pam_handle_t *pamh);

#endif
