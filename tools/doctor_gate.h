/*
 * What the files of the theme "gate" share.
 */
#ifndef TOOLS_DOCTOR_GATE_H
#define TOOLS_DOCTOR_GATE_H

#include "tools/doctor.h"

#include <limits.h>
#include <sys/types.h>

#define FIX_LINE 1024

/* systemd runs this host. */
bool doctor_systemd(void);

/* Shell text; NULL if it does not fit: half a command is none. */
const char *doctor_text(char text[FIX_LINE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* May a path stand in shell text as it is? */
bool doctor_path_plain(const char *path);

/* Text of /proc/PID/NAME, cut at size - 1; false: it is gone. */
bool doctor_proc(pid_t pid, const char *name, char *text, size_t size);

/* The first word of a line "KEY:\tvalue" of such a text; "" if it has none. */
const char *doctor_proc_value(
    const char *text, const char *key, char value[64]);

/* Shell text that starts the daemon; that ends this one first. */
const char *doctor_start_fix(const struct doctor *d, char fix[FIX_LINE]);
const char *doctor_restart_fix(
    const struct doctor *d, pid_t pid, char fix[FIX_LINE]);

/* The path of a program that lies beside this one; false: it can't be told. */
bool doctor_beside(const char *name, char path[PATH_MAX]);

/* doctor_files.c: who may change the gate's files, and where the key lies;
 * one program's file and the folders above it. */
void doctor_files(struct doctor *d);
void doctor_program_file(struct doctor *d, const char *path);
/* doctor_package.c: are they what the package brought? */
void doctor_package(struct doctor *d);
/* doctor_daemon.c: who listens, and behind which walls.  answers: it has
 * told its status.  The daemon's process; 0: none. */
pid_t doctor_daemon(struct doctor *d, bool answers);
/* doctor_emergency.c: the way in without the gate. */
void doctor_emergency(struct doctor *d);
/* doctor_sessions.c: sessions that last. */
void doctor_sessions(struct doctor *d);

#endif
