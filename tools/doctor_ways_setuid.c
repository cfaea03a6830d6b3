/*
 * Programs that are root for whoever starts them: shells and interpreters that
 * were made so, also under another name, and switchers that ask no PAM.
 */
#include "tools/doctor_ways.h"

#include "tools/doctor_gate.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DEPTH_MAX 12
#define FILES_MAX 400000

/* What runs any command, or writes any file, for whoever may start it. */
static const char *const shells[] = {"bash", "dash", "sh", "zsh", "ksh", "mksh",
    "ksh93", "fish", "tcsh", "csh", "ash", "rbash", "busybox", "env", "find",
    "awk", "gawk", "mawk", "perl", "ruby", "lua", "node", "php", "gdb",
    "strace", "vi", "vim", "vim.basic", "vim.tiny", "nano", "ed", "emacs",
    "less", "more", "man", "cp", "mv", "dd", "tee", "cat", "tar", "rsync",
    "nmap", "socat", "nc", "nc.traditional", "nc.openbsd", "ncat", "docker",
    "systemctl", "xargs", "nice", "timeout", "setpriv", "unshare", "nsenter",
    "chroot", "capsh", "install", "chmod", "chown", "tclsh", "expect", "git",
    "make", "screen-root", "runuser", "start-stop-daemon"};

/* Who they are by their beginning: "python3.11". */
static const char *const families[] = {
    "python", "perl5", "ruby2", "ruby3", "lua5", "php7", "php8"};

/* Programs of distributions that are meant to be so. */
static const char *const meant[] = {"passwd", "su", "sudo", "sudoedit", "mount",
    "umount", "newgrp", "sg", "gpasswd", "chsh", "chfn", "chage", "expiry",
    "pkexec", "polkit-agent-helper-1", "dbus-daemon-launch-helper",
    "ssh-keysign", "fusermount", "fusermount3", "ntfs-3g", "pppd", "at",
    "crontab", "unix_chkpwd", "pam_timestamp_check", "pam_extrausers_chkpwd",
    "exim4", "sendmail", "mount.nfs", "mount.cifs", "mount.fuse", "umount.nfs",
    "mount.ecryptfs_private", "Xorg.wrap", "Xorg", "chrome-sandbox",
    "snap-confine", "bwrap", "ping", "ping6", "arping", "traceroute6.iputils",
    "mtr-packet", "newuidmap", "newgidmap", "userhelper", "usernetctl",
    "staprun", "cockpit-session", "spice-client-glib-usb-acl-helper",
    "vmware-user-suid-wrapper", "VBoxHeadless", "utempter", "screen", "doas",
    "grub2-set-bootflag", "lockdev", "suexec", "authopen", "kismet",
    "abrt-action-install-debuginfo-to-abrt-cache", "dumpcap", "sssd_pam",
    "krb5_child", "ldap_child", "proxy_child", "selinux_child", "p11_child",
    "qmail-queue", "postdrop", "postqueue", "procmail", "nvidia-modprobe",
    "virtualbox", "singularity", "starter-suid", "vmtoolsd",
    "camel-lock-helper-1.2", "libgtop_server2", "gnome-pty-helper",
    "unix2_chkpwd", "wall", "write", "ssh-agent", "kwallet", "bulkhead",
    "lxc-user-nic", "ubuntu-core-launcher", "eject", "uml_net",
    "qemu-bridge-helper", "dmcrypt-get-device", "pmount", "pumount", "rcp",
    "rsh", "rlogin", "opiepasswd", "opiesu", "physlock", "swaylock", "slock",
    "vlock", "mount.davfs", "pt_chown", "chkpwd", "sulogin"};

/* Switchers that people know, with what they ask. */
static const struct switcher {
	const char *name;
	const char *rules;   /* where there are rules, it lets people through */
	const char *service; /* PAM; NULL: none */
} switchers[] = {
    {"ksu", "/root/.k5login", NULL},
    {"calife", "/etc/calife.auth", "calife"},
    {"super", "/etc/super.tab", NULL},
    {"op", "/etc/op.conf", "op"},
    {"priv", "/etc/priv.conf", NULL},
    {"sudo.ws", NULL, "sudo"},
};

struct walk {
	struct doctor *d;
	size_t files;
	dev_t dev;
};

static bool
is_one_of(const char *name, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(name, list[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_shell(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(families); i++) {
		if (strncmp(name, families[i], strlen(families[i])) == 0)
			return true;
	}
	return is_one_of(name, shells, nitems(shells));
}

/* Do two files hold the same?  They are of the same size. */
static bool
same_bytes(const char *a, const char *b)
{
	FILE *x = fopen(a, "re"), *y = fopen(b, "re");
	char p[8192], q[8192];
	bool same = x != NULL && y != NULL;
	size_t n = 0;

	while (same && (n = fread(p, 1, sizeof(p), x)) > 0)
		same = fread(q, 1, sizeof(q), y) == n && memcmp(p, q, n) == 0;
	if (x != NULL)
		(void)fclose(x);
	if (y != NULL)
		(void)fclose(y);
	return same;
}

/* A shell under another name; a copy of sudo or su asks PAM as they do. */
static bool
is_copy(const char *path, off_t size, bool *asksp)
{
	static const char *const originals[] = {"/usr/bin/bash",
	    "/usr/bin/dash", "/usr/bin/zsh", "/usr/bin/ksh", "/usr/bin/env",
	    "/usr/bin/busybox", "/usr/bin/perl", "/usr/bin/python3",
	    "/usr/bin/find", "/usr/bin/cp", "/usr/bin/sudo", "/usr/bin/su",
	    "/usr/bin/doas", "/usr/bin/passwd"};
	struct stat st;
	size_t i;

	for (i = 0; i < nitems(originals); i++) {
		if (stat(originals[i], &st) != 0 || st.st_size != size ||
		    !same_bytes(path, originals[i]))
			continue;
		*asksp = i >= nitems(originals) - 4;
		return true;
	}
	return false;
}

static void
say(struct walk *w, enum severity severity, const char *path, const char *bits,
    const char *what)
{
	const char *tool =
	    strcmp(bits, "capabilities") == 0 ? "setcap -r" : "chmod u-s";
	char *fix = NULL;

	/* anybody may have named the folders that it lies in */
	if (doctor_path_plain(path) &&
	    asprintf(&fix, "%s %s", tool, path) == -1)
		w->d->failed = true;
	doctor_found(w->d,
	    &(struct finding){.severity = severity,
		.id = severity == SEVERITY_BYPASS ? "setuid-root-shell"
						  : "setuid-unknown",
		.where = path,
		.mend = severity == SEVERITY_BYPASS
			    ? "take its special bits away"
			    : "see what it is for; take its special bits away "
			      "if nobody needs them",
		.fix = fix,
		.show = "find / -xdev -perm -4000 -user root -ls",
		.number =
		    severity == SEVERITY_BYPASS ? "PCI 8.5.1" : "PCI 7.2.5"},
	    "%s", what);
	free(fix);
}

static bool
is_switcher(struct walk *w, const char *path, const char *name)
{
	size_t i;

	for (i = 0; i < nitems(switchers); i++) {
		const struct switcher *s = &switchers[i];

		if (strcmp(s->name, name) != 0)
			continue;
		if (s->service != NULL && way_gated(w->d, s->service))
			return true;
		say(w,
		    s->rules != NULL && way_exists(s->rules) ? SEVERITY_BYPASS
							     : SEVERITY_WEAK,
		    path, "setuid",
		    "it makes people root by rules of its own, past the gate");
		return true;
	}
	return false;
}

static void
look_setuid(struct walk *w, const char *path, const struct stat *st)
{
	const char *name = strrchr(path, '/') + 1;
	bool asks = false;

	if (is_shell(name)) {
		say(w, SEVERITY_BYPASS, path, "setuid",
		    "whoever starts it is root without being asked");
		return;
	}
	if (is_switcher(w, path, name))
		return;
	if (is_copy(path, st->st_size, &asks)) {
		if (!asks)
			say(w, SEVERITY_BYPASS, path, "setuid",
			    "a shell under another name: whoever starts it is "
			    "root without being asked");
		return;
	}
	if (!is_one_of(name, meant, nitems(meant)))
		say(w, SEVERITY_WEAK, path, "setuid",
		    "a program that runs as root for whoever starts it, and "
		    "is none that is known to be meant so");
}

/* Capabilities that make root of any program that runs what it is told. */
static void
look_capabilities(struct walk *w, const char *path)
{
	/* CHOWN, DAC_OVERRIDE, FOWNER, SETUID, SYS_MODULE, SYS_PTRACE,
	 * SYS_ADMIN */
	static const uint32_t rooted = 1u << 0 | 1u << 1 | 1u << 3 | 1u << 7 |
				       1u << 16 | 1u << 19 | 1u << 21;
	uint8_t value[64];
	uint32_t has;

	/* of revision 3: for a user namespace whose root is anybody */
	if (!is_shell(strrchr(path, '/') + 1) ||
	    lgetxattr(path, "security.capability", value, sizeof(value)) < 8 ||
	    value[3] >= 3)
		return;
	has = (uint32_t)value[4] | (uint32_t)value[5] << 8 |
	      (uint32_t)value[6] << 16 | (uint32_t)value[7] << 24;
	if ((has & rooted) != 0)
		say(w, SEVERITY_BYPASS, path, "capabilities",
		    "its capabilities make root of whoever starts it");
}

static void
look_file(struct walk *w, const char *path, const struct stat *st)
{
	if ((st->st_mode & S_ISUID) != 0 && st->st_uid == 0)
		look_setuid(w, path, st);
	else
		look_capabilities(w, path);
}

static void
walk(struct walk *w, const char *folder, int depth)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	struct stat st;
	DIR *dir;

	if (depth == 0 || (dir = opendir(folder)) == NULL)
		return;
	while (w->files < FILES_MAX && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    (entry->d_type != DT_DIR && entry->d_type != DT_REG &&
			entry->d_type != DT_UNKNOWN) ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		w->files++;
		if ((!S_ISDIR(st.st_mode) || st.st_dev != w->dev) &&
		    (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder,
			entry->d_name) >= sizeof(path))
			continue;
		if (S_ISDIR(st.st_mode))
			walk(w, path, depth - 1);
		else
			look_file(w, path, &st);
	}
	(void)closedir(dir);
}

void
ways_setuid(struct doctor *d)
{
	/* Programs, and where anybody may put one.  What lies deep in a folder
	 * of libraries is data, and very much of it. */
	static const struct {
		const char *path;
		int depth;
	} folders[] = {{"/usr/bin", 2}, {"/usr/sbin", 2}, {"/usr/libexec", 4},
	    {"/usr/lib", 3}, {"/usr/lib64", 3}, {"/usr/local", DEPTH_MAX},
	    {"/opt", DEPTH_MAX}, {"/srv", DEPTH_MAX}, {"/home", DEPTH_MAX},
	    {"/root", DEPTH_MAX}, {"/tmp", DEPTH_MAX}, {"/var/tmp", DEPTH_MAX},
	    {"/dev/shm", DEPTH_MAX}, {"/etc", DEPTH_MAX}, {"/bin", 2},
	    {"/sbin", 2}};
	struct walk w = {.d = d};
	struct statvfs fs;
	struct stat st;
	size_t i;

	for (i = 0; i < nitems(folders); i++) {
		/* /bin is a link to /usr/bin, on most */
		if (lstat(folders[i].path, &st) != 0 || !S_ISDIR(st.st_mode))
			continue;
		/* nosuid: such bits have no effect there */
		if (statvfs(folders[i].path, &fs) == 0 &&
		    (fs.f_flag & ST_NOSUID) != 0)
			continue;
		w.dev = st.st_dev;
		w.files = 0;
		walk(&w, folders[i].path, folders[i].depth);
	}
}
