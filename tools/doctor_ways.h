/*
 * Inside the theme of other ways: one file a kind of way.
 */
#ifndef TOOLS_DOCTOR_WAYS_H
#define TOOLS_DOCTOR_WAYS_H

#include "core/host/process.h"
#include "tools/doctor.h"

/* doctor_ways_daemon.c: programs that give sessions over the network */
void ways_daemons(struct doctor *d, const struct processes *ps);
/* doctor_ways_inetd.c: those that inetd and xinetd start */
void ways_inetd(struct doctor *d, const struct processes *ps);
/* doctor_ways_console.c: consoles that log somebody in by themselves */
void ways_console(struct doctor *d, const struct processes *ps);
/* doctor_ways_group.c: groups that are root in disguise */
void ways_groups(struct doctor *d);
/* doctor_ways_setuid.c: programs that give root */
void ways_setuid(struct doctor *d);
/* doctor_ways_doas.c */
void ways_doas(struct doctor *d);
/* doctor_ways_polkit.c: pkexec, run0, machinectl, systemd-run */
void ways_polkit(struct doctor *d, const struct processes *ps);
/* doctor_ways_jobs.c: what goes on when its owner is gone */
void ways_jobs(struct doctor *d);

/* May root alone have made the file, and does it exist? */
bool way_exists(const char *path);
/* Is a service's auth or account phase held by the gate? */
bool way_gated(struct doctor *d, const char *service);
/* The PAM service of a login from another host by login(1). */
const char *way_remote(void);
/* Is a unit started at boot ("x.socket" in a .wants folder)? */
bool way_enabled(const char *unit);
/* Is one of these processes called so? */
const struct process *way_runs(const struct processes *ps, const char *name);

/* Each line of a file that is no comment; a file that is not there has none. */
typedef void (*way_line)(struct doctor *d, void *arg, const char *file,
    unsigned int number, char *line);
void way_lines(struct doctor *d, const char *file, way_line each, void *arg);
/* Each file of a folder whose name ends so ("": each), and its lines. */
typedef void (*way_file)(struct doctor *d, void *arg, const char *file);
void way_files(struct doctor *d, const char *folder, const char *ending,
    way_file each, void *arg);
void way_folder(struct doctor *d, const char *folder, const char *ending,
    way_line each, void *arg);

#endif
