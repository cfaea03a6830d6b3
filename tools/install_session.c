/*
 * What the daemon is asked and told.  Which login session this command was
 * given in, and whether it came through the gate.  Login uid and audit session
 * are no proof of it: a host may have none, and sshd's own are inherited.  What
 * can't be had otherwise is a parent: the sshd process that opened the session
 * asked the gate itself, the daemon keeps its number and start time, and it is
 * above us.
 */
#include "tools/install.h"

#include "tools/client.h"
#include "tools/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PARENTS_MAX 100
#define FIELD_PPID  4 /* as in proc(5) */
#define FIELD_START 22

uint64_t
install_ticks(void)
{
	return install_boot_ms() * (uint64_t)sysconf(_SC_CLK_TCK) / 1000;
}

/* Parent and start time of a process. */
static bool
read_process(pid_t pid, pid_t *parentp, uint64_t *startp)
{
	char path[64], text[1024], *at;
	unsigned int field;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* the name in brackets may hold anything */
	if ((at = strrchr(text, ')')) == NULL)
		return false;
	for (field = 2; field < FIELD_START; field++) {
		if ((at = strchr(at, ' ')) == NULL)
			return false;
		at++;
		if (field + 1 == FIELD_PPID)
			*parentp = (pid_t)strtol(at, NULL, 10);
	}
	*startp = strtoull(at, NULL, 10);
	return *startp > 0;
}

/* Those above us that began after that moment. */
static json_t *
parents_since(uint64_t ticks)
{
	json_t *list = json_array();
	pid_t pid = getpid(), parent = 0;
	uint64_t start;
	int left;

	for (left = PARENTS_MAX; left > 0 && pid > 0; left--) {
		if (!read_process(pid, &parent, &start) || start <= ticks)
			break;
		(void)json_array_append_new(
		    list, json_sprintf("%ld:%llu", (long)pid,
			      (unsigned long long)start));
		pid = parent;
	}
	return list;
}

int
install_proof(struct invocation *inv, uint64_t laid_ticks, char **loginp)
{
	json_t *list = parents_since(laid_ticks), *reply = NULL;
	int code;

	code = client_ask(inv,
	    json_pack("{s:s, s:o}", "op", "session.through", "processes", list),
	    &reply);
	if (code != CLI_DONE)
		return code;
	if (reply_flag(reply, "ok")) {
		*loginp = strdup(reply_text(reply, "login"));
	} else if (reply_number(reply, "exit") == CLI_NO) {
		code = out_fail(inv, CLI_NO,
		    "this is not a new session that came through the gate. "
		    "Leave this one open, log in anew by ssh with your code, "
		    "and give 'sudo bulkhead confirm' there; not inside tmux "
		    "or screen, which belong to the login that started them");
	} else {
		code = client_refused(inv, reply);
	}
	json_decref(reply);
	return code;
}

/* "sshd, sudo"; to be freed, NULL: none, or no memory. */
static char *
join(const json_t *services)
{
	const json_t *s;
	char *text = NULL;
	size_t i, size;
	FILE *out;

	if (json_array_size(services) == 0 ||
	    (out = open_memstream(&text, &size)) == NULL)
		return NULL;
	json_array_foreach(services, i, s)(void)
	    fprintf(out, "%s%s", i > 0 ? ", " : "", json_string_value(s));
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

void
install_record(struct invocation *inv, const char *what, const char *login,
    const json_t *services)
{
	/* Not the command's own: its one JSON document is still to come. */
	struct invocation own = *inv;
	char *list = join(services);
	json_t *reply = NULL;

	own.json = false;
	if (access(own.config_path, F_OK) != 0) {
		free(list);
		return; /* no realm, no ledger */
	}
	if (client_call(&own,
		json_pack("{s:s, s:s, s:s*, s:s*}", "op", "gate.change", "what",
		    what, "login", login, "services", list),
		&reply) != CLI_DONE)
		out_note("it is done, but the ledger has no record of it");
	inv->config = own.config;
	json_decref(reply);
	free(list);
}
