/*
 * Telling the service manager how far we are (sd_notify's protocol).
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* A socket connected to NOTIFY_SOCKET, which leaves the environment; -1 if
 * there is none. */
int notify_open(void);

/* Send "READY=1" and the like; fd may be -1. */
void notify_send(int fd, const char *state);

#endif
