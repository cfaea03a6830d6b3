/*
 * Inside of bulkhead init: what its files share.
 */
#ifndef TOOLS_INIT_H
#define TOOLS_INIT_H

#include "tools/offline.h"

#include <stdio.h>

/* The configuration of a new realm, with every key as a comment. */
void init_template(FILE *f, const char *realm, const char *class);

/* The work of init, as the store's owner: make store, ledger and anchor, or
 * what is missing of them. */
json_t *init_store(struct offline *off, json_t *arg);

#endif
