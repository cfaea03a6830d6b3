/*
 * Telling the service manager how far we are: one connected datagram socket,
 * since none can be made once the sandbox is up.
 */
#include "daemon/notify.h"

#include "base/log.h"
#include "base/msg.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* "@name" is an abstract socket: its name begins with a NUL byte. */
static enum bh_err
set_address(struct sockaddr_un *sun, socklen_t *lenp, const char *path)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if ((path[0] != '/' && path[0] != '@') ||
	    !msg_set(sun->sun_path, sizeof(sun->sun_path), path))
		return BH_ERR_INPUT;
	*lenp =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		sun->sun_path[0] = '\0';
	return BH_OK;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun;
	socklen_t len;
	int fd;

	if (set_address(&sun, &len, path) != BH_OK) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&sun, len) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int fd;

	if (path == NULL)
		return -1;
	if ((fd = connect_to(path)) == -1)
		log_msg(
		    LOG_LEVEL_WARNING, "NOTIFY_SOCKET: %s", strerror(errno));
	(void)unsetenv("NOTIFY_SOCKET");
	return fd;
}

void
notify_send(int fd, const char *state)
{
	if (fd != -1 && send(fd, state, strlen(state), MSG_NOSIGNAL) == -1)
		log_msg(LOG_LEVEL_WARNING, "tell the service manager %s: %s",
		    state, strerror(errno));
}

void
notify_send_fd(int fd, const char *state, int passed)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.room = {0}};
	struct iovec text = {
	    .iov_base = strdup(state),
	    .iov_len = strlen(state),
	};
	struct msghdr m = {
	    .msg_iov = &text,
	    .msg_iovlen = 1,
	    .msg_control = control.room,
	    .msg_controllen = sizeof(control.room),
	};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &passed, sizeof(passed));
	if (fd != -1 && text.iov_base != NULL &&
	    sendmsg(fd, &m, MSG_NOSIGNAL) == -1)
		log_msg(LOG_LEVEL_WARNING, "give the service manager %s: %s",
		    state, strerror(errno));
	free(text.iov_base);
}
