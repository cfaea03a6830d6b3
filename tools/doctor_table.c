/*
 * The themes of bulkhead doctor, in the order in which they run.
 */
#include "tools/doctor.h"

const struct doctor_theme doctor_themes[] = {
    {"pam", "each PAM service, as libpam works its stack through", doctor_pam},
    {"sshd", "each sshd, for each account and each kind of login", doctor_sshd},
    {"sudo", "what sudo lets run without asking", doctor_sudo},
    {"ways", "other ways to a session or to root", doctor_ways},
    {"accounts", "who may log in, and with what", doctor_accounts},
    {"gate", "the gate's own files, daemon and clock", doctor_gate},
};
const size_t n_doctor_themes = nitems(doctor_themes);
