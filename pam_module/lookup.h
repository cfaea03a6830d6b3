/*
 * Account names and uids, by NSS.
 */
#ifndef PAM_MODULE_LOOKUP_H
#define PAM_MODULE_LOOKUP_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * BH_ERR_NOTFOUND only if NSS says for certain that there is none; that it
 * could not be asked is BH_ERR_SYSTEM, or BH_ERR_FULL for an entry that is
 * absurdly long.  A name longer than name[size) is BH_ERR_RANGE.
 */
enum bh_err lookup_uid(const char *name, uid_t *uidp) BH_CHECKED;
enum bh_err lookup_name(uid_t uid, char *name, size_t size) BH_CHECKED;

#endif
