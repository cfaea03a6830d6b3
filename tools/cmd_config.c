/*
 * bulkhead config: check the configuration, show what is in force.
 */
#include "tools/command.h"
#include "tools/output.h"

#include <stdlib.h>
#include <string.h>

static json_t *
row_value(const struct config_row *row)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "section",
	    out_json_string(row->section), "key", out_json_string(row->key),
	    "value", out_json_string(row->value), "origin",
	    out_json_string(row->origin));
}

static int
show_json(struct invocation *inv, const struct config *c)
{
	struct config_row row;
	json_t *values = json_array();
	size_t i;

	for (i = 0; config_row(c, i, &row); i++)
		(void)json_array_append_new(values, row_value(&row));
	return out_json(
	    inv, json_pack("{s:o, s:o}", "file",
		     out_json_string(inv->config_path), "values", values));
}

/* As the file would be written, with the origin as a comment. */
static int
show_text(struct invocation *inv, const struct config *c)
{
	const char *section = "";
	struct config_row row;
	size_t i;

	for (i = 0; config_row(c, i, &row); i++) {
		if (strcmp(section, row.section) != 0)
			out_text(
			    inv, "%s[%s]\n", i > 0 ? "\n" : "", row.section);
		section = row.section;
		out_text(inv, "%-20s = %-34s ; %s\n", row.key, row.value,
		    row.origin);
	}
	return CLI_DONE;
}

static int
cmd_config_show(struct invocation *inv)
{
	const struct config *c;

	if ((c = inv_config(inv)) == NULL)
		return CLI_FAILED;
	return inv->json ? show_json(inv, c) : show_text(inv, c);
}

/* A file that is wrong is the answer "no"; one that can't be read is none. */
static int
cmd_config_check(struct invocation *inv)
{
	const char *path = inv_value(inv, "FILE");
	char *why = NULL;
	enum bh_err e;
	int code;

	if (path == NULL)
		path = inv->config_path;
	e = config_load(path, &inv->config, &why);
	if (e != BH_OK) {
		code = e == BH_ERR_CONFIG || e == BH_ERR_UNSAFE ? CLI_NO
								: CLI_FAILED;
		code =
		    out_fail(inv, code, "%s", why != NULL ? why : err_text(e));
		free(why);
		return code;
	}
	if (inv->json)
		return out_json(inv, json_pack("{s:o, s:b}", "file",
					 out_json_string(path), "ok", true));
	out_text(inv, "%s: ok\n", path);
	return CLI_DONE;
}

static const struct arg check_operands[] = {
    {.name = "FILE",
	.type = VALUE_FILE,
	.help = "the file, in place of the one in force"},
};

const struct command commands_config[] = {
    {.name = "config check",
	.run = cmd_config_check,
	.summary = "Check a configuration",
	.description =
	    "Says of the first thing that is wrong in which line it stands "
	    "and what is allowed there.  Exit 1 if something is wrong.",
	ARGS(operands, check_operands)},
    {.name = "config show",
	.run = cmd_config_show,
	.summary = "Show each setting and where it comes from",
	.description =
	    "Prints the configuration in force as it could be written, "
	    "with the file and line, or the default, behind each value."},
    {.name = NULL},
};
