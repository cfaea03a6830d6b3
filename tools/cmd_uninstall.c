/*
 * bulkhead confirm and bulkhead uninstall: keep what install has laid, or take
 * it out.
 */
#include "tools/install.h"

#include "base/hex.h"
#include "core/crypto/crypto.h"
#include "core/host/pamfile.h"
#include "tools/client.h"
#include "tools/output.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
confirm(struct invocation *inv, json_t *state)
{
	json_t *pending = install_pending(state);
	char *login = NULL;
	enum bh_err e;
	int code;

	if (pending == NULL ||
	    strcmp(reply_text(pending, "kind"), "install") != 0)
		return out_fail(inv, CLI_NO,
		    "no install waits to be confirmed%s",
		    json_array_size(json_object_get(state, "installed")) > 0
			? ": the gate is laid, and confirmed"
			: "");
	if (install_expired(pending))
		return out_fail(inv, CLI_NO,
		    "too late: its time is over, and everything is put back "
		    "as it was ('bulkhead install --finish' does it now)");
	code = install_proof(inv, reply_number(pending, "laid_ticks"), &login);
	if (code != CLI_DONE)
		return code;
	if ((e = install_keep(state)) == BH_OK)
		install_record(inv, "confirmed", login, NULL);
	if (e != BH_OK)
		code = out_error(inv, e, INSTALL_STATE);
	else if (inv->json)
		code = out_json(inv,
		    json_pack("{s:b, s:s*}", "confirmed", 1, "login", login));
	else
		out_text(inv,
		    "Confirmed: the gate stays. (%s came through it)\n",
		    login != NULL ? login : "");
	free(login);
	return code;
}

int
cmd_confirm(struct invocation *inv)
{
	struct install_why why = {""};
	json_t *state;
	int lock, code;

	if (geteuid() != 0)
		return out_fail(inv, CLI_FAILED, "only root may; use sudo");
	if (install_open(true, &lock, &state, &why) != BH_OK)
		return out_fail(inv, CLI_FAILED, "%s", why.text);
	code = confirm(inv, state);
	json_decref(state);
	install_unlock(lock);
	return code;
}

/* Lines of the gate that install has not laid, in any service's file: they
 * are somebody's own, and lock out once the module is gone. */
static void
name_own_lines(json_t *notes)
{
	const struct dirent *entry;
	DIR *folder = opendir(INSTALL_PAM);

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char path[512], *text = NULL;
		json_t *side = NULL;

		(void)snprintf(
		    path, sizeof(path), INSTALL_PAM "/%s", entry->d_name);
		if (install_read(path, &side) == BH_OK &&
		    (text = install_text(side)) != NULL &&
		    pamfile_names_gate(text))
			(void)json_array_append_new(notes,
			    json_sprintf("%s: lines of the gate that install "
					 "has not laid are kept",
				path));
		free(text);
		json_decref(side);
	}
	if (folder != NULL)
		(void)closedir(folder);
}

/* Which of them are not what they were before the install. */
static void
name_changed(const json_t *state, const json_t *files, json_t *notes)
{
	const json_t *installed = json_object_get(state, "installed"), *f, *old;
	size_t i, k;

	json_array_foreach(files, i, f)
	{
		json_array_foreach(installed, k, old)
		{
			if (json_equal(json_object_get(old, "path"),
				json_object_get(f, "path")) &&
			    !install_same_bytes(json_object_get(old, "before"),
				json_object_get(f, "after")))
				(void)json_array_append_new(notes,
				    json_sprintf(
					"%s was changed since the install: "
					"the gate's lines are taken out, the "
					"rest is kept",
					reply_text(f, "path")));
		}
	}
}

static enum bh_err
take_out(json_t *state, json_t *files, json_t *notes, struct install_why *why)
{
	uint8_t bytes[16];
	char id[2 * sizeof(bytes) + 1];
	json_t *pending;
	enum bh_err e;
	int tell;

	if ((e = crypto_random(bytes, sizeof(bytes))) != BH_OK)
		return e;
	hex_encode(bytes, sizeof(bytes), id);
	pending = json_pack("{s:s, s:s, s:s, s:O}", "id", id, "kind",
	    "uninstall", "state", "laying", "files", files);
	if (json_object_set_new(state, "pending", pending) != 0)
		return BH_ERR_NOMEM;
	/* A watcher of its own finishes it if this process is ended; tell is
	 * never written to, and closes with it. */
	if ((e = install_save(state)) != BH_OK ||
	    (e = install_watch(id, &tell)) != BH_OK)
		return e;
	return install_undo(state, notes, why);
}

static int
report(
    struct invocation *inv, const json_t *files, json_t *changes, json_t *notes)
{
	bool done = !inv_given(inv, "dry-run");
	json_t *list = json_array(), *note;
	const json_t *f;
	size_t i;

	json_array_foreach(files, i, f)(void)
	    json_array_append(list, json_object_get(f, "path"));
	if (inv->json)
		return out_json(inv,
		    json_pack("{s:b, s:o, s:O, s:O}", "done", done, "files",
			list, "changes", changes, "notes", notes));
	json_decref(list);
	json_array_foreach(notes, i, note)
	    out_text(inv, "%s\n", json_string_value(note));
	if (json_array_size(files) == 0)
		out_text(inv, "Nothing to take out.\n");
	else if (!done)
		out_text(inv, "Nothing was changed.\n");
	else
		out_text(inv,
		    "The gate's lines are out: ssh, sudo and su ask for no "
		    "code any more.\n"
		    "Kept: /etc/bulkhead, and the realm's store with its "
		    "ledger.\n");
	return CLI_DONE;
}

/* The one that waits for confirm goes at once. */
static int
cancel(struct invocation *inv, json_t *state, json_t *changes, json_t *notes)
{
	json_t *files =
	    json_incref(json_object_get(install_pending(state), "files"));
	struct install_why why = {""};
	int code;

	if (!inv_given(inv, "dry-run") &&
	    install_undo(state, notes, &why) != BH_OK)
		code = out_fail(inv, CLI_FAILED, "%s", why.text);
	else
		code = report(inv, files, changes, notes);
	if (code == CLI_DONE && !inv_given(inv, "dry-run"))
		install_record(inv, "put-back", NULL, NULL);
	json_decref(files);
	return code;
}

/* Nothing interrupts it from here on. */
static int
go_on(struct invocation *inv, json_t *state, json_t *files, json_t *notes)
{
	struct install_why why = {""};
	sigset_t all;
	enum bh_err e;

	if (json_array_size(files) == 0 &&
	    json_array_size(json_object_get(state, "installed")) == 0)
		return CLI_DONE;
	name_changed(state, files, notes);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	if ((e = take_out(state, files, notes, &why)) != BH_OK)
		return out_fail(inv, CLI_FAILED, "%s",
		    why.text[0] != '\0' ? why.text : err_text(e));
	install_record(inv, "removed", NULL, NULL);
	name_own_lines(notes);
	return CLI_DONE;
}

static int
uninstall(struct invocation *inv, json_t *state, json_t *changes, json_t *notes)
{
	bool dry = inv_given(inv, "dry-run");
	json_t *files = NULL;
	int code;

	if (install_pending(state) != NULL)
		return cancel(inv, state, changes, notes);
	code = install_plan_out(inv, state, &files);
	if (code == CLI_DONE)
		code = install_show(inv, files, changes);
	if (code == CLI_DONE && json_array_size(files) > 0 && !dry)
		code = install_ask(inv, "Make these changes? [y/N] ");
	if (code == CLI_DONE && !dry)
		code = go_on(inv, state, files, notes);
	if (code == CLI_DONE)
		code = report(inv, files, changes, notes);
	json_decref(files);
	return code;
}

int
cmd_uninstall(struct invocation *inv)
{
	struct install_why why = {""};
	json_t *state, *notes, *changes;
	int lock, code;

	if (geteuid() != 0)
		return out_fail(inv, CLI_FAILED, "only root may; use sudo");
	if (crypto_open() != BH_OK)
		return out_fail(inv, CLI_FAILED, "OpenSSL does not work");
	if (install_open(true, &lock, &state, &why) != BH_OK)
		return out_fail(inv, CLI_FAILED, "%s", why.text);
	notes = json_array();
	changes = json_array();
	code = uninstall(inv, state, changes, notes);
	json_decref(changes);
	json_decref(notes);
	json_decref(state);
	install_unlock(lock);
	return code;
}
