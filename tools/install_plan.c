/*
 * What bulkhead install would change, and what uninstall.
 */
#include "tools/install.h"

#include "core/host/pamfile.h"
#include "core/host/sshdfile.h"
#include "tools/client.h"
#include "tools/output.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The services that the gate is laid into.  group: the word of --services that
 * covers it too; follows: the service to which a distribution's file may leave
 * everything.
 */
static const struct service {
	const char *name;
	const char *group;
	const char *follows;
} services[] = {
    {"sshd", "sshd", NULL},
    {"sudo", "sudo", NULL},
    {"sudo-i", "sudo", "sudo"},
    {"su", "su", NULL},
    {"su-l", "su", "su"},
    {"polkit-1", "polkit-1", NULL},
    {"passwd", "passwd", NULL},
};

/* A password of one's own choice: only a backup realm refuses it, and passwd
 * has nothing else to gate. */
static bool
wanted(const struct service *s, const struct config *c)
{
	return strcmp(s->name, "passwd") != 0 || c->realm_class == CLASS_BACKUP;
}

static bool
in_list(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	if (list == NULL)
		return true;
	for (; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, word, len) == 0)
			return true;
	}
	return false;
}

/* Every word of --services must be one that the table knows. */
static int
check_list(struct invocation *inv, const char *list)
{
	size_t i, n;

	for (; list != NULL && *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		for (i = 0; i < nitems(services); i++) {
			if (strlen(services[i].name) == n &&
			    memcmp(services[i].name, list, n) == 0)
				break;
		}
		if (i == nitems(services))
			return out_fail(inv, CLI_USAGE,
			    "--services: there is no '%.*s'; it takes sshd, "
			    "sudo, sudo-i, su, su-l, polkit-1, passwd, with "
			    "commas between",
			    (int)n, list);
	}
	return CLI_DONE;
}

static int
unreadable(struct invocation *inv, enum bh_err e, const char *path)
{
	if (e == BH_ERR_UNSAFE)
		return out_fail(inv, CLI_NO,
		    "%s is no plain file of /etc, nor a link to one; make it "
		    "one, then try again",
		    path);
	return out_error(inv, e, "%s", path);
}

/* A FILE; takes before and after. */
static int
add_file(struct invocation *inv, json_t *files, const char *path,
    const char *kind, json_t *before, json_t *after)
{
	json_t *file = json_pack("{s:s, s:s, s:o, s:o}", "path", path, "kind",
	    kind, "before", before, "after", after);

	if (json_array_append_new(files, file) != 0)
		return out_fail(inv, CLI_FAILED, "out of memory");
	return CLI_DONE;
}

/* The service's own file, or what the distribution ships in its place.
 * *pathp: where ours is; *textp NULL: there is no such service. */
static int
read_service(struct invocation *inv, const char *name, char **pathp,
    json_t **sidep, char **textp)
{
	char path[PATH_MAX], dist[PATH_MAX];
	json_t *shipped = NULL;
	enum bh_err e;

	*textp = NULL;
	(void)snprintf(path, sizeof(path), INSTALL_PAM "/%s", name);
	(void)snprintf(dist, sizeof(dist), INSTALL_PAM_DIST "/%s", name);
	e = install_resolve(path, pathp);
	if (e == BH_ERR_NOTFOUND && access(path, F_OK) == -1) {
		*pathp = strdup(path);
		*sidep = json_null();
		e = install_read(dist, &shipped);
		if (e == BH_OK && json_is_object(shipped))
			*textp = install_text(shipped);
		json_decref(shipped);
		return e == BH_OK || e == BH_ERR_NOTFOUND
			   ? CLI_DONE
			   : unreadable(inv, e, dist);
	}
	if (e != BH_OK || (e = install_read(*pathp, sidep)) != BH_OK)
		return unreadable(inv, e, path);
	if ((*textp = install_text(*sidep)) == NULL)
		return out_fail(inv, CLI_NO,
		    "%s has a NUL in it; libpam can't read it", path);
	return CLI_DONE;
}

static int
name_to(json_t *list, const char *name)
{
	return json_array_append_new(list, json_string(name));
}

static bool
is_gated(const struct install_plan *p, const char *name)
{
	const json_t *s;
	size_t i;

	json_array_foreach(p->gated, i, s)
	{
		if (strcmp(json_string_value(s), name) == 0)
			return true;
	}
	return false;
}

/* One service that is there: its file as it is and as it would be. */
static int
plan_text(struct invocation *inv, const struct service *s, const char *path,
    json_t *before, const char *text, struct install_plan *p)
{
	char *gated = NULL;
	enum bh_err e = BH_OK;
	int code = CLI_DONE;

	(void)name_to(p->gated, s->name);
	if (s->follows != NULL && is_gated(p, s->follows) &&
	    pamfile_follows(text, s->follows)) {
		json_decref(before);
		return CLI_DONE;
	}
	e = pamfile_gate(
	    s->name, text, inv->config->realm_class == CLASS_BACKUP, &gated);
	if (e != BH_OK) {
		code = out_error(inv, e, "%s", path);
	} else if (strcmp(gated, text) != 0) {
		code = add_file(inv, p->files, path, "pam", before,
		    install_side(before, gated));
		before = NULL;
	}
	json_decref(before);
	free(gated);
	return code;
}

static int
plan_service(struct invocation *inv, const struct service *s, const char *list,
    struct install_plan *p)
{
	char *path = NULL, *text = NULL;
	json_t *before = NULL;
	int code;

	code = read_service(inv, s->name, &path, &before, &text);
	if (code == CLI_DONE && text != NULL) {
		if (in_list(list, s->name) || in_list(list, s->group)) {
			code = plan_text(inv, s, path, before, text, p);
			before = NULL;
		} else if (!pamfile_names_gate(text)) {
			(void)name_to(p->not_gated, s->name);
		} else {
			(void)name_to(p->gated, s->name);
		}
	}
	json_decref(before);
	free(path);
	free(text);
	return code;
}

/* The main file if its first words are not the folder's Include. */
static int
plan_sshd_file(
    struct invocation *inv, const char *config, struct install_plan *p)
{
	char *path = NULL, *text = NULL, *now = NULL;
	const char *drop_in = SSHDFILE_DROP_IN;
	json_t *before = NULL;
	enum bh_err e;
	int code;

	if ((e = install_resolve(config, &path)) != BH_OK ||
	    (e = install_read(path, &before)) != BH_OK)
		code = unreadable(inv, e, config);
	else if ((text = install_text(before)) == NULL)
		code = out_fail(inv, CLI_NO, "%s has a NUL in it", config);
	else if (sshdfile_reads_folder(text) &&
		 access(SSHDFILE_FOLDER, X_OK) == 0) {
		json_decref(before);
		before = NULL;
		if ((e = install_read(drop_in, &before)) != BH_OK)
			code = unreadable(inv, e, drop_in);
		else
			code = add_file(inv, p->files, drop_in, "sshd", before,
			    install_side(before, p->block)),
			before = NULL;
	} else if ((e = sshdfile_gate(text, p->block, &now)) != BH_OK) {
		code = out_error(inv, e, "%s", config);
	} else {
		code = add_file(inv, p->files, path, "sshd", before,
		    install_side(before, now));
		before = NULL;
	}
	json_decref(before);
	free(path);
	free(text);
	free(now);
	return code;
}

/* What sshd must ask for; nothing where it asks that already. */
static int
plan_sshd(struct invocation *inv, struct sshd_host *h, struct install_plan *p)
{
	const struct sshd_options *o;
	char *why = NULL, *methods = NULL;
	enum bh_err e;
	int code;

	if ((e = sshd_ask(h, "root", NULL, &o, &why)) != BH_OK) {
		code = out_fail(inv, CLI_NO, "%s; mend that first",
		    why != NULL ? why : err_text(e));
		free(why);
		return code;
	}
	e = sshdfile_methods(sshd_value(o, "authenticationmethods", 0),
	    sshd_is(o, "pubkeyauthentication", "yes"),
	    sshd_is(o, "passwordauthentication", "yes") ||
		sshd_is(o, "kbdinteractiveauthentication", "yes"),
	    &methods);
	if (e == BH_OK && methods == NULL && sshd_is(o, "usepam", "yes") &&
	    sshd_is(o, "kbdinteractiveauthentication", "yes"))
		return CLI_DONE;
	if (e != BH_OK || (e = sshdfile_block(methods, &p->block)) != BH_OK)
		code = out_error(inv, e, "sshd's settings");
	else
		code = plan_sshd_file(inv, sshd_host_config(h), p);
	free(methods);
	return code;
}

int
install_plan(struct invocation *inv, const char *list, struct sshd_host *h,
    struct install_plan *p)
{
	size_t i;
	int code;

	*p = (struct install_plan){.files = json_array(),
	    .gated = json_array(),
	    .not_gated = json_array()};
	if (inv_config(inv) == NULL)
		return CLI_FAILED;
	if ((code = check_list(inv, list)) != CLI_DONE)
		return code;
	/* sshd's settings first: with them alone nobody is admitted who was
	 * not before, and nobody locked out who has a password */
	if (h != NULL && in_list(list, "sshd"))
		code = plan_sshd(inv, h, p);
	for (i = 0; i < nitems(services) && code == CLI_DONE; i++) {
		if (wanted(&services[i], inv->config))
			code = plan_service(inv, &services[i], list, p);
	}
	return code;
}

void
install_plan_free(struct install_plan *p)
{
	json_decref(p->files);
	json_decref(p->gated);
	json_decref(p->not_gated);
	free(p->block);
}

bool
install_has_file(const json_t *files, const char *path)
{
	const json_t *f;
	size_t i;

	json_array_foreach(files, i, f)
	{
		if (strcmp(reply_text(f, "path"), path) == 0)
			return true;
	}
	return false;
}

/* What is left of a file without our lines: an empty drop-in goes. */
static int
add_ungated(struct invocation *inv, json_t *files, const char *path,
    const char *kind, json_t *now, const char *text)
{
	json_t *after = NULL;
	char *bare = NULL;
	enum bh_err e;

	if ((e = install_ungate(kind, text, &bare)) != BH_OK) {
		json_decref(now);
		return out_error(inv, e, "%s", path);
	}
	if (bare[0] == '\0' && strcmp(path, SSHDFILE_DROP_IN) == 0)
		after = json_null();
	else
		after = install_side(now, bare);
	if (strcmp(bare, text) == 0) {
		json_decref(now);
		json_decref(after);
		free(bare);
		return CLI_DONE;
	}
	free(bare);
	return add_file(inv, files, path, kind, now, after);
}

/* A file of the state: as it was, if it is as it was left. */
static int
plan_known(struct invocation *inv, const json_t *f, json_t *files)
{
	const char *path = reply_text(f, "path"), *kind = reply_text(f, "kind");
	const json_t *left = json_object_get(f, "after");
	json_t *now = NULL, *before = json_object_get(f, "before");
	enum bh_err e = install_read(path, &now);
	char *text;
	int code;

	if (e != BH_OK)
		return unreadable(inv, e, path);
	if (json_is_null(now)) /* somebody has removed it */
		return CLI_DONE;
	if (install_same_bytes(now, left))
		return add_file(inv, files, path, kind, now,
		    install_held(before, left, now));
	if ((text = install_text(now)) == NULL) {
		json_decref(now);
		return out_fail(inv, CLI_NO, "%s has a NUL in it", path);
	}
	code = add_ungated(inv, files, path, kind, now, text);
	free(text);
	return code;
}

static int
plan_marked(
    struct invocation *inv, const char *path, const char *kind, json_t *files)
{
	char *real = NULL, *text = NULL;
	json_t *now = NULL;
	int code = CLI_DONE;

	if (install_resolve(path, &real) == BH_OK &&
	    !install_has_file(files, real) &&
	    install_read(real, &now) == BH_OK &&
	    (text = install_text(now)) != NULL) {
		code = add_ungated(inv, files, real, kind, now, text);
		now = NULL;
	}
	json_decref(now);
	free(real);
	free(text);
	return code;
}

int
install_plan_out(struct invocation *inv, const json_t *state, json_t **filesp)
{
	const json_t *f;
	char path[PATH_MAX];
	size_t i;
	int code = CLI_DONE;

	*filesp = json_array();
	json_array_foreach(json_object_get(state, "installed"), i, f)
	{
		if (code == CLI_DONE)
			code = plan_known(inv, f, *filesp);
	}
	for (i = 0; i < nitems(services) && code == CLI_DONE; i++) {
		(void)snprintf(
		    path, sizeof(path), INSTALL_PAM "/%s", services[i].name);
		code = plan_marked(inv, path, "pam", *filesp);
	}
	if (code == CLI_DONE)
		code = plan_marked(inv, SSHDFILE_DROP_IN, "sshd", *filesp);
	if (code == CLI_DONE)
		code =
		    plan_marked(inv, "/etc/ssh/sshd_config", "sshd", *filesp);
	return code;
}
