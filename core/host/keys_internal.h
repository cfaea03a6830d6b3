/*
 * Inside the view of SSH keys.
 */
#ifndef CORE_HOST_KEYS_INTERNAL_H
#define CORE_HOST_KEYS_INTERNAL_H

#include "core/host/keys.h"

/* keys_read_file, for a file of CA keys or of this host's own key. */
enum bh_err key_file_read(const char *path, const char *account, bool ca,
    bool host, key_each each, key_unseen unseen, void *arg) BH_CHECKED;

void key_say_unseen(key_unseen unseen, void *arg, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
