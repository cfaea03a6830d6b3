/*
 * Events as canonical JSON and as syslog lines.  Both come from one table of
 * rows: key, object it stands in, and which field it takes.
 */
#include "core/event.h"

#include "base/log.h"
#include "core/escape.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENT_VERSION	 1
#define EVENT_BODY_FIRST 1024 /* bytes that hold nearly every body */
#define TIME_TEXT	 48

enum row_type { ROW_TEXT, ROW_U64, ROW_U32, ROW_UID };

/*
 * object and key: where the value stands in the body.  line: its name in the
 * syslog line, NULL if it is not in it.  has: for ROW_UID, the flag.
 */
struct row {
	const char *object;
	const char *key;
	const char *line;
	enum row_type type;
	size_t offset;
	size_t has;
};

#define AT(field) offsetof(struct event, field)

static const struct row rows[] = {
    {NULL, "action", "action", ROW_TEXT, AT(action), 0},
    {NULL, "outcome", "outcome", ROW_TEXT, AT(outcome), 0},
    {NULL, "reason", "reason", ROW_TEXT, AT(reason), 0},
    {"subject", "name", "account", ROW_TEXT, AT(subject), 0},
    {"subject", "name_hash", "account_hash", ROW_TEXT, AT(subject_hash), 0},
    {"subject", "person", "person", ROW_TEXT, AT(person), 0},
    {"subject", "uid", "uid", ROW_UID, AT(uid), AT(has_uid)},
    {NULL, "target", "target", ROW_TEXT, AT(target), 0},
    {NULL, "service", "service", ROW_TEXT, AT(service), 0},
    {"origin", "ip", "ip", ROW_TEXT, AT(ip), 0},
    {"origin", "port", "port", ROW_U32, AT(port), 0},
    {"origin", "tty", "tty", ROW_TEXT, AT(tty), 0},
    {"actor", "name", "actor", ROW_TEXT, AT(actor), 0},
    {"actor", "auid", "auid", ROW_UID, AT(auid), AT(has_auid)},
    {NULL, "approver", "approver", ROW_TEXT, AT(approver), 0},
    {NULL, "ticket", "ticket", ROW_TEXT, AT(ticket), 0},
    {NULL, "note", "note", ROW_TEXT, AT(note), 0},
    {NULL, "token", "token", ROW_U64, AT(token), 0},
    {NULL, "token_kind", "token_kind", ROW_TEXT, AT(token_kind), 0},
    {NULL, "share", "share", ROW_TEXT, AT(share), 0},
    {NULL, "count", "count", ROW_U64, AT(count), 0},
    {NULL, "session", "session", ROW_TEXT, AT(session), 0},
    {NULL, "grant", "grant", ROW_TEXT, AT(grant), 0},
    {NULL, "realm", "realm", ROW_TEXT, AT(realm), 0},
    {NULL, "host", NULL, ROW_TEXT, AT(host), 0},
    {NULL, "host_name", NULL, ROW_TEXT, AT(hostname), 0},
    {NULL, "boot_id", NULL, ROW_TEXT, AT(boot_id), 0},
    {NULL, "policy_hash", NULL, ROW_TEXT, AT(policy_hash), 0},
    {NULL, "detail", "detail", ROW_TEXT, AT(detail), 0},
};

static const void *
field_at(const struct event *ev, size_t offset)
{
	return (const char *)ev + offset;
}

/* A text field, NULL if it is unset or empty. */
static const char *
text_of(const struct event *ev, const struct row *row)
{
	const char *s;

	if (row->type != ROW_TEXT)
		return NULL;
	memcpy(&s, field_at(ev, row->offset), sizeof(s));
	return s != NULL && s[0] != '\0' ? s : NULL;
}

/* A number; false if it is unset. */
static bool
number_of(const struct event *ev, const struct row *row, uint64_t *vp)
{
	const void *field = field_at(ev, row->offset);

	switch (row->type) {
	case ROW_U64:
		*vp = *(const uint64_t *)field;
		return *vp != 0;
	case ROW_U32:
		*vp = *(const uint32_t *)field;
		return *vp != 0;
	case ROW_UID:
		*vp = *(const uint32_t *)field;
		return *(const bool *)field_at(ev, row->has);
	case ROW_TEXT:
	default:
		return false;
	}
}

/* Store a new value in an object; takes it.  False: no memory. */
static bool
put(json_t *object, const char *key, json_t *value)
{
	return value != NULL &&
	       json_object_set_new_nocheck(object, key, value) == 0;
}

/* A value as a reader reverses it (docs/ledger.md: Strings). */
static json_t *
text_value(const char *s)
{
	size_t len = strlen(s);
	json_t *value;
	char *escaped;

	if (!escape_needed(s, len))
		return json_stringn_nocheck(s, len);
	if ((escaped = escape_text(s, len)) == NULL)
		return NULL;
	value = json_string_nocheck(escaped);
	free(escaped);
	return value;
}

static json_t *
number_value(uint64_t v)
{
	return v <= INT64_MAX ? json_integer((json_int_t)v) : NULL;
}

/* Seconds as RFC 3339 in UTC, with nanoseconds. */
static bool
time_text(uint64_t t_s, uint32_t ns, char text[TIME_TEXT])
{
	time_t t = (time_t)t_s;
	struct tm tm;

	if (t_s > INT64_MAX || gmtime_r(&t, &tm) == NULL)
		return false;
	(void)snprintf(text, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%09uZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, ns);
	return true;
}

/* The object a row stands in, made when its first value comes. */
static json_t *
object_of(json_t *root, const char *name)
{
	json_t *object;

	if (name == NULL)
		return root;
	if ((object = json_object_get(root, name)) != NULL)
		return object;
	object = json_object();
	return put(root, name, object) ? object : NULL;
}

static bool
put_rows(json_t *root, const struct event *ev)
{
	const struct row *row;
	const char *text;
	json_t *object;
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		row = &rows[i];
		text = text_of(ev, row);
		if (text == NULL && !number_of(ev, row, &v))
			continue;
		if ((object = object_of(root, row->object)) == NULL ||
		    !put(object, row->key,
			text != NULL ? text_value(text) : number_value(v)))
			return false;
	}
	return true;
}

static json_t *
factor_value(const struct event_factor *f)
{
	json_t *o;

	if ((o = json_object()) == NULL)
		return NULL;
	if ((f->type != NULL && !put(o, "type", text_value(f->type))) ||
	    (f->kind != NULL && !put(o, "kind", text_value(f->kind))) ||
	    (f->known_by != NULL &&
		!put(o, "known_by", text_value(f->known_by))) ||
	    (f->result != NULL && !put(o, "result", text_value(f->result))) ||
	    (f->token != 0 && !put(o, "id", number_value(f->token))) ||
	    (f->detail[0] != '\0' &&
		!put(o, "detail", text_value(f->detail)))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* The factors, and whether all that were asked for succeeded. */
static bool
put_factors(json_t *root, const struct event *ev)
{
	json_t *list;
	size_t i;

	if (ev->n_factors == 0)
		return true;
	list = json_array();
	if (!put(root, "factors", list) ||
	    !put(root, "all_ok", json_boolean(ev->all_ok)))
		return false;
	for (i = 0; i < ev->n_factors && i < EVENT_FACTORS_MAX; i++) {
		if (json_array_append_new(list, factor_value(&ev->factor[i])) !=
		    0)
			return false;
	}
	return true;
}

/* What each record has. */
static bool
put_head(json_t *root, const struct event *ev)
{
	char when[TIME_TEXT];

	return time_text(ev->now.wall_s, ev->now.wall_ns, when) &&
	       put(root, "v", json_integer(EVENT_VERSION)) &&
	       put(root, "seq", number_value(ev->seq)) &&
	       put(root, "time", json_string_nocheck(when)) &&
	       put(root, "time_synced", json_boolean(ev->now.synchronised)) &&
	       put(root, "gate_version", json_string_nocheck(VERSION_TEXT));
}

/* The first moment of what a summary stands for. */
static bool
put_from(json_t *root, const struct event *ev)
{
	char from[TIME_TEXT];

	if (ev->from_s == 0)
		return true;
	return time_text(ev->from_s, 0, from) &&
	       put(root, "from", json_string_nocheck(from));
}

enum bh_err
event_body(const struct event *e, struct buf **bodyp)
{
	const size_t flags = JSON_COMPACT | JSON_SORT_KEYS;
	struct buf *body = NULL;
	enum bh_err err = BH_ERR_NOMEM;
	json_t *root;
	size_t len;

	if (e->seq > INT64_MAX || e->token > INT64_MAX ||
	    e->count > INT64_MAX || e->now.wall_s > INT32_MAX * 1000ull)
		return BH_ERR_RANGE;
	if ((root = json_object()) == NULL)
		return BH_ERR_NOMEM;
	if (!put_head(root, e) || !put_rows(root, e) || !put_from(root, e) ||
	    !put_factors(root, e))
		goto out;
	if ((body = buf_new(EVENT_BODY_FIRST)) == NULL)
		goto out;
	len = json_dumpb(root, (char *)body->data, body->max, flags);
	if (len > body->max) {
		buf_free(body);
		if ((body = buf_new(len)) == NULL)
			goto out;
		len = json_dumpb(root, (char *)body->data, body->max, flags);
	}
	if (len == 0 || len > body->max)
		goto out;
	body->len = len;
	*bodyp = body;
	body = NULL;
	err = BH_OK;
out:
	buf_free(body);
	json_decref(root);
	return err;
}

/* Append "name=value " to the line; a value with a blank stands in quotes. */
static void
line_add(
    char *line, size_t size, size_t *lenp, const char *name, const char *value)
{
	const char *quote = strchr(value, ' ') != NULL ? "\"" : "";
	int n;

	if (*lenp >= size)
		return;
	n = snprintf(line + *lenp, size - *lenp, "%s%s=%s%s%s",
	    *lenp > 0 ? " " : "", name, quote, value, quote);
	if (n < 0 || (size_t)n >= size - *lenp) {
		line[*lenp] = '\0'; /* whole pairs only */
		*lenp = size;
		return;
	}
	*lenp += (size_t)n;
}

static void
line_factors(const struct event *ev, char *line, size_t size, size_t *lenp)
{
	char value[128];
	size_t i;

	for (i = 0; i < ev->n_factors && i < EVENT_FACTORS_MAX; i++) {
		(void)snprintf(value, sizeof(value), "%s:%s:%s",
		    ev->factor[i].kind != NULL ? ev->factor[i].kind : "",
		    ev->factor[i].result != NULL ? ev->factor[i].result : "",
		    ev->factor[i].known_by != NULL ? ev->factor[i].known_by
						   : "");
		line_add(line, size, lenp, "factor", value);
	}
}

void
event_line(const struct event *e, char *line, size_t size)
{
	char value[EVENT_NAME_MAX];
	const char *text;
	size_t i, len = 0;
	uint64_t v;

	if (size == 0)
		return;
	line[0] = '\0';
	for (i = 0; i < nitems(rows); i++) {
		if (rows[i].line == NULL)
			continue;
		if ((text = text_of(e, &rows[i])) != NULL)
			log_printable(value, sizeof(value), text);
		else if (number_of(e, &rows[i], &v))
			(void)snprintf(value, sizeof(value), "%" PRIu64, v);
		else
			continue;
		line_add(line, size, &len, rows[i].line, value);
	}
	line_factors(e, line, size, &len);
	(void)snprintf(value, sizeof(value), "%" PRIu64, e->seq);
	line_add(line, size, &len, "seq", value);
}
