/*
 * Programs that give a session, or root, over the network or by somebody
 * else's service: they run, or they lie ready.
 */
#include "tools/doctor_ways.h"

#include "core/host/program.h"

#include <stdlib.h>
#include <string.h>

enum need {
	NEEDS_NOTHING, /* it calls out by itself, say */
	NEEDS_PORT,    /* it must listen to be a way in */
};

struct daemon {
	const char *name;    /* of its process */
	const char *word;    /* of its arguments; NULL: any */
	const char *service; /* PAM; NULL: it asks none, or only maybe */
	enum need need;
	enum severity severity; /* while it runs */
	const char *unit;	/* what starts it; NULL: nothing usual */
	const char *what;
};

#define SHELL_OVER "gives a shell over the network and asks no PAM"
#define REMOTE	   "login or remote"
#define BY_LOGIN   "lets people log in over the network by login(1)"
#define SCREEN	   "shows a desktop over the network for a password of its own"
#define FILES	   "gives people their files over the network"
#define RELAY	   "lets people in by somebody else's service"
#define DOCKER                                                             \
	"gives root to whoever reaches its TCP port (with a certificate, " \
	"if it asks for one)"
#define AGENT                                                       \
	"does as root what another host says; 'bulkhead distinct' " \
	"judges who that is"

static const struct daemon daemons[] = {
    {"dropbear", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, "dropbear.service",
	"is an SSH server of its own, which a key alone gets into"},
    {"tinysshd", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, "tinyssh.socket",
	"is an SSH server of its own, which a key alone gets into"},
    {"lshd", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, "lsh-server.service",
	"is an SSH server of its own, which a key alone gets into"},
    {"in.telnetd", NULL, REMOTE, NEEDS_NOTHING, SEVERITY_BYPASS,
	"telnet.socket", BY_LOGIN},
    {"telnetd", NULL, REMOTE, NEEDS_NOTHING, SEVERITY_BYPASS, "telnetd.socket",
	BY_LOGIN},
    {"utelnetd", NULL, REMOTE, NEEDS_NOTHING, SEVERITY_BYPASS, NULL, BY_LOGIN},
    {"busybox", "telnetd", REMOTE, NEEDS_NOTHING, SEVERITY_BYPASS, NULL,
	BY_LOGIN},
    {"in.rshd", NULL, "rsh", NEEDS_NOTHING, SEVERITY_BYPASS, "rsh.socket",
	"runs commands for whoever comes from a trusted host"},
    {"in.rlogind", NULL, "rlogin", NEEDS_NOTHING, SEVERITY_BYPASS,
	"rlogin.socket", BY_LOGIN},
    {"in.rexecd", NULL, "rexec", NEEDS_NOTHING, SEVERITY_BYPASS, "rexec.socket",
	"runs commands for a password"},
    {"cockpit-ws", NULL, "cockpit", NEEDS_NOTHING, SEVERITY_BYPASS,
	"cockpit.socket", "gives sessions in a browser"},
    {"cockpit-tls", NULL, "cockpit", NEEDS_NOTHING, SEVERITY_BYPASS,
	"cockpit.socket", "gives sessions in a browser"},
    {"xrdp-sesman", NULL, "xrdp-sesman", NEEDS_NOTHING, SEVERITY_BYPASS,
	"xrdp-sesman.service", "gives desktop sessions over the network"},
    {"nxserver.bin", NULL, "nx", NEEDS_NOTHING, SEVERITY_BYPASS,
	"nxserver.service", "gives desktop sessions over the network"},
    {"Xvnc", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SCREEN},
    {"Xtigervnc", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SCREEN},
    {"Xtightvnc", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SCREEN},
    {"x11vnc", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SCREEN},
    {"x0vncserver", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SCREEN},
    {"wayvnc", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SCREEN},
    {"vino-server", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SCREEN},
    {"gnome-remote-desktop-daemon", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS,
	"gnome-remote-desktop.service", SCREEN},
    {"vsftpd", NULL, "vsftpd", NEEDS_PORT, SEVERITY_BYPASS, "vsftpd.service",
	FILES},
    {"proftpd", NULL, "proftpd", NEEDS_PORT, SEVERITY_BYPASS, "proftpd.service",
	FILES},
    {"pure-ftpd", NULL, "pure-ftpd", NEEDS_PORT, SEVERITY_BYPASS,
	"pure-ftpd.service", FILES},
    {"in.ftpd", NULL, "ftp", NEEDS_NOTHING, SEVERITY_BYPASS, NULL, FILES},
    {"miniserv.pl", NULL, "webmin", NEEDS_PORT, SEVERITY_BYPASS,
	"webmin.service", "gives root to its users in a browser"},
    {"shellinaboxd", NULL, "login", NEEDS_PORT, SEVERITY_BYPASS,
	"shellinabox.service", BY_LOGIN},
    {"ttyd", "login", "login", NEEDS_PORT, SEVERITY_BYPASS, "ttyd.service",
	BY_LOGIN},
    {"ttyd", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, "ttyd.service",
	SHELL_OVER},
    {"gotty", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"wetty", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"code-server", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"openvscode-server", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL,
	SHELL_OVER},
    {"jupyter-lab", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"jupyter-notebook", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL,
	SHELL_OVER},
    {"rserver", NULL, "rstudio", NEEDS_PORT, SEVERITY_BYPASS,
	"rstudio-server.service", "gives sessions in a browser"},
    {"jupyterhub", NULL, "login", NEEDS_PORT, SEVERITY_BYPASS,
	"jupyterhub.service", "gives shells in a browser"},
    {"nc", "-e", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"nc.traditional", "-e", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL,
	SHELL_OVER},
    {"ncat", "-e", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"ncat", "-c", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"ncat", "--exec", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"ncat", "--sh-exec", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"nc", "--exec", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"nc", "--sh-exec", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER},
    {"podman", "tcp:", NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, DOCKER},
    {"dockerd", "tcp:", NULL, NEEDS_PORT, SEVERITY_BYPASS, "docker.service",
	DOCKER},
    {"teleport", NULL, NULL, NEEDS_NOTHING, SEVERITY_BYPASS, "teleport.service",
	RELAY},
    {"amazon-ssm-agent", NULL, NULL, NEEDS_NOTHING, SEVERITY_BYPASS,
	"amazon-ssm-agent.service", RELAY},
    {"ssm-agent-worker", NULL, NULL, NEEDS_NOTHING, SEVERITY_BYPASS,
	"amazon-ssm-agent.service", RELAY},
    {"teamviewerd", NULL, NULL, NEEDS_NOTHING, SEVERITY_BYPASS,
	"teamviewerd.service", RELAY},
    {"anydesk", NULL, NULL, NEEDS_NOTHING, SEVERITY_BYPASS, "anydesk.service",
	RELAY},
    {"rustdesk", NULL, NULL, NEEDS_NOTHING, SEVERITY_BYPASS, "rustdesk.service",
	RELAY},
    {"meshagent", NULL, NULL, NEEDS_NOTHING, SEVERITY_BYPASS,
	"meshagent.service", RELAY},
    {"google_guest_agent", NULL, NULL, NEEDS_NOTHING, SEVERITY_NOTE, NULL,
	"writes the cloud project's keys and accounts; sshd still asks the "
	"gate"},
    {"waagent", NULL, NULL, NEEDS_NOTHING, SEVERITY_NOTE, NULL, AGENT},
    {"qemu-ga", NULL, NULL, NEEDS_NOTHING, SEVERITY_NOTE, NULL,
	"does as root what the hypervisor says"},
    {"vmtoolsd", NULL, "vmtoolsd", NEEDS_NOTHING, SEVERITY_NOTE, NULL,
	"does what the hypervisor says"},
    {"salt-minion", NULL, NULL, NEEDS_NOTHING, SEVERITY_NOTE, NULL, AGENT},
    {"puppet", NULL, NULL, NEEDS_NOTHING, SEVERITY_NOTE, NULL, AGENT},
    {"chef-client", NULL, NULL, NEEDS_NOTHING, SEVERITY_NOTE, NULL, AGENT},
    {"ansible-pull", NULL, NULL, NEEDS_NOTHING, SEVERITY_NOTE, NULL, AGENT},
    {"smbd", NULL, NULL, NEEDS_PORT, SEVERITY_NOTE, NULL, FILES},
    {"rsync", "--daemon", NULL, NEEDS_PORT, SEVERITY_NOTE, NULL, FILES},
};

/* Is a word of the process's that, or does it begin so? */
static bool
has_word(const struct process *p, const char *word)
{
	size_t i;

	for (i = 1; i < p->n_args; i++) {
		const char *slash = strrchr(p->arg[i], '/');

		if (strncmp(p->arg[i], word, strlen(word)) == 0 ||
		    (word[strlen(word) - 1] == ':' &&
			strstr(p->arg[i], word) != NULL) ||
		    (slash != NULL && strcmp(slash + 1, word) == 0))
			return true;
	}
	return false;
}

/* socat EXEC:, SYSTEM: and SHELL:, whatever it listens on */
static bool
socat_runs(const struct process *p)
{
	static const char *const kinds[] = {"EXEC:", "SYSTEM:", "SHELL:"};
	size_t i, j;

	for (i = 1; i < p->n_args; i++) {
		for (j = 0; j < nitems(kinds); j++) {
			if (strncasecmp(
				p->arg[i], kinds[j], strlen(kinds[j])) == 0)
				return true;
		}
	}
	return false;
}

/* vsftpd may have been told another name, and serves nobody by itself. */
struct ftp {
	bool local;
	char service[64];
};

static void
ftp_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	static const char name[] = "pam_service_name=";
	struct ftp *ftp = arg;

	(void)d;
	(void)file;
	(void)number;
	if (strncasecmp(line, "local_enable=YES", 16) == 0)
		ftp->local = true;
	if (strncmp(line, name, sizeof(name) - 1) == 0)
		(void)snprintf(ftp->service, sizeof(ftp->service), "%s",
		    line + sizeof(name) - 1);
}

/* Does it let the host's own accounts in past the gate? */
static bool
ftp_open(struct doctor *d)
{
	struct ftp ftp = {.service = "ftp"};

	way_lines(d, "/etc/vsftpd.conf", ftp_line, &ftp);
	way_lines(d, "/etc/vsftpd/vsftpd.conf", ftp_line, &ftp);
	return ftp.local && !way_gated(d, ftp.service);
}

/* A unit's own command, and the process's end: either one may be there. */
static char *
stop_text(const struct daemon *m, pid_t pid)
{
	char *fix = NULL;
	int n;

	if (m->unit != NULL && pid != 0)
		n = asprintf(&fix,
		    "systemctl disable --now %s 2>/dev/null || kill %d",
		    m->unit, (int)pid);
	else if (m->unit != NULL)
		n = asprintf(&fix, "systemctl disable --now %s", m->unit);
	else
		n = asprintf(&fix, "kill %d", (int)pid);
	return n == -1 ? NULL : fix;
}

static void
say_daemon(struct doctor *d, const struct daemon *m, const struct process *p)
{
	char *fix = stop_text(m, p->pid), *where = NULL, *mend = NULL;
	bool reached = m->need == NEEDS_NOTHING || p->listens;

	if (asprintf(&where, "%s (process %d%s)", m->name, (int)p->pid,
		p->listens ? ", which listens" : "") == -1 ||
	    asprintf(&mend,
		m->service != NULL
		    ? "stop it, or lay the gate into the auth and account "
		      "lines of the PAM service %s"
		    : "stop it%s",
		m->service != NULL ? m->service : "") == -1)
		d->failed = true;
	doctor_found(d,
	    &(struct finding){.severity = reached || m->severity > SEVERITY_WEAK
					      ? m->severity
					      : SEVERITY_WEAK,
		.id = "other-login",
		.where = where,
		.mend = mend,
		.fix = m->severity == SEVERITY_NOTE ? NULL : fix,
		.show = "ss -ltnp; ps -ef",
		.number = m->severity == SEVERITY_NOTE ? NULL : "PCI 8.4.2"},
	    reached ? "%s runs, and %s"
		    : "%s runs, and %s; no port of it was "
		      "seen to be open",
	    m->name, m->what);
	free(fix);
	free(where);
	free(mend);
}

/* What comes from another host is "remote" to the login of util-linux, and
 * "login" to that of shadow. */
const char *
way_remote(void)
{
	static const char *const argv[] = {"/bin/login", "--version", NULL};
	struct program_result r;
	bool util_linux;

	if (program_run(argv, &r) != BH_OK)
		return "login";
	util_linux = r.code == 0 && strstr(r.out, "util-linux") != NULL;
	program_free(&r);
	return util_linux ? "remote" : "login";
}

/* Is it a way past the gate, as far as PAM goes? */
static bool
daemon_open(struct doctor *d, const struct daemon *m)
{
	if (strcmp(m->name, "vsftpd") == 0)
		return ftp_open(d);
	if (m->service != NULL && strcmp(m->service, REMOTE) == 0)
		return !way_gated(d, way_remote());
	return m->service == NULL || !way_gated(d, m->service);
}

/* tailscaled is asked itself whether it takes SSH logins. */
static void
look_tailscale(struct doctor *d, const struct processes *ps)
{
	static const char *const argv[] = {
	    "/usr/bin/tailscale", "debug", "prefs", NULL};
	struct program_result r = {0};
	bool known, ssh = false;

	if (way_runs(ps, "tailscaled") == NULL)
		return;
	known = program_run(argv, &r) == BH_OK && r.code == 0 &&
		strstr(r.out, "RunSSH") != NULL;
	if (known)
		ssh = strstr(r.out, "\"RunSSH\": true") != NULL ||
		      strstr(r.out, "\"RunSSH\":true") != NULL;
	if (!known || ssh)
		doctor_found(d,
		    &(struct finding){
			.severity = known ? SEVERITY_BYPASS : SEVERITY_UNKNOWN,
			.id = "other-login",
			.where = "tailscaled",
			.mend = "turn its SSH server off",
			.fix = "tailscale set --ssh=false",
			.show = "tailscale debug prefs",
			.number = "PCI 8.4.2"},
		    known ? "tailscaled takes SSH logins by itself, past sshd "
			    "and PAM"
			  : "tailscaled runs, and whether it takes SSH logins "
			    "by itself could not be asked");
	if (r.out != NULL)
		program_free(&r);
}

/* dockerd may have been told of a port by a file. */
static void
docker_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	static const struct daemon dockerd = {"dockerd", NULL, NULL, NEEDS_PORT,
	    SEVERITY_BYPASS, "docker.service", DOCKER};
	const struct process *p = arg;

	(void)file;
	(void)number;
	if (strstr(line, "\"tcp://") != NULL && p->listens)
		say_daemon(d, &dockerd, p);
}

static void
look_docker(struct doctor *d, const struct processes *ps)
{
	size_t i;

	for (i = 0; i < ps->n; i++) {
		if (process_is(&ps->p[i], "dockerd") &&
		    !has_word(&ps->p[i], "tcp:"))
			way_lines(d, "/etc/docker/daemon.json", docker_line,
			    &ps->p[i]);
	}
}

static void
look_running(struct doctor *d, const struct process *p)
{
	static const struct daemon socat = {
	    "socat", NULL, NULL, NEEDS_PORT, SEVERITY_BYPASS, NULL, SHELL_OVER};
	size_t i;

	for (i = 0; i < nitems(daemons); i++) {
		const struct daemon *m = &daemons[i];

		if (process_is(p, m->name) &&
		    (m->word == NULL || has_word(p, m->word))) {
			if (daemon_open(d, m))
				say_daemon(d, m, p);
			return;
		}
	}
	if (process_is(p, "socat") && socat_runs(p))
		say_daemon(d, &socat, p);
}

/* It does not run; is it there to be started? */
static bool
is_installed(const struct daemon *m)
{
	static const char *const folders[] = {"/usr/sbin", "/usr/bin",
	    "/usr/local/sbin", "/usr/local/bin", "/usr/lib/cockpit",
	    "/usr/libexec"};
	char path[256];
	size_t i;

	for (i = 0; i < nitems(folders); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", folders[i], m->name);
		if (way_exists(path))
			return true;
	}
	return false;
}

static void
look_installed(struct doctor *d, const struct daemon *m)
{
	bool socket, enabled;
	char *fix;

	/* What any shell can do needs no program that lies ready. */
	if (m->severity != SEVERITY_BYPASS || m->word != NULL ||
	    !is_installed(m) || !daemon_open(d, m))
		return;
	enabled = m->unit != NULL && way_enabled(m->unit);
	/* The service manager itself listens, and starts it at a knock. */
	socket = enabled && strstr(m->unit, ".socket") != NULL;
	fix = m->unit != NULL ? stop_text(m, 0) : NULL;
	doctor_found(d,
	    &(struct finding){
		.severity = socket ? SEVERITY_BYPASS : SEVERITY_WEAK,
		.id = socket ? "other-login" : "other-login-ready",
		.where = m->name,
		.mend = "remove its package, or see to it that it never starts",
		.fix = fix,
		.show = "systemctl list-unit-files",
		.number = socket ? "PCI 8.4.2" : "PCI 2.2.4"},
	    socket    ? "%s is started when somebody connects, and %s"
	    : enabled ? "%s starts at the next boot, and %s"
		      : "%s is installed but does not run; it %s",
	    m->name, m->what);
	free(fix);
}

void
ways_daemons(struct doctor *d, const struct processes *ps)
{
	size_t i;

	for (i = 0; i < ps->n; i++)
		look_running(d, &ps->p[i]);
	for (i = 0; i < nitems(daemons); i++) {
		if (way_runs(ps, daemons[i].name) == NULL)
			look_installed(d, &daemons[i]);
	}
	look_docker(d, ps);
	look_tailscale(d, ps);
}
