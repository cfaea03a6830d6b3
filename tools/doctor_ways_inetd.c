/*
 * inetd and xinetd: what they start when somebody connects.
 */
#include "tools/doctor_ways.h"

#include "core/host/textfile.h"

#include <stdlib.h>
#include <string.h>

#define REMOTE "" /* as login(1) has it */

/* What gives a session if it is started so, and the PAM service it asks. */
static const struct started {
	const char *name;
	const char *service; /* NULL: none */
} starts[] = {
    {"telnetd", REMOTE},
    {"in.telnetd", REMOTE},
    {"in.rshd", "rsh"},
    {"in.rlogind", "rlogin"},
    {"in.rexecd", "rexec"},
    {"rshd", "rsh"},
    {"rlogind", "rlogin"},
    {"rexecd", "rexec"},
    {"in.ftpd", "ftp"},
    {"dropbear", NULL},
    {"tinysshd", NULL},
    {"lshd", NULL},
    {"Xvnc", NULL},
    {"sh", NULL},
    {"bash", NULL},
    {"dash", NULL},
    {"login", "login"},
};

struct inetd {
	bool runs;
	char server[256]; /* xinetd: of the service that is being read */
	unsigned int number;
	bool disabled;
};

static const struct started *
started(const char *word)
{
	const char *slash = strrchr(word, '/');
	const char *base = slash != NULL ? slash + 1 : word;
	size_t i;

	for (i = 0; i < nitems(starts); i++) {
		if (strcmp(base, starts[i].name) == 0)
			return &starts[i];
	}
	return NULL;
}

static bool
is_gated(struct doctor *d, const struct started *s)
{
	if (s->service == NULL)
		return false;
	return way_gated(
	    d, strcmp(s->service, REMOTE) == 0 ? way_remote() : s->service);
}

static void
say(struct doctor *d, const struct inetd *inetd, const char *file,
    unsigned int number, const struct started *s, const char *fix)
{
	doctor_found(d,
	    &(struct finding){
		.severity = inetd->runs ? SEVERITY_BYPASS : SEVERITY_WEAK,
		.id = inetd->runs ? "other-login" : "other-login-ready",
		.where = doctor_where(file, number),
		.mend = "take the service out, and have inetd read its file "
			"again",
		.fix = fix,
		.show = "ss -ltnp",
		.number = "PCI 2.2.7"},
	    inetd->runs ? "%s is started for whoever connects, and gives a "
			  "session past the gate"
			: "%s would be started for whoever connects, if inetd "
			  "ran",
	    s->name);
}

static void
inetd_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	const struct inetd *inetd = arg;
	const struct started *s = NULL;
	char *rest = line, *word, *fix = NULL;
	size_t i;

	/* name type protocol wait user program words... */
	for (i = 0; (word = text_word(&rest, " \t")) != NULL && s == NULL; i++)
		s = i >= 5 ? started(word) : NULL;
	if (s == NULL || is_gated(d, s))
		return;
	if (asprintf(&fix,
		"sed -i --follow-symlinks '%us/^/#/' '%s' && "
		"pkill -HUP -x 'inetd|openbsd-inetd' || :",
		number, file) == -1)
		fix = NULL;
	say(d, inetd, file, number, s, fix);
	free(fix);
}

static void
xinetd_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	struct inetd *inetd = arg;
	const struct started *s;
	char *rest = line, *key, *value, *fix = NULL;

	if (line[0] == '}') {
		s = inetd->server[0] != '\0' ? started(inetd->server) : NULL;
		if (s != NULL && !inetd->disabled && !is_gated(d, s)) {
			if (asprintf(&fix,
				"sed -i --follow-symlinks '%us/^/\\tdisable = "
				"yes\\n/' '%s' && pkill -HUP -x xinetd || :",
				number, file) == -1)
				fix = NULL;
			say(d, inetd, file, inetd->number, s, fix);
			free(fix);
		}
		inetd->server[0] = '\0';
		inetd->disabled = false;
		return;
	}
	key = text_word(&rest, " \t=");
	value = text_word(&rest, " \t=");
	if (key == NULL || value == NULL)
		return;
	if (strcmp(key, "server") == 0) {
		(void)snprintf(
		    inetd->server, sizeof(inetd->server), "%s", value);
		inetd->number = number;
	} else if (strcmp(key, "disable") == 0) {
		inetd->disabled = strcmp(value, "yes") == 0;
	}
}

void
ways_inetd(struct doctor *d, const struct processes *ps)
{
	struct inetd inetd = {.runs = way_runs(ps, "inetd") != NULL ||
				      way_runs(ps, "inetutils-inetd") != NULL};
	struct inetd xinetd = {.runs = way_runs(ps, "xinetd") != NULL};

	way_lines(d, "/etc/inetd.conf", inetd_line, &inetd);
	way_folder(d, "/etc/inetd.d", "", inetd_line, &inetd);
	way_lines(d, "/etc/xinetd.conf", xinetd_line, &xinetd);
	way_folder(d, "/etc/xinetd.d", "", xinetd_line, &xinetd);
}
