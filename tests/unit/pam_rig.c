/*
 * PAM files of another host.
 */
#include "tests/unit/unit.h"

#include "tests/unit/pam_rig.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static const char *const modules[] = {"pam_access.so", "pam_bulkhead.so",
    "pam_deny.so", "pam_env.so", "pam_faildelay.so", "pam_faillock.so",
    "pam_foreign.so", "pam_keyinit.so", "pam_limits.so", "pam_localuser.so",
    "pam_loginuid.so", "pam_mail.so", "pam_motd.so", "pam_nologin.so",
    "pam_permit.so", "pam_rootok.so", "pam_securetty.so", "pam_selinux.so",
    "pam_sepermit.so", "pam_sss.so", "pam_succeed_if.so", "pam_systemd.so",
    "pam_umask.so", "pam_unix.so", "pam_usertype.so", "pam_warn.so",
    "pam_wheel.so", "pam_xauth.so"};

static void
make_folder(const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s%s", root, name);
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		abort();
}

void
pam_rig_file(const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s%s%s", root,
	    name[0] == '/' ? "" : "/etc/pam.d/", name);
	if ((f = fopen(path, "w")) == NULL || fwrite(text, 1, len, f) != len ||
	    fclose(f) == EOF)
		abort();
}

static int
take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	return at->level == 0 ? 0 : remove(path);
}

static void
write_modules(const char *missing)
{
	static const char object[] = "\177ELF pam_sm_authenticate "
				     "pam_sm_acct_mgmt pam_sm_open_session "
				     "pam_sm_chauthtok";
	char name[128];
	size_t i;

	for (i = 0; i < nitems(modules); i++) {
		(void)snprintf(
		    name, sizeof(name), "%s/%s", PAM_RIG_MODULES, modules[i]);
		if (missing == NULL || strcmp(missing, modules[i]) != 0)
			pam_rig_file(name, object, sizeof(object));
	}
}

struct pam_host *
pam_rig(const char *text, const char *missing)
{
	static const char *const folders[] = {"/etc", "/etc/pam.d", "/usr",
	    "/usr/lib", "/usr/lib/pam.d", "/lib", "/lib/security",
	    "/lib/security/here", "/opt", "/usr/etc", "/usr/etc/pam.d"};
	static const char conf[] = "=/etc/pam.conf\n";
	const char *at = text, *next, *line;
	char name[128];
	size_t i;

	if (nftw(root, take_away, 8, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
	for (i = 0; i < nitems(folders); i++) {
		if (strncmp(text, conf, strlen(conf)) != 0 ||
		    strstr(folders[i], "pam.d") == NULL)
			make_folder(folders[i]);
	}
	write_modules(missing);
	while (*at == '=') {
		line = strchr(at, '\n');
		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)(line - at - 1), at + 1);
		next = strstr(line, "\n=");
		next = next != NULL ? next + 1 : line + strlen(line);
		pam_rig_file(name, line + 1,
		    next > line ? (size_t)(next - line - 1) : 0);
		at = next;
	}
	return pam_rig_open();
}

struct pam_host *
pam_rig_open(void)
{
	struct pam_host *h;

	assert_int_equal(pam_host_open(root, PAM_RIG_MODULES, &h), BH_OK);
	return h;
}

void
pam_rig_shell(const char *text)
{
	char command[4096];
	size_t n = 0;
	const char *at;

	for (at = text; *at != '\0'; at++) {
		assert_true(n + sizeof(root) + 1 < sizeof(command));
		if (strncmp(at, " /etc/", 6) == 0 ||
		    strncmp(at, ">/etc/", 6) == 0 ||
		    strncmp(at, " /usr/", 6) == 0)
			n += (size_t)snprintf(command + n, sizeof(command) - n,
			    "%c%s", *at, root);
		else
			command[n++] = *at;
	}
	command[n] = '\0';
	if (system(command) != 0)
		fail_msg("%s", command);
}

const struct pam_way *
pam_rig_way(struct pam_host *h, const char *service, enum pam_phase phase)
{
	const struct pam_way *w = NULL;
	const char *why = "";

	if (pam_way(h, service, phase, &w, &why) != BH_OK)
		fail_msg("%s: %s", service, why);
	return w;
}

int
pam_rig_up(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/bulkhead-pam.XXXXXX");
	return mkdtemp(root) != NULL ? 0 : -1;
}

int
pam_rig_down(void **state)
{
	(void)state;
	if (nftw(root, take_away, 8, FTW_DEPTH | FTW_PHYS) != 0)
		return -1;
	return rmdir(root);
}
