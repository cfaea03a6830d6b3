/*
 * The shipped rule of trust.  The kernel says who called listen(): root,
 * since the daemon opens its sockets before it drops, or systemd did.
 */
#include "pam_module/trust.h"

#include "pam_module/lookup.h"

#include <sys/socket.h>

#define DAEMON_USER "bulkhead"

enum bh_err
trust_peer(int fd)
{
	struct ucred cred = {.uid = (uid_t)-1};
	socklen_t len = sizeof(cred);
	uid_t uid;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    len != sizeof(cred))
		return BH_ERR_SYSTEM;
	if (cred.uid == 0)
		return BH_OK;
	if (cred.uid == (uid_t)-1 || lookup_uid(DAEMON_USER, &uid) != BH_OK)
		return BH_ERR_PEER;
	return cred.uid == uid ? BH_OK : BH_ERR_PEER;
}
