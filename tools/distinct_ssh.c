/*
 * Statements about what sshd and ssh are told.
 */
#include "tools/distinct.h"

#include "core/netaddr.h"
#include "tools/terminal.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define USERS_MAX 10000

/* Forwarding that is off altogether makes an option without effect. */
static bool
without_effect(const struct sshd_rule *r, const struct sshd_options *o)
{
	return strstr(r->keyword, "forwarding") != NULL &&
	       sshd_is(o, "disableforwarding", "yes");
}

static void
judge(struct check *c, const struct sshd_rule *r, const struct sshd_options *o)
{
	const char *value = sshd_value(o, r->keyword, 0);
	const struct sshd_line *l;

	if (value == NULL) {
		check_unseen(c, "sshd -T does not tell %s", r->keyword);
		return;
	}
	if (strcmp(value, r->good) == 0 || without_effect(r, o))
		return;
	l = sshd_where(c->scan->sshd, r->keyword, value);
	if (l != NULL)
		check_broken(c, check_where(l->file, l->line), r->mend,
		    "%s is %s: %s", r->keyword, value, r->what);
	else
		check_broken(c, sshd_host_config(c->scan->sshd), r->mend,
		    "%s is %s by default: %s", r->keyword, value, r->what);
}

/* Each user whose answer is another one than the last user's. */
static void
judge_users(struct check *c, const struct sshd_rule *r)
{
	const struct sshd_options *o, *last = NULL;
	const struct passwd *pw;
	size_t n = 0;

	setpwent();
	while (n++ < USERS_MAX && (pw = getpwent()) != NULL) {
		if (n % 100 == 0)
			progress("sshd: %zu accounts", n);
		o = check_sshd(c, pw->pw_name);
		if (o != NULL && o != last)
			judge(c, r, o);
		if (c->scan->sshd == NULL)
			break;
		last = o;
	}
	endpwent();
	if (n > USERS_MAX)
		check_unseen(
		    c, "sshd was asked about %d accounts only", USERS_MAX);
	progress_end();
}

void
check_sshd_rule(struct check *c, const struct sshd_rule *r)
{
	const struct sshd_options *o;
	const struct sshd_line *l;
	size_t i;

	if (r->user == NULL)
		judge_users(c, r);
	else if ((o = check_sshd(c, r->user)) != NULL)
		judge(c, r, o);
	if (c->scan->sshd == NULL)
		return;
	for (i = 0; (l = sshd_line(c->scan->sshd, i)) != NULL; i++) {
		if (l->conditional && strcmp(l->keyword, r->keyword) == 0 &&
		    strcasecmp(l->value, r->good) != 0)
			check_broken(c, check_where(l->file, l->line), r->mend,
			    "%s is %s where this Match holds: %s", r->keyword,
			    l->value, r->what);
	}
	if (sshd_host_others(c->scan->sshd) > 0)
		check_unseen(c,
		    "%zu more sshd run on this host and were not "
		    "looked at",
		    sshd_host_others(c->scan->sshd));
}

/* A file of every account, by its name in the home. */
static void
look_in_homes(struct check *c, const char *name, line_each each)
{
	char path[PATH_MAX];
	const struct passwd *pw;

	setpwent();
	while ((pw = getpwent()) != NULL) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", pw->pw_dir,
			name) < sizeof(path))
			check_lines(c, path, each);
	}
	endpwent();
}

static void
forward_agent_line(
    struct check *c, const char *file, unsigned int number, char *line)
{
	char *rest = line, *keyword, *value;

	if ((keyword = text_word(&rest, " \t=")) == NULL ||
	    strcasecmp(keyword, "forwardagent") != 0)
		return;
	value = text_word(&rest, " \t=");
	if (value == NULL || strcasecmp(value, "no") != 0)
		check_broken(c, check_where(file, number),
		    "write ForwardAgent no, and go through a host by ProxyJump",
		    "the agent is forwarded: whoever has the other host may "
		    "use its keys");
}

void
distinct_forwarding(struct check *c)
{
	static const struct sshd_rule rule = {"allowagentforwarding", "no",
	    NULL,
	    "whoever is root here may use the keys of who logs in, on other "
	    "hosts",
	    "write AllowAgentForwarding no"};

	check_sshd_rule(c, &rule);
	check_lines(c, "/etc/ssh/ssh_config", forward_agent_line);
	check_files(c, "/etc/ssh/ssh_config.d/*.conf", forward_agent_line);
	look_in_homes(c, ".ssh/config", forward_agent_line);
}

static void
trusted_host_line(
    struct check *c, const char *file, unsigned int number, char *line)
{
	line[strcspn(line, " \t")] = '\0';
	check_broken(c, check_where(file, number), "remove the file",
	    "host '%s' is trusted by its name", line);
}

void
distinct_rhosts(struct check *c)
{
	static const char *const files[] = {
	    "/etc/hosts.equiv", "/etc/shosts.equiv", "/etc/ssh/shosts.equiv"};
	size_t i;

	for (i = 0; i < nitems(files); i++)
		check_lines(c, files[i], trusted_host_line);
	look_in_homes(c, ".rhosts", trusted_host_line);
	look_in_homes(c, ".shosts", trusted_host_line);
}

void
distinct_hostbased(struct check *c)
{
	static const struct sshd_rule rule = {"hostbasedauthentication", "no",
	    NULL, "another host's word is enough to log in",
	    "write HostbasedAuthentication no"};

	check_sshd_rule(c, &rule);
}

void
distinct_sources(struct check *c)
{
	const struct net_list *sources =
	    &config_policy(c->scan->config, "sshd")->sources;
	static const char mend[] = "set [policy] sources to the networks that "
				   "backup's administrators come from";
	size_t i;

	if (sources->n == 0)
		check_broken(c, c->scan->inv->config_path, mend,
		    "sshd's logins may come from anywhere: [policy] sources "
		    "is empty");
	for (i = 0; i < sources->n; i++) {
		if (sources->net[i].bits == 0)
			check_broken(c, c->scan->inv->config_path, mend,
			    "[policy] sources has a network that is "
			    "everything");
	}
}
