/*
 * Changing the files of /etc to what was planned, and back.
 */
#include "tools/install.h"

#include "core/host/sshdfile.h"
#include "tools/client.h"

#include <stdlib.h>
#include <string.h>

enum bh_err
install_reload(struct install_why *why)
{
	struct sshd_host *h = NULL;
	char *said = NULL;
	enum bh_err e;

	e = sshd_find(&h, &said);
	if (e == BH_OK && sshd_host_runs(h)) {
		if ((e = sshd_check(h, sshd_host_config(h), &said)) == BH_OK &&
		    (e = sshd_reload(h)) != BH_OK)
			install_because(why,
			    "sshd did not read its configuration anew: %s",
			    err_text(e));
	} else if (e == BH_ERR_NOTFOUND) {
		e = BH_OK; /* no sshd on this host */
	}
	if (said != NULL && e != BH_OK)
		install_because(why, "%s", said);
	free(said);
	sshd_host_free(h);
	return e;
}

static enum bh_err
lay_one(const json_t *f, struct install_why *why)
{
	const char *path = reply_text(f, "path");
	json_t *now = NULL;
	enum bh_err e;

	if ((e = install_read(path, &now)) == BH_OK &&
	    !install_same(now, json_object_get(f, "before"))) {
		install_because(why,
		    "%s was changed by somebody else just now; look, and try "
		    "again",
		    path);
		json_decref(now);
		return BH_ERR_BUSY;
	}
	json_decref(now);
	if (e == BH_OK)
		e = install_put(path, json_object_get(f, "after"), false);
	if (e != BH_OK)
		install_because(why, "%s: %s", path, err_text(e));
	return e;
}

enum bh_err
install_lay(const json_t *files, const char *kind, struct install_why *why)
{
	enum bh_err e = BH_OK;
	const json_t *f;
	size_t i;

	json_array_foreach(files, i, f)
	{
		if (e == BH_OK && strcmp(reply_text(f, "kind"), kind) == 0)
			e = lay_one(f, why);
	}
	return e;
}

/* Somebody has changed the file since: our lines go, the rest is his. */
static enum bh_err
take_lines_out(
    const char *path, const char *kind, const json_t *now, json_t *notes)
{
	char *text = install_text(now), *bare = NULL;
	json_t *side = NULL;
	enum bh_err e;

	if (text == NULL)
		return BH_ERR_INPUT;
	if ((e = install_ungate(kind, text, &bare)) == BH_OK &&
	    strcmp(text, bare) != 0) {
		(void)json_array_append_new(notes,
		    json_sprintf("%s was changed by somebody since: the gate's "
				 "lines are out, the rest is kept",
			path));
		side = install_side(now, bare);
		if (side == NULL)
			e = BH_ERR_NOMEM;
		else if (bare[0] == '\0' && strcmp(path, SSHDFILE_DROP_IN) == 0)
			e = install_put(path, json_null(), false);
		else
			e = install_put(path, side, false);
	}
	json_decref(side);
	free(text);
	free(bare);
	return e;
}

/* Bring one FILE to the side "to" from the side "from", or wherever. */
static enum bh_err
bring(const json_t *f, const char *from, const char *to, json_t *notes)
{
	const json_t *want = json_object_get(f, to);
	const json_t *left = json_object_get(f, from);
	const char *path = reply_text(f, "path");
	json_t *now = NULL, *held = NULL;
	enum bh_err e;

	install_sweep(path);
	if ((e = install_read(path, &now)) != BH_OK)
		return e;
	if (install_same_bytes(now, want)) {
		e = BH_OK; /* what else is different is somebody's own */
	} else if (install_same_bytes(now, left)) {
		held = install_held(want, left, now);
		e = held != NULL ? install_put(path, held, true) : BH_ERR_NOMEM;
	} else if (!json_is_null(now)) {
		e = take_lines_out(path, reply_text(f, "kind"), now, notes);
	}
	json_decref(held);
	json_decref(now);
	return e;
}

/* PAM's files before sshd's: with sshd's settings alone nobody is admitted who
 * was not before. */
static enum bh_err
bring_all(
    const json_t *files, bool back, json_t *notes, struct install_why *why)
{
	const char *from = back ? "after" : "before";
	const char *to = back ? "before" : "after";
	size_t i, n = json_array_size(files);
	enum bh_err e, first = BH_OK;

	for (i = n; i > 0; i--) {
		const json_t *f = json_array_get(files, i - 1);

		e = bring(f, from, to, notes);
		if (e == BH_OK)
			continue;
		/* The others are put right all the same. */
		if (first == BH_OK)
			install_because(
			    why, "%s: %s", reply_text(f, "path"), err_text(e));
		first = first == BH_OK ? e : first;
	}
	return first;
}

/* The paths of what an uninstall has taken out. */
static enum bh_err
forget(json_t *state)
{
	json_t *pending = install_pending(state);
	int rv = 0;

	if (strcmp(reply_text(pending, "kind"), "uninstall") == 0)
		rv = json_object_set_new(state, "installed", json_array());
	if (rv != 0 || json_object_set_new(state, "pending", json_null()) != 0)
		return BH_ERR_NOMEM;
	return BH_OK;
}

enum bh_err
install_undo(json_t *state, json_t *notes, struct install_why *why)
{
	json_t *pending = install_pending(state);
	bool back;
	enum bh_err e;

	if (pending == NULL)
		return BH_OK;
	back = strcmp(reply_text(pending, "kind"), "install") == 0;
	/* One that still could be confirmed can't be any more. */
	if (!install_expired(pending) && (json_object_set_new(pending, "state",
					      json_string("undoing")) != 0 ||
					     install_save(state) != BH_OK)) {
		install_because(why, INSTALL_STATE " can't be written");
		return BH_ERR_IO;
	}
	e = bring_all(json_object_get(pending, "files"), back, notes, why);
	if (e != BH_OK)
		return e; /* it stays pending: the next try goes on */
	/* Not to be waited for: the files are right, and a broken sshd_config
	 * that somebody has written is his. */
	if (install_reload(why) != BH_OK)
		(void)json_array_append_new(
		    notes, json_sprintf("%s", why->text));
	if ((e = forget(state)) == BH_OK && (e = install_save(state)) != BH_OK)
		install_because(why, INSTALL_STATE ": %s", err_text(e));
	return e;
}

/*
 * FILE's "before" as an uninstall will want it: what stood there when the
 * gate was laid first, or, if the file was replaced since, what stands there
 * now without the gate.
 */
static json_t *
original(const json_t *installed, const json_t *f)
{
	const char *path = reply_text(f, "path");
	json_t *before = json_object_get(f, "before"), *old, *side = NULL;
	char *text = NULL, *bare = NULL;
	size_t i;

	json_array_foreach(installed, i, old)
	{
		const json_t *left = json_object_get(old, "after");

		if (strcmp(reply_text(old, "path"), path) == 0 &&
		    install_same_bytes(left, before))
			return install_held(
			    json_object_get(old, "before"), left, before);
	}
	if (json_is_null(before))
		return json_incref(before);
	text = install_text(before);
	if (text != NULL &&
	    install_ungate(reply_text(f, "kind"), text, &bare) == BH_OK)
		side = install_side(before, bare);
	free(text);
	free(bare);
	return side;
}

enum bh_err
install_keep(json_t *state)
{
	json_t *old = json_object_get(state, "installed"), *f, *kept;
	json_t *files = json_object_get(install_pending(state), "files");
	json_t *merged = json_array();
	int rv = 0;
	size_t i;

	json_array_foreach(files, i, f)
	{
		kept = json_copy(f);
		rv |= json_object_set_new(kept, "before", original(old, f));
		rv |= json_array_append_new(merged, kept);
	}
	json_array_foreach(old, i, f)
	{
		if (!install_has_file(files, reply_text(f, "path")))
			rv |= json_array_append(merged, f);
	}
	rv |= json_object_set_new(state, "installed", merged);
	rv |= json_object_set_new(state, "pending", json_null());
	return rv == 0 ? install_save(state) : BH_ERR_NOMEM;
}
