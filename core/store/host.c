/*
 * The host's id.
 */
#include "core/store/store.h"

#include "base/hex.h"
#include "base/log.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define MACHINE_ID_LEN 32

/* man machine-id: 32 hex digits; it is empty or says "uninitialized" before
 * the first start has come to its end. */
static bool
machine_id(char id[MACHINE_ID_LEN + 1])
{
	ssize_t n;
	size_t i;
	int fd;

	if ((fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, id, MACHINE_ID_LEN);
	close(fd);
	if (n != MACHINE_ID_LEN)
		return false;
	for (i = 0; i < MACHINE_ID_LEN; i++)
		if (!isxdigit((unsigned char)id[i]))
			return false;
	id[MACHINE_ID_LEN] = '\0';
	return true;
}

enum bh_err
host_id(char out[STORE_HOST_LEN + 1])
{
	char text[HOST_NAME_MAX + 1] = "";
	uint8_t hash[CRYPTO_HASH_LEN];
	struct slice in[2] = {{"bulkhead host id v1", 19}, {text, 0}};
	enum bh_err e;

	if (!machine_id(text)) {
		memset(text, 0, sizeof(text));
		if (gethostname(text, sizeof(text) - 1) == -1 ||
		    text[0] == '\0')
			return BH_ERR_SYSTEM;
		log_msg(LOG_LEVEL_WARNING,
		    "no /etc/machine-id: this host is known by its name");
	}
	in[1].len = strlen(text);
	if ((e = crypto_sha256(in, nitems(in), hash)) != BH_OK)
		return e;
	hex_encode(hash, STORE_HOST_LEN / 2, out);
	return BH_OK;
}
