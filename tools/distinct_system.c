/*
 * Statements about the system around: directories, agents, exports, time.
 */
#include "tools/distinct.h"

#include "core/netaddr.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names of account databases that lie on this host alone. */
static bool
is_local(const char *source)
{
	static const char *const local[] = {"files", "compat", "systemd", "db"};
	size_t i;

	for (i = 0; i < nitems(local); i++) {
		if (strcmp(source, local[i]) == 0)
			return true;
	}
	return source[0] == '['; /* "[NOTFOUND=return]" */
}

static void
nsswitch_line(
    struct check *c, const char *file, unsigned int number, char *line)
{
	static const char *const databases[] = {
	    "passwd", "group", "shadow", "initgroups"};
	char *rest = line, *word;
	bool known = false;
	size_t i;

	if ((word = text_word(&rest, " \t:")) == NULL)
		return;
	for (i = 0; i < nitems(databases); i++)
		known = known || strcmp(word, databases[i]) == 0;
	rest += strspn(rest, ":");
	while (known && (word = text_word(&rest, " \t")) != NULL &&
	       word[0] != '#') {
		if (!is_local(word))
			check_broken(c, check_where(file, number),
			    "leave 'files' alone in the line",
			    "accounts come from '%s' too", word);
	}
}

static void
pam_line(struct check *c, const char *file, unsigned int number, char *line)
{
	static const char *const modules[] = {"pam_sss.so", "pam_ldap.so",
	    "pam_krb5.so", "pam_winbind.so", "pam_nis.so"};
	size_t i;

	for (i = 0; i < nitems(modules); i++) {
		if (strstr(line, modules[i]) != NULL)
			check_broken(c, check_where(file, number),
			    "take the line out",
			    "%s asks a directory for the password", modules[i]);
	}
}

/* Something that is there by its file or by its process. */
struct presence {
	const char *name;
	const char *paths[4]; /* any of them */
	const char *process;  /* NULL: none of its own */
};

void
distinct_directories(struct check *c)
{
	static const struct presence joined[] = {
	    {"sssd", {"/etc/sssd/sssd.conf"}, NULL},
	    {"nslcd", {"/etc/nslcd.conf"}, NULL},
	    {"a Kerberos realm's keytab", {"/etc/krb5.keytab"}, NULL},
	    {"NIS", {"/etc/yp.conf"}, NULL},
	    {"a Windows domain", {"/var/lib/samba/private/secrets.tdb"}, NULL},
	};
	size_t i;

	check_lines(c, "/etc/nsswitch.conf", nsswitch_line);
	check_files(c, "/etc/pam.d/*", pam_line);
	for (i = 0; i < nitems(joined); i++) {
		if (check_exists(joined[i].paths[0]))
			check_broken(c, joined[i].paths[0],
			    "leave the directory and remove the file, or show "
			    "that it is backup's own",
			    "this host is joined to %s", joined[i].name);
	}
}

/* The last part of a path. */
static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Is one of the first two words of the command line that program?  A script's
 * own name is the second. */
static bool
runs_as(const char *pid, const char *process)
{
	char path[PATH_MAX], line[4096];
	const char *word = line;
	ssize_t n;
	int fd, i;

	(void)snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	for (i = 0; i < 2 && word < line + n; i++) {
		if (strcmp(base_name(word), process) == 0)
			return true;
		word += strlen(word) + 1;
	}
	return false;
}

static bool
find_process(const char *process, char where[64])
{
	struct dirent *entry;
	bool found = false;
	DIR *proc;

	if ((proc = opendir("/proc")) == NULL)
		return false;
	while (!found && (entry = readdir(proc)) != NULL) {
		found = isdigit((unsigned char)entry->d_name[0]) &&
			runs_as(entry->d_name, process);
		if (found)
			(void)snprintf(
			    where, 64, "process %.20s", entry->d_name);
	}
	(void)closedir(proc);
	return found;
}

static void
look_for(struct check *c, const struct presence *p, const char *what,
    const char *mend)
{
	char where[64];
	size_t i;

	for (i = 0; i < nitems(p->paths) && p->paths[i] != NULL; i++) {
		if (check_exists(p->paths[i]))
			check_broken(
			    c, p->paths[i], mend, "%s: %s", p->name, what);
	}
	if (p->process != NULL && find_process(p->process, where))
		check_broken(c, where, mend, "%s: %s", p->name, what);
}

static void
cron_line(struct check *c, const char *file, unsigned int number, char *line)
{
	if (strstr(line, "ansible-pull") != NULL)
		check_broken(c, check_where(file, number),
		    "take the line out, or pull from backup's own repository",
		    "ansible-pull does what a repository says");
}

void
distinct_management(struct check *c)
{
	static const struct presence agents[] = {
	    {"Puppet",
		{"/etc/puppetlabs/puppet/puppet.conf",
		    "/etc/puppet/puppet.conf"},
		"puppet"},
	    {"Salt", {"/etc/salt/minion"}, "salt-minion"},
	    {"Chef", {"/etc/chef/client.rb", "/etc/cinc/client.rb"},
		"chef-client"},
	    {"CFEngine", {"/var/cfengine/policy_server.dat"}, "cf-agent"},
	    {"ansible-pull", {"/etc/systemd/system/ansible-pull.service"},
		"ansible-pull"},
	    {"Rudder", {"/opt/rudder/etc/policy-server.dat"}, NULL},
	    {"Nagios NRPE", {"/etc/nagios/nrpe.cfg"}, "nrpe"},
	    {"Zabbix agent",
		{"/etc/zabbix/zabbix_agentd.conf",
		    "/etc/zabbix/zabbix_agent2.conf"},
		"zabbix_agentd"},
	    {"Landscape", {"/etc/landscape/client.conf"}, "landscape-client"},
	};
	size_t i;

	for (i = 0; i < nitems(agents); i++)
		look_for(c, &agents[i],
		    "its server can run programs on this host",
		    "remove it, or have a server of backup's own and show it");
	check_files(c, "/etc/cron*/*", cron_line);
	check_lines(c, "/etc/crontab", cron_line);
	check_files(c, "/var/spool/cron/crontabs/*", cron_line);
}

void
distinct_guest_agents(struct check *c)
{
	static const struct presence agents[] = {
	    {"QEMU guest agent", {"/usr/sbin/qemu-ga", "/usr/bin/qemu-ga"},
		"qemu-ga"},
	    {"cloud-init", {"/usr/bin/cloud-init", "/etc/cloud/cloud.cfg"},
		"cloud-init"},
	    {"Amazon SSM agent",
		{"/usr/bin/amazon-ssm-agent", "/snap/bin/amazon-ssm-agent"},
		"amazon-ssm-agent"},
	    {"Google guest agent", {"/usr/bin/google_guest_agent"},
		"google_guest_agent"},
	    {"Azure agent", {"/usr/sbin/waagent"}, "waagent"},
	    {"VMware tools", {"/usr/bin/vmtoolsd"}, "vmtoolsd"},
	    {"VirtualBox guest additions", {"/usr/sbin/VBoxService"},
		"VBoxService"},
	    {"Hyper-V daemons", {"/usr/sbin/hv_fcopy_daemon"},
		"hv_fcopy_daemon"},
	};
	size_t i;

	for (i = 0; i < nitems(agents); i++)
		look_for(c, &agents[i],
		    "who has the cloud or hypervisor can run programs or add "
		    "keys on this host",
		    "remove it, or show that backup's own administrators "
		    "alone have that console");
}

static void
export_line(struct check *c, const char *file, unsigned int number, char *line)
{
	static const char option[] = "no_root_squash";
	char *rest = line, *word;

	while ((word = text_word(&rest, " \t,()")) != NULL && word[0] != '#') {
		if (strcmp(word, option) == 0)
			check_broken(c, check_where(file, number),
			    "write root_squash",
			    "root of the hosts named there is root in this "
			    "export");
	}
}

void
distinct_exports(struct check *c)
{
	check_lines(c, "/etc/exports", export_line);
	check_files(c, "/etc/exports.d/*.exports", export_line);
}

/* One time source; production's networks are known by forbidden_sources. */
static void
time_source(struct check *c, const char *where, const char *source)
{
	const struct net_list *forbidden =
	    &config_policy(c->scan->config, "sshd")->forbidden_sources;
	struct netaddr a;
	size_t i;

	if (netaddr_parse(source, &a) == BH_OK) {
		for (i = 0; i < forbidden->n; i++) {
			if (netaddr_in(&a, &forbidden->net[i])) {
				check_broken(c, where,
				    "take time from backup's own sources",
				    "time comes from %s, in a network of "
				    "[policy] forbidden_sources",
				    source);
				return;
			}
		}
	}
	check_unseen(
	    c, "%s: time comes from %s: is it production's?", where, source);
}

static void
ntp_line(struct check *c, const char *file, unsigned int number, char *line)
{
	static const char *const words[] = {"server", "pool", "peer"};
	char *rest = line, *word, *source;
	size_t i;

	if ((word = text_word(&rest, " \t")) == NULL ||
	    (source = text_word(&rest, " \t")) == NULL)
		return;
	for (i = 0; i < nitems(words); i++) {
		if (strcasecmp(word, words[i]) == 0)
			time_source(c, check_where(file, number), source);
	}
}

static void
timesyncd_line(
    struct check *c, const char *file, unsigned int number, char *line)
{
	char *rest = line, *word, *source;

	if ((word = text_word(&rest, " \t=")) == NULL ||
	    (strcmp(word, "NTP") != 0 && strcmp(word, "FallbackNTP") != 0))
		return;
	while ((source = text_word(&rest, " \t=")) != NULL)
		time_source(c, check_where(file, number), source);
}

void
distinct_time(struct check *c)
{
	static const char *const ntp[] = {"/etc/chrony/chrony.conf",
	    "/etc/chrony.conf", "/etc/chrony/conf.d/*.conf",
	    "/etc/chrony/sources.d/*.sources", "/run/chrony-dhcp/*.sources",
	    "/etc/ntp.conf", "/etc/ntpsec/ntp.conf", "/etc/openntpd/ntpd.conf"};
	static const char *const timesyncd[] = {"/etc/systemd/timesyncd.conf",
	    "/etc/systemd/timesyncd.conf.d/*.conf",
	    "/run/systemd/timesyncd.conf.d/*.conf"};
	size_t i;

	for (i = 0; i < nitems(ntp); i++)
		check_files(c, ntp[i], ntp_line);
	for (i = 0; i < nitems(timesyncd); i++)
		check_files(c, timesyncd[i], timesyncd_line);
	if (json_array_size(c->unseen) + json_array_size(c->findings) == 0)
		check_unseen(c, "no time source is named in the files of "
				"chrony, ntpd or timesyncd; what sets the "
				"clock is not seen");
	check_note(c, "a used code stays used whatever the clock says: steps "
		      "and counters only grow");
}
