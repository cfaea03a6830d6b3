/*
 * bulkhead ledger: reading it.
 */
#include "tools/client.h"
#include "tools/output.h"
#include "tools/since.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What each record says in the same words, and the line leaves out. */
static const char *const plain[] = {"v", "seq", "time", "time_synced",
    "gate_version", "host", "host_name", "boot_id", "policy_hash", "realm",
    "action", "outcome"};

/* CSV: column, and the member it takes; objects with a dot. */
static const struct {
	const char *object;
	const char *key;
} columns[] = {
    {NULL, "seq"},
    {NULL, "time"},
    {NULL, "action"},
    {NULL, "outcome"},
    {NULL, "reason"},
    {NULL, "service"},
    {"subject", "name"},
    {"subject", "name_hash"},
    {"subject", "person"},
    {"subject", "uid"},
    {NULL, "target"},
    {"origin", "ip"},
    {"origin", "port"},
    {"origin", "tty"},
    {"actor", "name"},
    {"actor", "auid"},
    {NULL, "approver"},
    {NULL, "ticket"},
    {NULL, "note"},
    {NULL, "token"},
    {NULL, "token_kind"},
    {NULL, "share"},
    {NULL, "count"},
    {NULL, "from"},
    {NULL, "session"},
    {NULL, "grant"},
    {NULL, "factors"},
    {NULL, "all_ok"},
    {NULL, "detail"},
    {NULL, "realm"},
    {NULL, "host"},
    {NULL, "host_name"},
};

struct view {
	struct invocation *inv;
	void (*record)(struct view *v, json_t *body);
	json_t *list;	/* json: gathered */
	char since[32]; /* as the records write a time; "" = all */
};

static bool
is_plain(const char *key)
{
	size_t i;

	for (i = 0; i < nitems(plain); i++) {
		if (strcmp(plain[i], key) == 0)
			return true;
	}
	return false;
}

/* A value as text; what could be taken for more than one stands in quotes.
 * The caller's to free. */
static char *
value_text(const json_t *value, bool quote)
{
	const char *s = json_string_value(value);

	if (s != NULL && (!quote || strpbrk(s, " \"\\=") == NULL))
		return strdup(s);
	return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

/* Factors in words: publickey(sshd),totp#1(gate,failed). */
static void
print_factors(struct view *v, const json_t *factors)
{
	json_t *f;
	size_t i;

	json_array_foreach(factors, i, f)
	{
		out_text(v->inv, "%s%s", i == 0 ? " factors=" : ",",
		    reply_text(f, "kind"));
		if (json_object_get(f, "id") != NULL)
			out_text(v->inv, "#%" PRIu64, reply_number(f, "id"));
		out_text(v->inv, "(%s%s)", reply_text(f, "known_by"),
		    strcmp(reply_text(f, "result"), "ok") == 0 ? ""
							       : ",failed");
	}
}

static void
print_members(struct view *v, const char *object, json_t *members)
{
	const char *key;
	json_t *value;
	char *text;

	json_object_foreach(members, key, value)
	{
		if (object == NULL && is_plain(key))
			continue;
		if (json_is_object(value)) {
			print_members(v, key, value);
			continue;
		}
		if (object == NULL && strcmp(key, "factors") == 0) {
			print_factors(v, value);
			continue;
		}
		if ((text = value_text(value, true)) == NULL)
			continue;
		out_text(v->inv, " %s%s%s=%s", object != NULL ? object : "",
		    object != NULL ? "." : "", key, text);
		free(text);
	}
}

static void
record_text(struct view *v, json_t *body)
{
	out_text(v->inv, "%.19sZ %6" PRIu64 " %s %s", reply_text(body, "time"),
	    reply_number(body, "seq"), reply_text(body, "action"),
	    reply_text(body, "outcome"));
	print_members(v, NULL, body);
	out_text(v->inv, "\n");
}

static void
record_json(struct view *v, json_t *body)
{
	(void)json_array_append(v->list, body);
}

/* RFC 4180; a value that a spreadsheet would compute gets a ' in front. */
static void
csv_cell(struct view *v, const char *text, bool first)
{
	const char *p;

	out_text(v->inv, "%s\"%s", first ? "" : ",",
	    text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL ? "'" : "");
	for (p = text; *p != '\0'; p += strcspn(p, "\"")) {
		if (*p == '"') {
			out_text(v->inv, "\"\"");
			p++;
		}
		out_text(v->inv, "%.*s", (int)strcspn(p, "\""), p);
	}
	out_text(v->inv, "\"");
}

static void
record_csv(struct view *v, json_t *body)
{
	const json_t *o;
	json_t *value;
	char *text;
	size_t i;

	for (i = 0; i < nitems(columns); i++) {
		o = columns[i].object != NULL
			? json_object_get(body, columns[i].object)
			: body;
		value = json_object_get(o, columns[i].key);
		text = value != NULL ? value_text(value, false) : NULL;
		csv_cell(v, text != NULL ? text : "", i == 0);
		free(text);
	}
	(void)fputs("\r\n", stdout);
}

static void
csv_heading(struct view *v)
{
	size_t i;

	for (i = 0; i < nitems(columns); i++)
		out_text(v->inv, "%s%s%s%s", i > 0 ? "," : "",
		    columns[i].object != NULL ? columns[i].object : "",
		    columns[i].object != NULL ? "." : "", columns[i].key);
	(void)fputs("\r\n", stdout);
}

/* All records from the first to the last, a page at a time. */
static int
walk(struct view *v)
{
	uint64_t from = 0, next = 0, size = 0;
	json_t *reply, *body;
	size_t i;
	int code;

	do {
		code = client_call(v->inv,
		    json_pack("{s:s, s:I}", "op", "ledger.show", "from",
			(json_int_t)from),
		    &reply);
		if (code != CLI_DONE)
			return code;
		json_array_foreach(json_object_get(reply, "records"), i, body)
		{
			if (strcmp(reply_text(body, "time"), v->since) >= 0)
				v->record(v, body);
		}
		next = reply_number(reply, "next");
		size = reply_number(reply, "size");
		json_decref(reply);
		if (next <= from && next < size)
			return out_fail(v->inv, CLI_FAILED,
			    "the ledger's pages do not go on");
		from = next;
	} while (from < size);
	return CLI_DONE;
}

static int
cmd_ledger_show(struct invocation *inv)
{
	const char *format = inv_value(inv, "format");
	const char *since = inv_value(inv, "since");
	struct view v = {.inv = inv, .record = record_text};
	uint64_t since_s = 0;
	int code;

	if (since != NULL) {
		if (since_parse(since, (uint64_t)time(NULL), &since_s) != BH_OK)
			return out_fail(inv, CLI_USAGE,
			    "--since %s: give a time as "
			    "2026-01-31T08:00:00Z, a day as 2026-01-31, or how "
			    "long ago as 90s, 15m, 2h, 7d",
			    since);
		(void)out_time(since_s, v.since);
		v.since[strcspn(v.since, "Zn")] = '\0'; /* "never" is all */
	}
	if (inv->json || (format != NULL && strcmp(format, "json") == 0)) {
		v.record = record_json;
		v.list = json_array();
	} else if (format != NULL && strcmp(format, "csv") == 0) {
		v.record = record_csv;
		csv_heading(&v);
	}
	code = walk(&v);
	if (v.list == NULL)
		return code;
	if (code == CLI_DONE)
		return out_json(inv, v.list);
	json_decref(v.list);
	return code;
}

static const struct arg show_options[] = {
    {.name = "since",
	.argument = "T",
	.help = "from a time (RFC 3339) or for a duration back on"},
    {.name = "format",
	.argument = "F",
	.choices = "text json csv",
	.help = "one line a record if not given"},
};

const struct command commands_ledger[] = {
    {.name = "ledger show",
	.run = cmd_ledger_show,
	.summary = "Show the records of the ledger",
	ARGS(options, show_options)},
    {.name = NULL},
};
