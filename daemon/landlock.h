/*
 * Landlock: which files the process can still reach, by the kernel's word.
 */
#ifndef DAEMON_LANDLOCK_H
#define DAEMON_LANDLOCK_H

#include "base/err.h"
#include "daemon/sandbox.h"

/*
 * Restrict this process to the folders of *s, as far as the running kernel
 * knows how.  BH_ERR_NOTFOUND: this kernel has no Landlock, nothing changed.
 */
enum bh_err landlock_enter(const struct sandbox *s) BH_CHECKED;

#endif
