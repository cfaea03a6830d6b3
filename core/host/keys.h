/*
 * SSH public keys as they lie in files, and all that are accepted on this host.
 */
#ifndef CORE_HOST_KEYS_H
#define CORE_HOST_KEYS_H

#include "base/buf.h"
#include "base/err.h"
#include "core/host/sshd.h"

#include <stdbool.h>
#include <stddef.h>

#define KEY_LINE_MAX 65536

/* One key of a file.  The texts live until the callback returns. */
struct key_line {
	const char *file;
	unsigned int line;
	const char *options; /* "" if there are none */
	const char *type;    /* "ssh-ed25519", "sk-ssh-ed25519@openssh.com" */
	const void *blob;
	size_t bloblen;
	const char *comment;
	const char *account; /* who logs in by it; NULL: not said here */
	bool ca;	     /* cert-authority, or a TrustedUserCAKeys file */
	bool host;	     /* this host's own public key */
};

/* An error stops the walk and is handed on. */
typedef enum bh_err (*key_each)(void *arg, const struct key_line *k);
/* What is accepted and can't be seen, or a line that is none: a sentence. */
typedef void (*key_unseen)(void *arg, const char *what);

/*
 * The keys of one authorized_keys file (sshd(8), AUTHORIZED_KEYS FILE FORMAT:
 * options with quotes, comments, blank lines) or of a .pub file.  A line that
 * is no key goes to unseen with file and line.  BH_ERR_NOTFOUND: no such file.
 * An account's file may be a symbolic link, as it may for sshd.
 */
enum bh_err keys_read_file(const char *path, const char *account, key_each each,
    key_unseen unseen, void *arg) BH_CHECKED;

/*
 * Expand %%, %h, %u and %U of an AuthorizedKeysFile into path[size]; a
 * relative path is from the home.  False: another % sequence, or too long.
 */
struct key_account {
	char *name;
	char *home;
	unsigned int uid;
};
bool key_path_expand(const char *pattern, const struct key_account *a,
    char *path, size_t size);

/* Exactly one public key, plain or certificate: for --key.  *whyp: a sentence
 * (static) with BH_ERR_INPUT.  *linep is "type base64" without options and
 * comment, *blobp the key; both the caller's to free. */
enum bh_err keys_read_one(const char *path, char **linep, struct buf **blobp,
    const char **whyp) BH_CHECKED;

/*
 * Every key that this host's sshd accepts: AuthorizedKeysFile of each account
 * (getpwent; %% %h %u %U expanded, relative paths from the home), Trusted-
 * UserCAKeys, cert-authority lines; and the host keys.  AuthorizedKeysCommand,
 * AuthorizedPrincipalsCommand and unreadable files go to unseen.  progress,
 * where not NULL, is called with done and total accounts.
 */
enum bh_err keys_accepted(struct sshd_host *h, key_each each, key_unseen unseen,
    void (*progress)(size_t done, size_t total), void *arg) BH_CHECKED;

#endif
