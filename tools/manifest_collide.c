/*
 * Entries of an import that are active here: found, and shown to who decides.
 */
#include "tools/manifest_import.h"

#include "tools/client.h"
#include "tools/output.h"

#include <inttypes.h>

#define COLLISIONS_MAX 1000 /* shown; all count */
#define WHOSE_MAX      1024

/* Say where an SSH key stands; what can't be seen is not shown. */
static int
take_collision(struct import *im, json_t *c)
{
	const char *where = NULL;
	json_t *row;
	struct digest d;

	row = json_pack(
	    "[O, O]", json_object_get(c, "kind"), json_object_get(c, "digest"));
	if (digest_read(row, &d))
		where = here_find(&im->here, &d);
	json_decref(row);
	if (where == NULL && json_is_null(json_object_get(c, "token")))
		return CLI_DONE;
	if (json_object_set_new(c, "where",
		where != NULL ? out_json_string(where) : json_null()) != 0 ||
	    json_array_append(im->collisions, c) != 0)
		return out_fail(im->inv, CLI_FAILED, "out of memory");
	return CLI_DONE;
}

int
import_collisions(struct import *im)
{
	json_t *request, *reply, *after, *c;
	int code = CLI_DONE;
	size_t i;

	if ((im->collisions = json_array()) == NULL)
		return out_fail(im->inv, CLI_FAILED, "out of memory");
	request = json_pack("{s:s}", "op", "manifest.collisions");
	do {
		code = client_call(im->inv, json_deep_copy(request), &reply);
		if (code != CLI_DONE)
			break;
		json_array_foreach(json_object_get(reply, "collisions"), i, c)
		{
			if (code == CLI_DONE)
				code = take_collision(im, c);
		}
		after = json_object_get(reply, "after");
		if (after != NULL)
			(void)json_object_set(request, "after", after);
		im->more = after != NULL &&
			   json_array_size(im->collisions) >= COLLISIONS_MAX;
		json_decref(reply);
	} while (code == CLI_DONE && after != NULL && !im->more);
	json_decref(request);
	return code;
}

void
import_show(struct import *im)
{
	static const char *const headings[] = {"COLLIDES", "IS HERE"};
	struct table *t = table_new(headings, nitems(headings));
	char text[WHOSE_MAX];
	const json_t *c;
	size_t i;

	json_array_foreach(im->collisions, i, c)
	{
		const char *cells[] = {reply_text(c, "kind"), text};

		if (json_is_null(json_object_get(c, "token")))
			(void)snprintf(
			    text, sizeof(text), "%s", reply_text(c, "where"));
		else
			(void)snprintf(text, sizeof(text),
			    "token %" PRIu64 " of %s", reply_number(c, "token"),
			    reply_text(c, "login"));
		table_add(t, cells);
	}
	if (!im->inv->json)
		table_print(t);
	table_free(t);
	if (im->more)
		out_text(im->inv, "and more\n");
}
