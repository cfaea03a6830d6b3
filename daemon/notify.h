/*
 * Telling the service manager how far we are (sd_notify's protocol).
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* A socket connected to NOTIFY_SOCKET, which leaves the environment; -1 if
 * there is none. */
int notify_open(void);

/* Send a descriptor with what it is: "FDSTORE=1"; fd may be -1. */
void notify_send_fd(int fd, const char *state, int passed);

/* Send "READY=1" and the like; fd may be -1. */
void notify_send(int fd, const char *state);

#endif
