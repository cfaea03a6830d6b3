/*
 * A file in memory that the service manager keeps from one daemon to the next
 * (FDSTORE=1 of sd_notify): the logins that are between two phases when this
 * one is told to end.  Without a service manager there is none, and they are
 * denied.
 */
#ifndef DAEMON_CARRY_H
#define DAEMON_CARRY_H

#include "daemon/daemon.h"

/* Take the file that was kept, else make one and hand it over; before the
 * walls are up. */
void carry_open(struct daemon *d);

/* Take what the last daemon left, once; before the first record. */
void carry_load(struct daemon *d);

/* Leave it to the next one; after the last record. */
void carry_save(struct daemon *d);

#endif
