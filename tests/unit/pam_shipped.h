/*
 * The files of /etc/pam.d as distributions ship them: Debian 12 and 13, Ubuntu,
 * Fedora, Arch.  Long comments are left out.
 */
#ifndef TESTS_UNIT_PAM_SHIPPED_H
#define TESTS_UNIT_PAM_SHIPPED_H

/* clang-format off */
static const char debian_sshd[] =
    "\n"
    "# Standard Un*x authentication.\n"
    "@include common-auth\n"
    "\n"
    "account    required     pam_nologin.so\n"
    "\n"
    "\n"
    "# Standard Un*x authorization.\n"
    "@include common-account\n"
    "\n"
    "session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so close\n"
    "\n"
    "session    required     pam_loginuid.so\n"
    "\n"
    "session    optional     pam_keyinit.so force revoke\n"
    "\n"
    "# Standard Un*x session setup and teardown.\n"
    "@include common-session\n"
    "\n"
    "session    optional     pam_motd.so  motd=/run/motd.dynamic\n"
    "session    optional     pam_motd.so noupdate\n"
    "\n"
    "session    optional     pam_mail.so standard noenv # [1]\n"
    "\n"
    "session    required     pam_limits.so\n"
    "\n"
    "session    required     pam_env.so # [1]\n"
    "session    required     pam_env.so user_readenv=1 envfile=/etc/default/locale\n"
    "\n"
    "session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so open\n"
    "\n"
    "# Standard Un*x password updating.\n"
    "@include common-password\n";

static const char debian_sudo[] =
    "#%PAM-1.0\n"
    "\n"
    "session    required   pam_limits.so\n"
    "\n"
    "@include common-auth\n"
    "@include common-account\n"
    "@include common-session-noninteractive\n";

static const char debian_su[] =
    "\n"
    "auth       sufficient pam_rootok.so\n"
    "\n"
    "\n"
    "\n"
    "\n"
    "\n"
    "session       required   pam_env.so readenv=1\n"
    "session       required   pam_env.so readenv=1 envfile=/etc/default/locale\n"
    "\n"
    "session    optional   pam_mail.so nopen\n"
    "\n"
    "session    required   pam_limits.so\n"
    "\n"
    "@include common-auth\n"
    "@include common-account\n"
    "@include common-session\n"
    "\n"
    "\n";

static const char debian_su_l[] =
    "#%PAM-1.0\n"
    "auth\t\tinclude\t\tsu\n"
    "account\t\tinclude\t\tsu\n"
    "password\tinclude\t\tsu\n"
    "session\t\toptional\tpam_keyinit.so force revoke\n"
    "session\t\tinclude\t\tsu\n";

static const char debian_passwd[] =
    "\n"
    "@include common-password\n"
    "\n";

static const char debian_sudo_i[] =
    "#%PAM-1.0\n"
    "\n"
    "session    required   pam_limits.so\n"
    "\n"
    "@include common-auth\n"
    "@include common-account\n"
    "@include common-session\n";

static const char debian_polkit[] =
    "#%PAM-1.0\n"
    "\n"
    "@include common-auth\n"
    "@include common-account\n"
    "@include common-password\n"
    "session       required   pam_env.so readenv=1 user_readenv=0\n"
    "session       required   pam_env.so readenv=1 envfile=/etc/default/locale user_readenv=0\n"
    "@include common-session\n";

static const char trixie_sshd[] =
    "# PAM configuration for the Secure Shell service\n"
    "\n"
    "# Standard Un*x authentication.\n"
    "@include common-auth\n"
    "\n"
    "# Disallow non-root logins when /etc/nologin exists.\n"
    "account    required     pam_nologin.so\n"
    "\n"
    "# Standard Un*x authorization.\n"
    "@include common-account\n"
    "\n"
    "# SELinux needs to be the first session rule.\n"
    "session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so close\n"
    "\n"
    "# Set the loginuid process attribute.\n"
    "session    required     pam_loginuid.so\n"
    "\n"
    "# Create a new session keyring.\n"
    "session    optional     pam_keyinit.so force revoke\n"
    "\n"
    "# Standard Un*x session setup and teardown.\n"
    "@include common-session\n"
    "\n"
    "session    optional     pam_motd.so  motd=/run/motd.dynamic\n"
    "session    optional     pam_motd.so noupdate\n"
    "session    optional     pam_mail.so standard noenv # [1]\n"
    "session    required     pam_limits.so\n"
    "session    required     pam_env.so # [1]\n"
    "session    required     pam_env.so envfile=/etc/default/locale\n"
    "session [success=ok ignore=ignore module_unknown=ignore default=bad]        pam_selinux.so open\n"
    "\n"
    "# Standard Un*x password updating.\n"
    "@include common-password\n";

static const char ubuntu_sudo[] =
    "#%PAM-1.0\n"
    "\n"
    "# Set up user limits from /etc/security/limits.conf.\n"
    "session    required   pam_limits.so\n"
    "\n"
    "session    required   pam_env.so readenv=1 user_readenv=0\n"
    "session    required   pam_env.so readenv=1 envfile=/etc/default/locale user_readenv=0\n"
    "\n"
    "@include common-auth\n"
    "@include common-account\n"
    "@include common-session-noninteractive\n";

static const char fedora_sshd[] =
    "#%PAM-1.0\n"
    "auth       substack     password-auth\n"
    "auth       include      postlogin\n"
    "account    required     pam_sepermit.so\n"
    "account    required     pam_nologin.so\n"
    "account    include      password-auth\n"
    "password   include      password-auth\n"
    "# pam_selinux.so close should be the first session rule\n"
    "session    required     pam_selinux.so close\n"
    "session    required     pam_loginuid.so\n"
    "# pam_selinux.so open should only be followed by sessions to be executed in the user context\n"
    "session    required     pam_selinux.so open env_params\n"
    "session    required     pam_namespace.so\n"
    "session    optional     pam_keyinit.so force revoke\n"
    "session    optional     pam_motd.so\n"
    "session    include      password-auth\n"
    "session    include      postlogin\n";

static const char fedora_sudo[] =
    "#%PAM-1.0\n"
    "auth       include      system-auth\n"
    "account    include      system-auth\n"
    "password   include      system-auth\n"
    "session    optional     pam_keyinit.so revoke\n"
    "session    required     pam_limits.so\n"
    "session    include      system-auth\n";

static const char fedora_sudo_i[] =
    "#%PAM-1.0\n"
    "auth       include      sudo\n"
    "account    include      sudo\n"
    "password   include      sudo\n"
    "session    optional     pam_keyinit.so force revoke\n"
    "session    include      sudo\n";

static const char fedora_su[] =
    "#%PAM-1.0\n"
    "auth\t\trequired\tpam_env.so\n"
    "auth\t\tsufficient\tpam_rootok.so\n"
    "# Uncomment the following line to implicitly trust users in the \"wheel\" group.\n"
    "#auth\t\tsufficient\tpam_wheel.so trust use_uid\n"
    "auth\t\tsubstack\tsystem-auth\n"
    "auth\t\tinclude\t\tpostlogin\n"
    "account\t\tsufficient\tpam_succeed_if.so uid = 0 use_uid quiet\n"
    "account\t\tinclude\t\tsystem-auth\n"
    "password\tinclude\t\tsystem-auth\n"
    "session\t\tinclude\t\tsystem-auth\n"
    "session\t\tinclude\t\tpostlogin\n"
    "session\t\toptional\tpam_xauth.so\n";

static const char fedora_su_l[] =
    "#%PAM-1.0\n"
    "auth\t\tinclude\t\tsu\n"
    "account\t\tinclude\t\tsu\n"
    "password\tinclude\t\tsu\n"
    "session\t\toptional\tpam_keyinit.so force revoke\n"
    "session\t\tinclude\t\tsu\n";

static const char arch_sshd[] =
    "#%PAM-1.0\n"
    "\n"
    "auth      include   system-remote-login\n"
    "account   include   system-remote-login\n"
    "password  include   system-remote-login\n"
    "session   include   system-remote-login\n";

static const char arch_sudo[] =
    "#%PAM-1.0\n"
    "auth\t\tinclude\t\tsystem-auth\n"
    "account\t\tinclude\t\tsystem-auth\n"
    "session\t\tinclude\t\tsystem-auth\n";

static const char arch_su[] =
    "#%PAM-1.0\n"
    "auth            sufficient      pam_rootok.so\n"
    "# Uncomment the following line to require a user to be in the \"wheel\" group.\n"
    "#auth           required        pam_wheel.so use_uid\n"
    "auth            required        pam_unix.so\n"
    "account         required        pam_unix.so\n"
    "session         required        pam_unix.so\n"
    "password        include         system-auth\n";

static const char arch_polkit[] =
    "#%PAM-1.0\n"
    "\n"
    "auth       include      system-auth\n"
    "account    include      system-auth\n"
    "password   include      system-auth\n"
    "session    include      system-auth\n";

/* clang-format on */

#endif
