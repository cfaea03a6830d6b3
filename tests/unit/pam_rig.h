/*
 * A folder that stands for a host's "/", with PAM files and modules in it.
 */
#ifndef TESTS_UNIT_PAM_RIG_H
#define TESTS_UNIT_PAM_RIG_H

#include "core/host/pam.h"

#define PAM_RIG_MODULES "/lib/security/here"

/* Set-up and tear-down of a cmocka group: the folder. */
int pam_rig_up(void **state);
int pam_rig_down(void **state);

/*
 * Lay out files anew and look at them.  text holds them one after the other:
 * a line "=NAME" begins /etc/pam.d/NAME, "=/PATH" that file.  All modules that
 * are known are there, but for missing ("pam_x.so"; NULL: none is).  Where
 * text begins with /etc/pam.conf there are no folders of services.
 */
struct pam_host *pam_rig(const char *text, const char *missing);

/* One more file, and look again. */
void pam_rig_file(const char *name, const char *bytes, size_t len);
struct pam_host *pam_rig_open(void);

/* Run shell text that names files below /etc, there. */
void pam_rig_shell(const char *text);

/* A service's phase; it must be readable. */
const struct pam_way *pam_rig_way(
    struct pam_host *h, const char *service, enum pam_phase phase);

#endif
