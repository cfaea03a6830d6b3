/*
 * The errors' texts, a row each.
 */
#include "base/err.h"

#include <errno.h>
#include <stddef.h>

static const char *const texts[BH_ERR_COUNT] = {
	[BH_OK] = "no error",
	[BH_ERR_NOMEM] = "out of memory",
	[BH_ERR_IO] = "input or output failed",
	[BH_ERR_FULL] = "no space left",
	[BH_ERR_PROTO] = "unexpected or malformed message",
	[BH_ERR_TIMEOUT] = "no answer in time",
	[BH_ERR_CLOSED] = "connection closed",
	[BH_ERR_PEER] = "the other side is not who it must be",
	[BH_ERR_RANGE] = "out of range",
	[BH_ERR_INPUT] = "malformed input",
	[BH_ERR_NOTFOUND] = "not found",
	[BH_ERR_EXISTS] = "exists already",
	[BH_ERR_CRYPTO] = "cryptographic library failed",
	[BH_ERR_SEALED] = "does not open with this key, realm and host",
	[BH_ERR_CORRUPT] = "store is damaged",
	[BH_ERR_ROLLBACK] = "older than what was seen before",
	[BH_ERR_UNSAFE] = "unsafe owner, mode or file type",
	[BH_ERR_BUSY] = "in use by another process",
	[BH_ERR_CONFIG] = "bad configuration",
	[BH_ERR_REFUSED] = "refused",
	[BH_ERR_VERSION] = "made by a newer version",
	[BH_ERR_SYSTEM] = "system call failed",
};

const char *
err_text(enum bh_err e)
{
	if ((size_t)e >= nitems(texts))
		return "unknown error";
	return texts[e];
}

enum bh_err
err_from_errno(int errnum)
{
	switch (errnum) {
	case 0:
		return BH_OK;
	case ENOMEM:
		return BH_ERR_NOMEM;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return BH_ERR_FULL;
	case ENOENT:
		return BH_ERR_NOTFOUND;
	case EEXIST:
		return BH_ERR_EXISTS;
	case ETIMEDOUT:
		return BH_ERR_TIMEOUT;
	case EPIPE:
	case ECONNRESET:
		return BH_ERR_CLOSED;
	case ELOOP:
	case ENOTDIR:
	case EISDIR:
		return BH_ERR_UNSAFE;
	case EIO:
	case EROFS:
		return BH_ERR_IO;
	default:
		return BH_ERR_SYSTEM;
	}
}
