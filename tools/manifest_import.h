/*
 * Inside of bulkhead manifest import.
 */
#ifndef TOOLS_MANIFEST_IMPORT_H
#define TOOLS_MANIFEST_IMPORT_H

#include "tools/manifest.h"

/* A credential that sshd accepts here, and where it stands. */
struct here_key {
	struct digest digest;
	char *where; /* "FILE:LINE" */
};

/* All of them.  people: the register's accounts; here_gather reads them. */
struct here {
	json_t *people;
	struct here_key *key; /* sorted */
	size_t n;
	size_t room;
	bool blind;    /* some can't be seen: any SSH entry may collide */
	bool signs;    /* a CA has signed some: any SSH key may collide */
	json_t *notes; /* what could not be seen */
};

/* Gather them; people must be there.  What sshd does not say makes it blind, and is no error. */
enum bh_err here_gather(struct here *h) BH_CHECKED;
void here_free(struct here *h);

/* Where the digest is accepted here; NULL: nowhere that can be seen. */
const char *here_find(const struct here *h, const struct digest *d);

/* May the entry be one that is active here, as far as sshd is concerned? */
bool here_collides(const struct here *h, const struct digest *d);

/* One import at work. */
struct import {
	struct invocation *inv;
	const struct config *config;
	struct identity *me;
	struct manifest *m;
	uint8_t signer[CRYPTO_HASH_LEN];
	struct here here;
	json_t *collisions; /* the first of them, each with "where" */
	bool more;	    /* there are more than these */
	int lock;
};

/*
 * Say no to the file: what is wrong with it and, behind "; ", what to do.  The
 * ledger is told, what is in force stays.  Returns CLI_NO.
 */
int import_refuse(struct import *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* tools/manifest_file.c: read the file, open and verify it: im->m and
 * im->signer.  Reported if it is not CLI_DONE. */
int import_read(struct import *im);

/* tools/manifest_collide.c: which of the staged entries are active here:
 * im->collisions and im->more; and show them. */
int import_collisions(struct import *im);
void import_show(struct import *im);

#endif
