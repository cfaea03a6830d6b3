/*
 * The PAM services that are known by name.
 */
#include "tools/doctor_pam.h"

#include <string.h>
#include <unistd.h>

const char *const pam_phase_words[PAM_PHASES] = {
    "auth", "account", "session", "password"};

static const struct pam_known table[] = {
    {"sshd", ENTRY_SSHD, "ssh logins", {"/usr/sbin/sshd"}},
    {"sudo", ENTRY_SUDO, "sudo", {"/usr/bin/sudo"}},
    {"sudo-i", ENTRY_SUDO, "sudo -i", {"/usr/bin/sudo"}},
    {"su", ENTRY_SU, "su", {"/usr/bin/su", "/bin/su"}},
    {"su-l", ENTRY_SU, "su -", {"/usr/bin/su", "/bin/su"}},
    {"polkit-1", ENTRY_POLKIT, "pkexec and whatever asks polkit",
	{"/usr/bin/pkexec", "/usr/lib/polkit-1/polkitd",
	    "/usr/libexec/polkitd"}},
    {"login", ENTRY_CONSOLE, "logins at the console",
	{"/usr/bin/login", "/bin/login"}},
    {"remote", ENTRY_SESSION, "logins by telnet or rlogin",
	{"/usr/sbin/in.telnetd", "/usr/sbin/telnetd", "/usr/sbin/in.rlogind"}},
    {"rlogin", ENTRY_SESSION, "logins by rlogin", {"/usr/sbin/in.rlogind"}},
    {"rsh", ENTRY_SESSION, "commands by rsh", {"/usr/sbin/in.rshd"}},
    {"rexec", ENTRY_SESSION, "commands by rexec", {"/usr/sbin/in.rexecd"}},
    {"dropbear", ENTRY_SESSION, "ssh logins of dropbear",
	{"/usr/sbin/dropbear"}},
    {"cockpit", ENTRY_SESSION, "logins in a browser (cockpit)",
	{"/usr/lib/cockpit/cockpit-ws", "/usr/libexec/cockpit-ws"}},
    {"xrdp-sesman", ENTRY_SESSION, "remote desktops (xrdp)",
	{"/usr/sbin/xrdp-sesman"}},
    {"vsftpd", ENTRY_SESSION, "file transfers (vsftpd)", {"/usr/sbin/vsftpd"}},
    {"proftpd", ENTRY_SESSION, "file transfers (proftpd)",
	{"/usr/sbin/proftpd"}},
    {"pure-ftpd", ENTRY_SESSION, "file transfers (pure-ftpd)",
	{"/usr/sbin/pure-ftpd"}},
    {"gdm-password", ENTRY_SESSION, "graphical logins (gdm)",
	{"/usr/sbin/gdm3", "/usr/sbin/gdm", "/usr/bin/gdm"}},
    {"gdm-autologin", ENTRY_SESSION,
	"graphical logins without a password (gdm)",
	{"/usr/sbin/gdm3", "/usr/sbin/gdm", "/usr/bin/gdm"}},
    {"gdm-fingerprint", ENTRY_SESSION, "graphical logins by finger (gdm)",
	{"/usr/sbin/gdm3", "/usr/sbin/gdm", "/usr/bin/gdm"}},
    {"gdm-smartcard", ENTRY_SESSION, "graphical logins by card (gdm)",
	{"/usr/sbin/gdm3", "/usr/sbin/gdm", "/usr/bin/gdm"}},
    {"gdm-launch-environment", ENTRY_NONE, "gdm's own screen", {NULL}},
    {"lightdm", ENTRY_SESSION, "graphical logins (lightdm)",
	{"/usr/sbin/lightdm", "/usr/bin/lightdm"}},
    {"lightdm-autologin", ENTRY_SESSION,
	"graphical logins without a password (lightdm)",
	{"/usr/sbin/lightdm", "/usr/bin/lightdm"}},
    {"lightdm-greeter", ENTRY_NONE, "lightdm's own screen", {NULL}},
    {"sddm", ENTRY_SESSION, "graphical logins (sddm)", {"/usr/bin/sddm"}},
    {"sddm-autologin", ENTRY_SESSION,
	"graphical logins without a password (sddm)", {"/usr/bin/sddm"}},
    {"sddm-greeter", ENTRY_NONE, "sddm's own screen", {NULL}},
    {"xdm", ENTRY_SESSION, "graphical logins (xdm)", {"/usr/bin/xdm"}},
    {"doas", ENTRY_SESSION, "doas", {"/usr/bin/doas"}},
    {"systemd-run0", ENTRY_SESSION, "run0", {"/usr/bin/run0"}},
    {"other", ENTRY_NONE, "whatever has no file of its own", {NULL}},
    {"runuser", ENTRY_NONE, "root alone", {NULL}},
    {"runuser-l", ENTRY_NONE, "root alone", {NULL}},
    {"cron", ENTRY_NONE, "jobs", {NULL}},
    {"crond", ENTRY_NONE, "jobs", {NULL}},
    {"atd", ENTRY_NONE, "jobs", {NULL}},
    {"systemd-user", ENTRY_NONE, "what a session's systemd starts", {NULL}},
    {"chfn", ENTRY_NONE, "a line of passwd", {NULL}},
    {"chsh", ENTRY_NONE, "a line of passwd", {NULL}},
    {"passwd", ENTRY_NONE, "new passwords", {NULL}},
    {"chpasswd", ENTRY_NONE, "new passwords", {NULL}},
    {"newusers", ENTRY_NONE, "new accounts", {NULL}},
    {"useradd", ENTRY_NONE, "new accounts", {NULL}},
    {"userdel", ENTRY_NONE, "accounts", {NULL}},
    {"usermod", ENTRY_NONE, "accounts", {NULL}},
    {"groupadd", ENTRY_NONE, "groups", {NULL}},
    {"groupdel", ENTRY_NONE, "groups", {NULL}},
    {"groupmod", ENTRY_NONE, "groups", {NULL}},
    {"groupmems", ENTRY_NONE, "groups", {NULL}},
    {"chgpasswd", ENTRY_NONE, "groups", {NULL}},
    {"chage", ENTRY_NONE, "a line of shadow", {NULL}},
    {"vlock", ENTRY_NONE, "a session that is locked", {NULL}},
    {"xscreensaver", ENTRY_NONE, "a session that is locked", {NULL}},
    {"screen", ENTRY_NONE, "a session that is locked", {NULL}},
    {"swaylock", ENTRY_NONE, "a session that is locked", {NULL}},
    {"kde", ENTRY_NONE, "a session that is locked", {NULL}},
    {"samba", ENTRY_NONE, "files (samba)", {NULL}},
    {"dovecot", ENTRY_NONE, "mail (dovecot)", {NULL}},
    {"imap", ENTRY_NONE, "mail", {NULL}},
    {"pop3", ENTRY_NONE, "mail", {NULL}},
    {"smtp", ENTRY_NONE, "mail", {NULL}},
    {"postgresql", ENTRY_NONE, "databases", {NULL}},
    {"mysql", ENTRY_NONE, "databases", {NULL}},
    {"cups", ENTRY_NONE, "printing", {NULL}},
    {"ppp", ENTRY_NONE, "network links", {NULL}},
    {"openvpn", ENTRY_NONE, "network links", {NULL}},
    {"common-auth", ENTRY_PART, "a part of others", {NULL}},
    {"common-account", ENTRY_PART, "a part of others", {NULL}},
    {"common-session", ENTRY_PART, "a part of others", {NULL}},
    {"common-session-noninteractive", ENTRY_PART, "a part of others", {NULL}},
    {"common-password", ENTRY_PART, "a part of others", {NULL}},
    {"system-auth", ENTRY_PART, "a part of others", {NULL}},
    {"password-auth", ENTRY_PART, "a part of others", {NULL}},
    {"smartcard-auth", ENTRY_PART, "a part of others", {NULL}},
    {"fingerprint-auth", ENTRY_PART, "a part of others", {NULL}},
    {"postlogin", ENTRY_PART, "a part of others", {NULL}},
    {"config-util", ENTRY_PART, "a part of others", {NULL}},
    {"system-login", ENTRY_PART, "a part of others", {NULL}},
    {"system-local-login", ENTRY_PART, "a part of others", {NULL}},
    {"system-remote-login", ENTRY_PART, "a part of others", {NULL}},
    {"system-services", ENTRY_PART, "a part of others", {NULL}},
    {"squid", ENTRY_NONE, "a proxy", {NULL}},
};

const struct pam_known *
pam_known(const char *service)
{
	size_t i;

	for (i = 0; i < nitems(table); i++) {
		if (strcmp(table[i].name, service) == 0)
			return &table[i];
	}
	return NULL;
}

const struct pam_known *
pam_known_wall(size_t i)
{
	size_t j;

	for (j = 0; j < nitems(table); j++) {
		if (table[j].entry < ENTRY_WALLS && i-- == 0)
			return &table[j];
	}
	return NULL;
}

bool
pam_known_installed(const struct pam_known *k)
{
	size_t i;

	for (i = 0; i < nitems(k->program) && k->program[i] != NULL; i++) {
		if (access(k->program[i], F_OK) == 0)
			return true;
	}
	return k->program[0] == NULL;
}
