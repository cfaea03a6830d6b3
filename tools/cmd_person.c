/*
 * bulkhead person: the people behind the accounts.
 */
#include "tools/client.h"
#include "tools/output.h"

static int
cmd_person_add(struct invocation *inv)
{
	json_t *reply;
	int code;

	code = client_call(inv,
	    json_pack("{s:s, s:s, s:s*}", "op", "person.add", "id",
		inv_value(inv, "ID"), "name", inv_value(inv, "name")),
	    &reply);
	if (code != CLI_DONE)
		return code;
	out_text(inv, "person %s added\n", inv_value(inv, "ID"));
	code = inv->json ? out_json(inv, reply_document(reply)) : CLI_DONE;
	json_decref(reply);
	return code;
}

static void
print_persons(const json_t *list)
{
	static const char *const headings[] = {"PERSON", "NAME", "SINCE"};
	struct table *t = table_new(headings, nitems(headings));
	const json_t *p;
	char since[32];
	size_t i;

	json_array_foreach(list, i, p)
	{
		const char *cells[] = {reply_text(p, "id"),
		    reply_text(p, "name"),
		    out_time(reply_number(p, "created_s"), since)};

		table_add(t, cells);
	}
	table_print(t);
	table_free(t);
}

static int
cmd_person_list(struct invocation *inv)
{
	json_t *list, *doc;
	int code;

	code = client_list(
	    inv, json_pack("{s:s}", "op", "person.list"), "persons", &list);
	if (code != CLI_DONE)
		return code;
	if (inv->json) {
		doc = json_pack("{s:O}", "persons", list);
		code = out_json(inv, reply_document(doc));
		json_decref(doc);
	} else
		print_persons(list);
	json_decref(list);
	return code;
}

static const struct arg add_operands[] = {
    {.name = "ID", .required = true, .help = "a short name for the person"},
};

static const struct arg add_options[] = {
    {.name = "name", .argument = "TEXT", .help = "the name in full"},
};

const struct command commands_person[] = {
    {.name = "person add",
	.run = cmd_person_add,
	.summary = "Add a person",
	.description = "A person has one or more accounts; the same person "
		       "has other credentials in another realm.",
	ARGS(operands, add_operands),
	ARGS(options, add_options)},
    {.name = "person list",
	.run = cmd_person_list,
	.summary = "Show the people"},
    {.name = NULL},
};
