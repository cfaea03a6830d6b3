/*
 * Is the other end of the socket who it must be?
 */
#ifndef PAM_MODULE_TRUST_H
#define PAM_MODULE_TRUST_H

#include "base/err.h"

/*
 * BH_OK if the listener of the connected socket fd was made by root or by
 * the user of the daemon; BH_ERR_PEER for anybody else, a caller's own
 * socket under a path it controls for instance.
 */
enum bh_err trust_peer(int fd) BH_CHECKED;

#endif
