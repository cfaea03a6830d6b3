/*
 * What the files of the theme "accounts" share.
 */
#ifndef TOOLS_DOCTOR_ACCOUNTS_H
#define TOOLS_DOCTOR_ACCOUNTS_H

#include "tools/doctor.h"
#include "tools/doctor_shadow.h"

#include <stdint.h>

#define DAY_S	 86400ull
#define FIX_TEXT 512

/* "2026-01-31", UTC. */
#define DAY_TEXT 16
const char *doctor_day(uint64_t t_s, char text[DAY_TEXT]);

/* The daemon's time, by which tokens were used and machines end; this
 * command's own, where the daemon can't be asked. */
uint64_t doctor_now(struct doctor *d);

/*
 * A command for one name into text; NULL if the name is none that a shell may
 * read.  fmt has one %s for each of up to three places of the name.
 */
const char *doctor_fix(char text[FIX_TEXT], const char *fmt, const char *name);

/* doctor_tokens.c: tokens nobody uses or owns any more. */
void doctor_tokens(struct doctor *d, const struct shadow *s);
/* doctor_machines.c: block against register, and ends. */
void doctor_machines(struct doctor *d);
/* doctor_idle.c: those that nothing logs in as. */
void doctor_idle(struct doctor *d, uint64_t now_s);

#endif
