/*
 * bulkhead distinct: does anything that opens one realm open the other?
 */
#include "tools/distinct.h"

#include "core/crypto/crypto.h"
#include "tools/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum outcome { UNCHECKABLE = 0, BROKEN, HOLDS, OUTCOMES };

static const char *const outcome_words[OUTCOMES] = {
    [UNCHECKABLE] = "not checkable",
    [BROKEN] = "broken",
    [HOLDS] = "holds",
};

struct tally {
	size_t n[OUTCOMES];
	json_t *list;
};

static enum outcome
outcome(const struct statement *s, const struct check *c)
{
	if (json_array_size(c->findings) > 0)
		return BROKEN;
	if (s->run == NULL || c->failed || json_array_size(c->unseen) > 0)
		return UNCHECKABLE;
	return HOLDS;
}

static bool
run_statement(struct scan *scan, const struct statement *s, struct tally *t)
{
	struct check c = {.scan = scan,
	    .findings = json_array(),
	    .unseen = json_array(),
	    .notes = json_array()};
	enum outcome o;
	json_t *value;

	if (s->run != NULL)
		s->run(&c);
	o = outcome(s, &c);
	t->n[o]++;
	value = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s*, s:s*}", "id",
	    s->id, "statement", s->text, "result", outcome_words[o], "findings",
	    c.findings, "unseen", c.unseen, "notes", c.notes, "number",
	    s->number, "limit", s->limit);
	return !c.failed && value != NULL &&
	       json_array_append_new(t->list, value) == 0;
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

static void
print_sentences(struct invocation *inv, const json_t *list)
{
	const json_t *what;
	size_t i;

	json_array_foreach(list, i, what)
	    out_text(inv, "      %s\n", json_string_value(what));
}

static void
print_details(struct invocation *inv, const json_t *s)
{
	const json_t *finding;
	size_t i;

	out_text(inv, "\n%-4s %s: %s\n", text_of(s, "id"), text_of(s, "result"),
	    text_of(s, "statement"));
	json_array_foreach(json_object_get(s, "findings"), i, finding)
	{
		out_text(inv, "      %s: %s\n", text_of(finding, "where"),
		    text_of(finding, "what"));
		out_text(inv, "          %s\n", text_of(finding, "mend"));
	}
	print_sentences(inv, json_object_get(s, "unseen"));
	print_sentences(inv, json_object_get(s, "notes"));
	if (text_of(s, "limit")[0] != '\0')
		out_text(inv, "      No tool sees: %s.\n", text_of(s, "limit"));
}

static void
print_text(struct invocation *inv, const struct tally *t)
{
	static const char *const headings[] = {"ID", "RESULT", "STATEMENT"};
	struct table *table = table_new(headings, nitems(headings));
	size_t checkable = t->n[HOLDS] + t->n[BROKEN], i;
	const json_t *s;

	json_array_foreach(t->list, i, s)
	{
		const char *cells[] = {text_of(s, "id"), text_of(s, "result"),
		    text_of(s, "statement")};

		table_add(table, cells);
	}
	table_print(table);
	table_free(table);
	json_array_foreach(t->list, i, s)
	{
		if (strcmp(text_of(s, "result"), outcome_words[HOLDS]) != 0 ||
		    json_array_size(json_object_get(s, "notes")) > 0)
			print_details(inv, s);
	}
	out_text(inv,
	    "\n%zu of %zu checkable statements hold; %zu could not be checked "
	    "by a tool.\n",
	    t->n[HOLDS], checkable, t->n[UNCHECKABLE]);
}

static int
report(struct scan *scan, struct tally *t)
{
	int code = t->n[BROKEN] > 0 ? CLI_NO : CLI_DONE, printed;

	if (!scan->inv->json) {
		print_text(scan->inv, t);
		return code;
	}
	printed = out_json(scan->inv,
	    json_pack("{s:s, s:s, s:O, s:i, s:i, s:i}", "realm",
		scan->config->realm, "class",
		class_name(scan->config->realm_class), "statements", t->list,
		"holds", (int)t->n[HOLDS], "broken", (int)t->n[BROKEN],
		"not_checkable", (int)t->n[UNCHECKABLE]));
	return printed == CLI_DONE ? code : printed;
}

static int
run_all(struct scan *scan)
{
	int class = scan->config->realm_class == CLASS_BACKUP ? IN_BACKUP
							      : IN_PRODUCTION;
	struct tally t = {.list = json_array()};
	bool whole = true;
	size_t i;
	int code;

	for (i = 0; i < n_statements && whole; i++) {
		if ((statements[i].classes & class) != 0)
			whole = run_statement(scan, &statements[i], &t);
	}
	code = whole ? report(scan, &t)
		     : out_fail(scan->inv, CLI_FAILED, "out of memory");
	json_decref(t.list);
	return code;
}

static int
cmd_distinct(struct invocation *inv)
{
	struct scan scan = {.inv = inv};
	enum bh_err e;
	int code;

	if ((scan.config = inv_config(inv)) == NULL)
		return CLI_FAILED;
	if (geteuid() != 0)
		return out_fail(inv, CLI_FAILED,
		    "only root can look at keys and passwords of all accounts; "
		    "use sudo");
	if ((e = crypto_open()) != BH_OK)
		return out_error(inv, e, "cryptographic library");
	e = sshd_find(&scan.sshd, &scan.sshd_why);
	if (e != BH_OK && scan.sshd_why == NULL)
		scan.sshd_why = strdup("sshd can't be looked at");
	code = e == BH_ERR_NOMEM || (e != BH_OK && scan.sshd_why == NULL)
		   ? out_fail(inv, CLI_FAILED, "out of memory")
		   : run_all(&scan);
	sshd_host_free(scan.sshd);
	free(scan.sshd_why);
	free(scan.daemon_why);
	return code;
}

const struct command commands_distinct[] = {
    {.name = "distinct",
	.run = cmd_distinct,
	.summary = "Check that nothing that opens one realm opens the other",
	.description =
	    "Goes through statements D1 to D21 and the trust paths T1 to T8: "
	    "each holds, is broken (with the file and line or the account, and "
	    "how to mend it), or can't be checked by a tool, and then who must "
	    "show it is named.  What production has is known by its manifests. "
	    " On a production host only what makes sense there is checked; "
	    "nothing of backup is learned.\n\n"
	    "Exits 0 if none is broken, 1 if any is, 3 if it could not look."},
    {.name = NULL},
};
