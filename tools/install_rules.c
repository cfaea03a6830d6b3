/*
 * May the gate be laid on this host?  Not if it would lock its owners out.
 */
#include "tools/install.h"

#include "base/msg.h"
#include "core/host/program.h"
#include "core/host/sshdfile.h"
#include "tools/client.h"
#include "tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SUDO   "/usr/bin/sudo"
#define VISUDO "/usr/sbin/visudo"
#define MODULE PAM_MODULE_FOLDER "/pam_bulkhead.so"

/* Does somebody listen at the gate? */
static int
check_gate(struct invocation *inv)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = inv->config->socket;
	int fd, rv, why;

	if (!msg_set(sun.sun_path, sizeof(sun.sun_path), path))
		return out_fail(
		    inv, CLI_FAILED, "%s: too long for a socket", path);
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) == -1)
		return out_fail(inv, CLI_FAILED, "socket: %s", strerror(errno));
	rv = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	why = errno;
	(void)close(fd);
	if (rv == 0)
		return CLI_DONE;
	return out_fail(inv, CLI_NO,
	    "nobody answers at %s (%s), so nobody would be admitted; start "
	    "bulkheadd (systemctl enable --now bulkheadd-gate.socket "
	    "bulkheadd-admin.socket bulkheadd)",
	    path, strerror(why));
}

static int
check_daemon(struct invocation *inv)
{
	json_t *reply = NULL;
	int code;

	if (access(MODULE, R_OK) != 0)
		return out_fail(inv, CLI_NO,
		    MODULE ": %s; libpam would find no gate and admit nobody. "
			   "Install the module first",
		    strerror(errno));
	if ((code = check_gate(inv)) != CLI_DONE)
		return code;
	code = client_call(inv, json_pack("{s:s}", "op", "ping"), &reply);
	if (code != CLI_DONE)
		return code;
	if (!reply_flag(reply, "daemon"))
		code = out_fail(inv, CLI_NO,
		    "bulkheadd does not run, so nobody would be admitted; "
		    "start it first");
	else if (strcmp(reply_text(reply, "realm"), inv->config->realm) != 0)
		code = out_fail(inv, CLI_NO,
		    "the daemon is of realm %s, the configuration of %s; "
		    "restart bulkheadd",
		    reply_text(reply, "realm"), inv->config->realm);
	json_decref(reply);
	return code;
}

bool
install_has_password(const char *login)
{
	const struct spwd *sp = getspnam(login);

	return sp != NULL && sp->sp_pwdp != NULL && sp->sp_pwdp[0] != '\0' &&
	       sp->sp_pwdp[0] != '!' && sp->sp_pwdp[0] != '*';
}

static int
check_emergency(struct invocation *inv)
{
	const char *path = inv->config->emergency_path;

	if (path[0] == '\0')
		return out_fail(inv, CLI_NO,
		    "there is no emergency path: if the daemon can't run, "
		    "nobody gets in. Say in %s, section [emergency], path = "
		    "console (and give root a password), or name your own",
		    inv->config_path);
	if (strcmp(path, "console") != 0)
		return CLI_DONE;
	if (!install_has_password("root"))
		return out_fail(inv, CLI_NO,
		    "[emergency] path is console, but root has no password, "
		    "so nobody can log in there; give root one (passwd root) "
		    "and keep it in a safe");
	if (access(INSTALL_PAM "/login", F_OK) != 0 &&
	    access(INSTALL_PAM_DIST "/login", F_OK) != 0)
		return out_fail(inv, CLI_NO,
		    "[emergency] path is console, but there is no PAM service "
		    "login, so nobody can log in there");
	return CLI_DONE;
}

/* sudo's own word: may this account run a shell as root? */
static bool
may_sudo(const char *login)
{
	const char *argv[] = {
	    SUDO, "-n", "-U", login, "-u", "root", "-l", "/bin/sh", NULL};
	struct program_result r;
	bool may;

	if (program_run(argv, &r) != BH_OK)
		return false;
	may = r.code == 0;
	program_free(&r);
	return may;
}

static bool
root_by_ssh(struct sshd_host *h)
{
	const struct sshd_options *o;
	char *why = NULL;
	bool may;

	may = h != NULL && sshd_ask(h, "root", NULL, &o, &why) == BH_OK &&
	      sshd_is(o, "permitrootlogin", "yes");
	free(why);
	return may;
}

/* Why this account, which has a token, can't administer; NULL: it can. */
static const char *
unable(struct sshd_host *h, const char *login)
{
	if (getpwnam(login) == NULL)
		return "is no account of this host";
	if (!install_has_password(login))
		return "has no password, which PAM asks for after the code "
		       "(passwd, or bulkhead password)";
	if (strcmp(login, "root") == 0)
		return root_by_ssh(h) ? NULL
				      : "can't be asked for a code by sshd "
					"(PermitRootLogin must be yes)";
	return may_sudo(login) ? NULL : "may not become root by sudo";
}

static int
check_administrator(struct invocation *inv, struct sshd_host *h)
{
	json_t *tokens = NULL, *row;
	const char *login, *why;
	char *text = NULL;
	size_t i, size;
	bool found = false;
	FILE *out;
	int code;

	code = client_list(
	    inv, json_pack("{s:s}", "op", "token.list"), "tokens", &tokens);
	if (code != CLI_DONE)
		return code;
	if ((out = open_memstream(&text, &size)) == NULL) {
		json_decref(tokens);
		return out_fail(inv, CLI_FAILED, "out of memory");
	}
	json_array_foreach(tokens, i, row)
	{
		login = reply_text(row, "login");
		if (found || strcmp(reply_text(row, "status"), "active") != 0)
			continue;
		if ((why = unable(h, login)) == NULL)
			found = true;
		else
			(void)fprintf(out, "; %s %s", login, why);
	}
	json_decref(tokens);
	if (fclose(out) != 0)
		code = out_fail(inv, CLI_FAILED, "out of memory");
	else if (!found)
		code = out_fail(inv, CLI_NO,
		    "nobody who can administer this host has a working token, "
		    "so it would lock you out. Enrol an account that may run "
		    "sudo ('bulkhead enroll LOGIN totp') and confirm its "
		    "token%s",
		    text);
	free(text);
	return code;
}

/* sudo itself must work, or nobody gets back. */
static int
check_sudoers(struct invocation *inv)
{
	const char *argv[] = {VISUDO, "-c", "-q", NULL};
	struct program_result r;
	int code = CLI_DONE;

	if (program_run(argv, &r) != BH_OK)
		return CLI_DONE; /* no sudo on this host */
	if (r.code != 0)
		code = out_fail(inv, CLI_NO,
		    "visudo -c finds fault with the sudoers file: %.200s",
		    r.err);
	program_free(&r);
	return code;
}

/* The configuration as it would be read, with our settings in front. */
static enum bh_err
stage_sshd(const char *config, const char *block)
{
	char *path = NULL, *text = NULL, *staged = NULL;
	json_t *now = NULL, *side = NULL;
	enum bh_err e;

	if ((e = install_resolve(config, &path)) == BH_OK &&
	    (e = install_read(path, &now)) == BH_OK) {
		text = install_text(now);
		e = text != NULL ? sshdfile_gate(text, block, &staged)
				 : BH_ERR_INPUT;
	}
	if (e == BH_OK && (side = install_side(NULL, staged)) == NULL)
		e = BH_ERR_NOMEM;
	if (e == BH_OK)
		e = install_put(INSTALL_STAGED, side, false);
	json_decref(now);
	json_decref(side);
	free(path);
	free(text);
	free(staged);
	return e;
}

static int
check_sshd(
    struct invocation *inv, struct sshd_host *h, const struct install_plan *p)
{
	char *why = NULL;
	enum bh_err e;
	int code = CLI_DONE;

	if (p->block == NULL)
		return CLI_DONE;
	if ((e = stage_sshd(sshd_host_config(h), p->block)) == BH_OK)
		e = sshd_check(h, INSTALL_STAGED, &why);
	if (e != BH_OK)
		code = out_fail(inv, CLI_NO,
		    "sshd would not start with the gate's settings: %s",
		    why != NULL ? why : err_text(e));
	(void)unlink(INSTALL_STAGED);
	free(why);
	return code;
}

/* confirm is given from a new login by ssh. */
static int
check_services(
    struct invocation *inv, struct sshd_host *h, const struct install_plan *p)
{
	const json_t *s;
	size_t i;

	if (h == NULL)
		return out_fail(inv, CLI_NO,
		    "there is no sshd on this host, and 'bulkhead confirm' is "
		    "given from a new login by ssh; install it first");
	json_array_foreach(p->gated, i, s)
	{
		if (strcmp(json_string_value(s), "sshd") == 0)
			return CLI_DONE;
	}
	return out_fail(inv, CLI_NO,
	    "sshd must be among the services: 'bulkhead confirm' is given "
	    "from a new login by ssh that came through the gate");
}

int
install_allowed(
    struct invocation *inv, struct sshd_host *h, const struct install_plan *p)
{
	int code;

	if ((code = check_services(inv, h, p)) != CLI_DONE ||
	    (code = check_daemon(inv)) != CLI_DONE ||
	    (code = check_emergency(inv)) != CLI_DONE ||
	    (code = check_sudoers(inv)) != CLI_DONE ||
	    (code = check_administrator(inv, h)) != CLI_DONE)
		return code;
	return check_sshd(inv, h, p);
}
