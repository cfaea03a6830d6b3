/*
 * bulkhead password: a generated password for a backup realm's account.
 * No other counts there, so none of production's opens it.
 */
#include "core/crypto/crypto.h"
#include "core/factor.h"
#include "tools/client.h"
#include "tools/output.h"

#include <crypt.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <shadow.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHPASSWD   "/usr/sbin/chpasswd"
#define RANDOM_LEN 10 /* 80 bits: 16 characters of base32 */
#define SALT_LEN   16
#define GROUP	   4
#define PHRASE_LEN (RANDOM_LEN * 8 / 5 + 3)

/* The field of the login as it stands in the file; NULL: none. */
static char *
shadow_field(const char *login)
{
	const struct spwd *sp;
	char *field = NULL;
	FILE *in;

	if ((in = fopen(SHADOW, "re")) == NULL)
		return NULL;
	while (field == NULL && (sp = fgetspent(in)) != NULL) {
		if (strcmp(sp->sp_namp, login) == 0)
			field = strdup(sp->sp_pwdp);
	}
	(void)fclose(in);
	return field;
}

/* "abcd-efgh-ijkl-mnop" with a NUL behind. */
static enum bh_err
generate(struct buf **phrasep)
{
	uint8_t bytes[RANDOM_LEN];
	struct buf *text = NULL, *phrase;
	size_t i;
	enum bh_err e;

	if ((phrase = buf_new(PHRASE_LEN + 1)) == NULL)
		return BH_ERR_NOMEM;
	if ((e = crypto_random(bytes, sizeof(bytes))) == BH_OK)
		e = base32_encode(bytes, sizeof(bytes), &text);
	secret_wipe(bytes, sizeof(bytes));
	for (i = 0; e == BH_OK && i < text->len; i++) {
		if (i > 0 && i % GROUP == 0)
			e = buf_put_u8(phrase, '-');
		if (e == BH_OK)
			e = buf_put_u8(phrase, (uint8_t)tolower(text->data[i]));
	}
	if (e == BH_OK)
		e = buf_put_u8(phrase, '\0');
	buf_free(text);
	if (e == BH_OK)
		*phrasep = phrase;
	else
		buf_free(phrase);
	return e;
}

/* "LOGIN:HASH\n", as chpasswd -e reads it; yescrypt. */
static enum bh_err
hash_line(const char *login, const struct buf *phrase, struct buf **linep)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], salt[SALT_LEN];
	struct crypt_data *data = NULL;
	struct buf *work, *line = NULL;
	const char *hash;
	enum bh_err e;

	if ((work = buf_new(sizeof(*data))) == NULL)
		return BH_ERR_NOMEM;
	work->len = sizeof(*data);
	memset(work->data, 0, work->len);
	data = (struct crypt_data *)(void *)work->data;
	if ((e = crypto_random(salt, sizeof(salt))) != BH_OK)
		goto out;
	e = BH_ERR_CRYPTO;
	if (crypt_gensalt_rn("$y$", 0, salt, sizeof(salt), setting,
		sizeof(setting)) == NULL ||
	    (hash = crypt_rn((const char *)phrase->data, setting, data,
		 (int)sizeof(*data))) == NULL)
		goto out;
	if ((line = buf_new(strlen(login) + strlen(hash) + 2)) == NULL) {
		e = BH_ERR_NOMEM;
		goto out;
	}
	if ((e = buf_put(line, login, strlen(login))) == BH_OK &&
	    (e = buf_put_u8(line, ':')) == BH_OK &&
	    (e = buf_put(line, hash, strlen(hash))) == BH_OK)
		e = buf_put_u8(line, '\n');
out:
	buf_free(work);
	if (e == BH_OK)
		*linep = line;
	else
		buf_free(line);
	return e;
}

/* Start it with a clean environment and the pipe as its input. */
static enum bh_err
start(int input, pid_t *pidp)
{
	char path[] = CHPASSWD, option[] = "-e";
	char search[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char locale[] = "LC_ALL=C";
	char *argv[] = {path, option, NULL}, *env[] = {search, locale, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t pipe_signal, none;
	int rv;

	(void)sigemptyset(&none);
	(void)sigemptyset(&pipe_signal);
	(void)sigaddset(&pipe_signal, SIGPIPE);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return BH_ERR_NOMEM;
	if (posix_spawnattr_init(&attr) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return BH_ERR_NOMEM;
	}
	if ((rv = posix_spawn_file_actions_adddup2(
		 &actions, input, STDIN_FILENO)) == 0 &&
	    (rv = posix_spawn_file_actions_adddup2(
		 &actions, STDERR_FILENO, STDOUT_FILENO)) == 0 &&
	    (rv = posix_spawnattr_setsigdefault(&attr, &pipe_signal)) == 0 &&
	    (rv = posix_spawnattr_setsigmask(&attr, &none)) == 0 &&
	    (rv = posix_spawnattr_setflags(
		 &attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)) == 0)
		rv = posix_spawn(pidp, CHPASSWD, &actions, &attr, argv, env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&actions);
	return rv == 0 ? BH_OK : err_from_errno(rv);
}

/* The line fits into a pipe, so one write is all of it. */
static enum bh_err
set_shadow(const struct buf *line)
{
	int fd[2], status = -1;
	enum bh_err e;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) == -1)
		return err_from_errno(errno);
	e = start(fd[0], &pid);
	(void)close(fd[0]);
	if (e == BH_OK &&
	    write(fd[1], line->data, line->len) != (ssize_t)line->len)
		e = BH_ERR_IO;
	(void)close(fd[1]);
	if (e != BH_OK && e != BH_ERR_IO)
		return e;
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return BH_ERR_SYSTEM;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? e
							     : BH_ERR_SYSTEM;
}

static int
ask(struct invocation *inv, const char *op, const char *shadow)
{
	json_t *reply = NULL;
	int code;

	code = client_call(inv,
	    json_pack("{s:s, s:s, s:s}", "op", op, "login",
		inv_value(inv, "LOGIN"), "shadow", shadow),
	    &reply);
	json_decref(reply);
	return code;
}

/* The account's new entry, as it stands in the file, becomes the one that
 * counts. */
static int
record(struct invocation *inv, const char *login)
{
	char *field;
	int code;

	if ((field = shadow_field(login)) == NULL)
		return out_fail(inv, CLI_FAILED,
		    SHADOW " has no entry for %s although chpasswd wrote it",
		    login);
	code = ask(inv, "password.set", field);
	free(field);
	if (code != CLI_DONE)
		out_note("the password of %s was changed but is not in the "
			 "register, so it opens nothing; run this again",
		    login);
	return code;
}

static int
show(struct invocation *inv, const char *login, const struct buf *phrase)
{
	const char *text = (const char *)phrase->data;

	if (inv->json)
		return out_json(inv,
		    json_pack("{s:s, s:s}", "login", login, "password", text));
	out_text(inv, "%s\n", text);
	(void)fflush(stdout);
	out_note("this is the new password of %s, hyphens included. It is "
		 "shown this once: keep it in a password manager or on paper, "
		 "apart from production's, and never where production can "
		 "read it",
	    login);
	return CLI_DONE;
}

static int
change(struct invocation *inv, const char *login)
{
	struct buf *phrase = NULL, *line = NULL;
	enum bh_err e;
	int code;

	if ((e = generate(&phrase)) != BH_OK ||
	    (e = hash_line(login, phrase, &line)) != BH_OK)
		code = out_error(inv, e, "no password can be made");
	else if ((e = set_shadow(line)) != BH_OK)
		code = out_error(inv, e, CHPASSWD " did not set the password");
	else if ((code = record(inv, login)) == CLI_DONE)
		code = show(inv, login, phrase);
	buf_free(phrase);
	buf_free(line);
	return code;
}

static int
cmd_password(struct invocation *inv)
{
	const char *login = inv_value(inv, "LOGIN");
	char *field;
	int code;

	if (geteuid() != 0)
		return out_fail(inv, CLI_FAILED, "only root may; use sudo");
	if (crypto_open() != BH_OK)
		return out_fail(inv, CLI_FAILED, "OpenSSL does not work");
	field = shadow_field(login);
	/* refused here, nothing was changed */
	code = ask(inv, "password.check",
	    field != NULL && field[0] != '\0' ? field : "!");
	if (code == CLI_DONE && field == NULL)
		code = out_fail(inv, CLI_NO,
		    SHADOW " has no entry for %s; make the unix account first",
		    login);
	free(field);
	return code == CLI_DONE ? change(inv, login) : code;
}

static const struct arg operands[] = {
    {.name = "LOGIN", .required = true, .help = "whose password it becomes"},
};

const struct command commands_password[] = {
    {.name = "password",
	.run = cmd_password,
	.summary = "Give an account of a backup realm a generated password",
	.description =
	    "Makes a password of 80 random bits, sets it (yescrypt) and shows "
	    "it once.  In a backup realm the gate lets no other be set, and one "
	    "that stands in /etc/shadow all the same is a finding: so none that "
	    "is also used in production opens it.  Keep it in a password "
	    "manager or on paper, apart from production's.  Refused in a "
	    "production realm.",
	ARGS(operands, operands)},
    {.name = NULL},
};
