/*
 * Sessions that last: what a code opened once stays open, and so do channels
 * that are laid over it (ControlMaster, tunnels) without another code.
 */
#include "tools/doctor_gate.h"

#include "core/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONG_S	   86400ull
#define TOO_LONG_S (7 * LONG_S)
#define STAT_MAX   1024
#define START	   22 /* starttime in /proc/PID/stat, counted from 1 */
#define FROM_STATE 3

/* "sshd: alice [priv]", which is root's: whose session it is. */
static bool
is_session(pid_t pid, char user[64])
{
	static const char *const titles[] = {"sshd: ", "sshd-session: "};
	char title[256], status[4096], uid[64];
	const char *end;
	size_t i, len;

	if (!doctor_proc(pid, "cmdline", title, sizeof(title)) ||
	    !doctor_proc(pid, "status", status, sizeof(status)) ||
	    strcmp(doctor_proc_value(status, "Uid", uid), "0\t0\t0\t0") != 0)
		return false;
	for (i = 0; i < nitems(titles); i++) {
		len = strlen(titles[i]);
		if (strncmp(title, titles[i], len) != 0 ||
		    (end = strstr(title, " [priv]")) == NULL)
			continue;
		(void)snprintf(user, 64, "%.*s", (int)(end - title - (long)len),
		    title + len);
		return true;
	}
	return false;
}

/* Seconds since it started; false: it is gone. */
static bool
age(pid_t pid, uint64_t boot_s, uint64_t *agep)
{
	char text[STAT_MAX], *rest, *word = NULL;
	uint64_t ticks, hz = (uint64_t)sysconf(_SC_CLK_TCK);
	int column;

	if (!doctor_proc(pid, "stat", text, sizeof(text)) ||
	    (rest = strrchr(text, ')')) == NULL || hz == 0)
		return false;
	rest += 1 + strspn(rest + 1, " ");
	for (column = FROM_STATE; column <= START; column++)
		word = strsep(&rest, " ");
	if (word == NULL || config_uint(word, 0, UINT64_MAX, &ticks) != BH_OK)
		return false;
	*agep = boot_s > ticks / hz ? boot_s - ticks / hz : 0;
	return true;
}

static void
look_at(struct doctor *d, pid_t pid, uint64_t boot_s)
{
	char user[64], where[32], fix[32], show[64];
	uint64_t age_s = 0;

	if (!is_session(pid, user) || !age(pid, boot_s, &age_s) ||
	    age_s < LONG_S)
		return;
	(void)snprintf(where, sizeof(where), "process %d", (int)pid);
	(void)snprintf(fix, sizeof(fix), "kill %d", (int)pid);
	(void)snprintf(
	    show, sizeof(show), "ps -o pid,lstart,args -p %d", (int)pid);
	doctor_found(d,
	    &(struct finding){
		.severity = age_s < TOO_LONG_S ? SEVERITY_NOTE : SEVERITY_WEAK,
		.id = "session-old",
		.where = where,
		.mend = "ask whose it is whether it is still needed, then end "
			"it: all that is opened over it asks for no code",
		.fix = fix,
		.show = show,
		.number = "PCI 8.2.8"},
	    "an ssh session of %s lasts for %llu hours", user,
	    (unsigned long long)(age_s / 3600));
}

static void
look_at_processes(struct doctor *d)
{
	const struct dirent *entry;
	struct now now;
	DIR *proc;

	clock_read(&now);
	if ((proc = opendir("/proc")) == NULL)
		return;
	while ((entry = readdir(proc)) != NULL) {
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at(d, (pid_t)strtol(entry->d_name, NULL, 10),
			    now.boot_s);
	}
	(void)closedir(proc);
}

/* A peer that is gone leaves its session open for good. */
static void
look_at_alive(struct doctor *d)
{
	const struct sshd_options *o;
	struct sshd_host *h = NULL;
	char *why = NULL, fix[FIX_LINE];
	const char *config;
	bool asked;

	asked = sshd_find(&h, &why) == BH_OK;
	free(why);
	why = NULL;
	asked = asked && sshd_ask(h, "root", NULL, &o, &why) == BH_OK;
	free(why);
	if (asked && sshd_is(o, "clientaliveinterval", "0")) {
		config = sshd_host_config(h);
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_NOTE,
			.id = "session-unwatched",
			.where = config,
			.mend = "set ClientAliveInterval, so that sshd ends "
				"sessions whose far end is gone",
			.fix = doctor_path_plain(config)
				   ? doctor_text(fix,
					 "sed -i '1i ClientAliveInterval 300' "
					 "%s && { systemctl reload ssh || kill "
					 "-HUP \"$(cat /run/sshd.pid)\"; } "
					 "2>/dev/null",
					 config)
				   : NULL,
			.show = "sshd -T | grep clientalive",
			.number = "PCI 8.2.8"},
		    "sshd does not look whether the far end of a session is "
		    "still there");
	}
	sshd_host_free(h);
}

void
doctor_sessions(struct doctor *d)
{
	look_at_processes(d);
	look_at_alive(d);
}
