/*
 * Administration over the gate's fixture.
 */
#include "tests/unit/unit.h"

#include "tests/unit/admin_fixture.h"

#include <stdio.h>
#include <stdlib.h>

int
admin_setup(void **state)
{
	struct admin_fixture *f = calloc(1, sizeof(*f));
	void *g = NULL;

	assert_non_null(f);
	assert_int_equal(gate_setup(&g), 0);
	f->g = g;
	f->admin.gate = f->g->gate;
	f->admin.store = f->g->store.s;
	f->admin.config = f->g->config;
	f->admin.keys = f->g->store.keys;
	*state = f;
	return 0;
}

int
admin_teardown(void **state)
{
	struct admin_fixture *f = *state;
	void *g = f->g;

	json_decref(f->reply);
	free(f);
	return gate_teardown(&g);
}

int
ask(struct admin_fixture *f, const char *fmt, ...)
{
	const struct admin_actor actor = {.uid = 0, .auid = 1000};
	json_t *request;
	char *text, *p;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&text, fmt, ap) > 0);
	va_end(ap);
	for (p = text; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	request = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (request == NULL)
		fail_msg("no JSON: %s", text);
	free(text);
	json_decref(f->reply);
	f->reply = admin_run(&f->admin, &actor, request, &f->g->now);
	json_decref(request);
	assert_non_null(f->reply);
	if (json_is_true(json_object_get(f->reply, "ok")))
		return 0;
	assert_true(json_is_false(json_object_get(f->reply, "ok")));
	assert_true(strlen(said(f, "error")) > 0);
	assert_true(number(f, "exit") != 0);
	return (int)number(f, "exit");
}

static const json_t *
member(const struct admin_fixture *f, const char *path)
{
	const json_t *o = f->reply;
	char name[64];

	while (o != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		o = json_is_array(o)
			? json_array_get(o, (size_t)strtoul(name, NULL, 10))
			: json_object_get(o, name);
		path += len + (path[len] == '.' ? 1 : 0);
	}
	return o;
}

const char *
said(const struct admin_fixture *f, const char *path)
{
	const char *s = json_string_value(member(f, path));

	return s != NULL ? s : "";
}

json_int_t
number(const struct admin_fixture *f, const char *path)
{
	return json_integer_value(member(f, path));
}

bool
in_ledger(struct admin_fixture *f, const char *text)
{
	return count_text(f->g, text) > 0;
}
