/*
 * Private SSH keys that lie on this host, by their public halves.  No private
 * half is kept, and no passphrase is needed.
 */
#ifndef CORE_HOST_PRIVATE_H
#define CORE_HOST_PRIVATE_H

#include "base/buf.h"
#include "base/err.h"
#include "core/host/keys.h"

struct private_key {
	const char *file;
	const char *account; /* whose home it lies in; NULL: /etc/ssh */
	unsigned int uid;    /* of that account */
	const void *blob;    /* the public half */
	size_t bloblen;
};

typedef enum bh_err (*private_each)(void *arg, const struct private_key *k);

/*
 * The public half of a private key's file: OpenSSH's own format has it in
 * clear, also where the key is encrypted; of the older formats ssh-keygen
 * tells it if there is no passphrase; else PATH.pub does.  *blobp is the
 * caller's to free.  BH_ERR_NOTFOUND: no private key is in it.  BH_ERR_INPUT:
 * there is one, but which can't be told.
 */
enum bh_err private_public(const char *path, struct buf **blobp) BH_CHECKED;

/* Those in ~/.ssh of every account (getpwent) and in /etc/ssh. */
enum bh_err private_found(private_each each, key_unseen unseen,
    void (*progress)(size_t done, size_t total), void *arg) BH_CHECKED;

#endif
