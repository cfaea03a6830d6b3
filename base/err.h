/*
 * The errors of every room.  An error is never a verdict: see verdict.h.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* BH_OK is 0; all others say why something could not be done. */
enum bh_err {
	BH_OK = 0,
	BH_ERR_NOMEM,	 /* out of memory */
	BH_ERR_IO,	 /* a read, write or sync failed */
	BH_ERR_FULL,	 /* no space left, or a quota or size limit */
	BH_ERR_PROTO,	 /* a message that is not allowed here or malformed */
	BH_ERR_TIMEOUT,	 /* a deadline passed */
	BH_ERR_CLOSED,	 /* the other side closed */
	BH_ERR_PEER,	 /* the other side is not who it must be */
	BH_ERR_RANGE,	 /* a number or length out of range */
	BH_ERR_INPUT,	 /* malformed input */
	BH_ERR_NOTFOUND, /* no such row, file or name */
	BH_ERR_EXISTS,	 /* is there already */
	BH_ERR_CRYPTO,	 /* the cryptographic library failed */
	BH_ERR_SEALED,	 /* does not open, or its MAC is wrong: tampered with */
	BH_ERR_CORRUPT,	 /* the store's file is damaged */
	BH_ERR_ROLLBACK, /* older than what was seen before */
	BH_ERR_UNSAFE,	 /* a file with wrong owner, mode or type */
	BH_ERR_BUSY,	 /* held by another process */
	BH_ERR_CONFIG,	 /* the configuration says something wrong */
	BH_ERR_REFUSED,	 /* a rule forbids it */
	BH_ERR_VERSION,	 /* made by a newer version */
	BH_ERR_SYSTEM,	 /* a system call failed that should not */
	BH_ERR_COUNT	 /* how many there are; not an error */
};

#define BH_CHECKED __attribute__((warn_unused_result))

/* A few plain words for an error; never NULL, for unknown values too. */
const char *err_text(enum bh_err e);

/* The error that fits an errno value: ENOSPC is BH_ERR_FULL, and so on. */
enum bh_err err_from_errno(int errnum);

#define nitems(array) (sizeof(array) / sizeof((array)[0]))

#endif
