/*
 * Modules: which file one is, whether it is there, whether it is the gate, and
 * what it may answer.
 */
#include "core/host/pam_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What stands for all phases in the table below. */
#define ALL PAM_PHASES

static const char *const symbols[PAM_PHASES] = {"pam_sm_authenticate",
    "pam_sm_acct_mgmt", "pam_sm_open_session", "pam_sm_chauthtok"};

/*
 * Modules of Linux-PAM that always answer the same; of all others any answer
 * is tried.
 */
static const struct known {
	const char *module;
	unsigned int phase;
	uint32_t answers;
} known[] = {
    {"pam_permit", ALL, CODE_BIT(CODE_SUCCESS)},
    {"pam_deny", PAM_PHASE_AUTH, CODE_BIT(CODE_AUTH_ERR)},
    {"pam_deny", PAM_PHASE_ACCOUNT, CODE_BIT(CODE_AUTH_ERR)},
    {"pam_deny", PAM_PHASE_SESSION, CODE_BIT(CODE_SESSION_ERR)},
    {"pam_deny", PAM_PHASE_PASSWORD, CODE_BIT(CODE_AUTHTOK_ERR)},
    {"pam_warn", ALL, CODE_BIT(CODE_IGNORE)},
    {"pam_env", PAM_PHASE_AUTH, CODE_BIT(CODE_IGNORE)},
    {"pam_group", PAM_PHASE_AUTH, CODE_BIT(CODE_IGNORE)},
    {"pam_mail", PAM_PHASE_AUTH, CODE_BIT(CODE_IGNORE)},
    {"pam_keyinit", PAM_PHASE_AUTH, CODE_BIT(CODE_IGNORE)},
    {"pam_faildelay", PAM_PHASE_AUTH,
	CODE_BIT(CODE_IGNORE) | CODE_BIT(CODE_SERVICE_ERR)},
    {"pam_selinux", PAM_PHASE_AUTH, CODE_BIT(CODE_AUTH_ERR)},
};

/*
 * Services whose program runs with the caller's own user id, so that
 * pam_rootok refuses him, and pam_succeed_if that asks for root.  A daemon's is
 * 0: there it lets everybody in; and so is that of polkit's helper where
 * systemd starts it.
 */
static const char *const own_uid[] = {"su", "su-l", "sudo", "sudo-i", "chfn",
    "chsh", "passwd", "newgrp", "sg", "gpasswd", "expiry", "chage", "doas",
    "runuser", "runuser-l"};

/* Modules whose success proves no password. */
static const char *const no_password[] = {"pam_permit", "pam_deny", "pam_warn",
    "pam_env", "pam_group", "pam_mail", "pam_keyinit", "pam_faildelay",
    "pam_selinux", "pam_faillock", "pam_tally", "pam_tally2", "pam_nologin",
    "pam_succeed_if", "pam_usertype", "pam_localuser", "pam_listfile",
    "pam_access", "pam_time", "pam_wheel", "pam_rootok", "pam_securetty",
    "pam_shells", "pam_sepermit", "pam_issue", "pam_echo", "pam_exec",
    "pam_limits", "pam_loginuid", "pam_umask", "pam_lastlog", "pam_motd",
    "pam_rhosts", "pam_u2f", "pam_oath", "pam_google_authenticator",
    "pam_yubico", "pam_cap", "pam_gnome_keyring", "pam_kwallet", "pam_kwallet5",
    "pam_systemd", "pam_systemd_home", "pam_fprintd", "pam_time", "pam_pkcs11",
    "pam_ssh_agent_auth", "pam_preauth"};

static bool
listed(const char *name, size_t len, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strlen(list[i]) == len && memcmp(name, list[i], len) == 0)
			return true;
	}
	return false;
}

/* The module's name without folder and ending. */
static const char *
module_name(const char *module, size_t *lenp)
{
	const char *name = strrchr(module, '/');

	name = name != NULL ? name + 1 : module;
	*lenp = strcspn(name, ".");
	return name;
}

/* Look into the file: dlopen takes an ELF object, dlsym what it names. */
static void
look_into(struct pam_object *o, const char *path)
{
	struct text *t = NULL;
	enum bh_err e = text_open_linked(path, &t);
	const char *bytes;
	size_t len, i;

	o->sure = true;
	if (e == BH_ERR_FULL) { /* a large one: taken as whole */
		o->there = true;
		for (i = 0; i < PAM_PHASES; i++)
			o->phase[i] = true;
		return;
	}
	if (e != BH_OK) {
		o->sure = e == BH_ERR_NOTFOUND || e == BH_ERR_UNSAFE;
		return;
	}
	bytes = text_bytes(t, &len);
	o->there = len >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
	for (i = 0; i < PAM_PHASES; i++)
		o->phase[i] =
		    memmem(bytes, len, symbols[i], strlen(symbols[i])) != NULL;
	text_close(t);
}

/* Try one folder for it. */
static enum bh_err
try_folder(struct pam_host *h, struct pam_object *o, const char *folder)
{
	char *path = NULL, *full = NULL;
	struct stat st;
	enum bh_err e = BH_ERR_NOMEM;

	if (asprintf(&path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "",
		o->name) == -1)
		return e;
	if ((full = pam_rooted(h, path)) != NULL) {
		e = BH_OK;
		look_into(o, full);
		if (o->there && stat(full, &st) == 0) {
			o->dev = st.st_dev;
			o->ino = st.st_ino;
		}
	}
	free(full);
	free(path);
	return e;
}

static enum bh_err
find_object(struct pam_host *h, const char *name, struct pam_object **op)
{
	struct pam_object *o;
	enum bh_err e;

	for (o = h->objects; o != NULL; o = o->next) {
		if (strcmp(o->name, name) == 0) {
			*op = o;
			return BH_OK;
		}
	}
	if ((o = pam_alloc(h, sizeof(*o))) == NULL ||
	    (o->name = pam_copy(h, name)) == NULL)
		return BH_ERR_NOMEM;
	e = try_folder(h, o, name[0] == '/' ? "" : h->module_dir);
	if (e == BH_OK && !o->there && o->sure && name[0] != '/' && h->debian)
		e = try_folder(h, o, PAM_ISA_FOLDER);
	/* libpam puts a folder of its own for $ISA. */
	if (strstr(name, "$ISA") != NULL)
		o->sure = false;
	o->next = h->objects;
	h->objects = o;
	*op = o;
	return e;
}

static enum bh_err
is_gate(struct pam_host *h, const struct pam_object *o, bool *gatep)
{
	struct pam_object *gate;
	enum bh_err e;

	*gatep = strcmp(o->name, PAM_GATE) == 0;
	if (*gatep || !o->there)
		return BH_OK;
	if ((e = find_object(h, PAM_GATE, &gate)) == BH_OK)
		*gatep =
		    gate->there && gate->dev == o->dev && gate->ino == o->ino;
	return e;
}

/* "uid = 0 use_uid": it asks whether the caller himself is root. */
static bool
asks_root(const char *args)
{
	const char *at = strstr(args, "uid ");
	size_t n = 0;

	if (strstr(args, "use_uid") == NULL || at == NULL ||
	    (at != args && at[-1] != ' '))
		return false;
	at += strlen("uid ");
	if (strncmp(at, "= 0", 3) == 0)
		n = 3;
	else if (strncmp(at, "eq 0", 4) == 0)
		n = 4;
	return n > 0 && (at[n] == ' ' || at[n] == '\0');
}

static uint32_t
known_answers(const char *service, enum pam_phase phase, const char *name,
    size_t len, const char *args)
{
	size_t i;

	for (i = 0; i < nitems(known); i++) {
		if ((known[i].phase == ALL || known[i].phase == phase) &&
		    strlen(known[i].module) == len &&
		    memcmp(known[i].module, name, len) == 0)
			return known[i].answers;
	}
	if ((len == strlen("pam_rootok") &&
		memcmp(name, "pam_rootok", len) == 0) ||
	    (len == strlen("pam_succeed_if") &&
		memcmp(name, "pam_succeed_if", len) == 0 && asks_root(args)))
		return listed(
			   service, strlen(service), own_uid, nitems(own_uid))
			   ? CODE_BIT(CODE_AUTH_ERR)
			   : CODE_ANY;
	return CODE_ANY;
}

enum bh_err
pam_answers(struct pam_host *h, const char *service, enum pam_phase phase,
    struct pam_line *l)
{
	struct pam_object *o;
	enum bh_err e;
	const char *name;
	size_t len;

	if ((e = find_object(h, l->module, &o)) != BH_OK ||
	    (e = is_gate(h, o, &l->gate)) != BH_OK)
		return e;
	name = module_name(l->module, &len);
	l->there = o->there && o->phase[phase];
	l->shadow =
	    len == strlen("pam_unix") && memcmp(name, "pam_unix", len) == 0;
	l->password =
	    !l->gate && !listed(name, len, no_password, nitems(no_password));
	if (!o->sure && !o->there)
		l->answers = CODE_ANY;
	else if (!l->there)
		l->answers = CODE_BIT(CODE_MODULE_UNKNOWN);
	else
		l->answers = known_answers(service, phase, name, len, l->args);
	return BH_OK;
}
