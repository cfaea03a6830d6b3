/*
 * The PAM files of some systems, as pam_rig() takes them.
 */
#ifndef TESTS_UNIT_PAM_SYSTEMS_H
#define TESTS_UNIT_PAM_SYSTEMS_H

extern const char pam_debian[]; /* 12: sshd, su */
extern const char pam_fedora[]; /* sshd, with authselect */
extern const char pam_arch[];	/* sshd */
extern const char pam_suse[];	/* sshd */

#endif
