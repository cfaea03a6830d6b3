/*
 * The types of values in bulkhead.conf: how each is read and printed.
 */
#include "core/config_table.h"

#include <ctype.h>
#include <string.h>
#include <sys/un.h>

#define ITEM_MAX 64 /* bytes in one item of a list */

enum bh_err
config_uint(const char *s, uint64_t min, uint64_t max, uint64_t *valuep)
{
	uint64_t v = 0;
	size_t i;

	if (s[0] == '\0' || (s[0] == '0' && s[1] != '\0'))
		return BH_ERR_INPUT;
	for (i = 0; s[i] != '\0'; i++) {
		if (s[i] < '0' || s[i] > '9')
			return BH_ERR_INPUT;
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return BH_ERR_RANGE;
	}
	if (v < min || v > max)
		return BH_ERR_RANGE;
	*valuep = v;
	return BH_OK;
}

static const struct unit {
	char letter;
	uint32_t seconds;
} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

enum bh_err
config_duration(const char *s, uint64_t min, uint64_t max, uint64_t *secondsp)
{
	char digits[24];
	uint64_t v, per = 1;
	size_t len = strlen(s), i;
	enum bh_err e;

	for (i = 0; i < nitems(units) && len > 0; i++) {
		if (s[len - 1] == units[i].letter) {
			per = units[i].seconds;
			len--;
			break;
		}
	}
	if (len >= sizeof(digits))
		return BH_ERR_INPUT;
	memcpy(digits, s, len);
	digits[len] = '\0';
	if ((e = config_uint(digits, 0, UINT64_MAX, &v)) != BH_OK)
		return e;
	if (__builtin_mul_overflow(v, per, &v) || v < min || v > max)
		return BH_ERR_RANGE;
	*secondsp = v;
	return BH_OK;
}

/* Copy a text into its field; *whatp if it is too long. */
static enum bh_err
take_text(const struct config_rule *rule, const char *value, void *field,
    const char **whatp)
{
	size_t len = strlen(value);

	if (len >= rule->size) {
		*whatp = "is too long";
		return BH_ERR_RANGE;
	}
	memcpy(field, value, len + 1);
	return BH_OK;
}

static void
print_text(const struct config_rule *rule, const void *field, FILE *out)
{
	(void)rule;
	(void)fputs(field, out);
}

static enum bh_err
parse_text(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	(void)more;
	if (value[0] != '\0' && !model_text_ok(value)) {
		*whatp = "is too long or not UTF-8";
		return BH_ERR_INPUT;
	}
	return take_text(rule, value, field, whatp);
}

static enum bh_err
parse_name(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	(void)more;
	if (!model_name_ok(value)) {
		*whatp = "is not a name";
		return BH_ERR_INPUT;
	}
	return take_text(rule, value, field, whatp);
}

/* An absolute path without ".." in it. */
static bool
path_ok(const char *path)
{
	size_t len = strlen(path);

	return path[0] == '/' && path[len - 1] != '/' && len < PATH_MAX &&
	       strstr(path, "/../") == NULL &&
	       (len < 3 || strcmp(path + len - 3, "/..") != 0);
}

static enum bh_err
parse_path(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	bool may_be_empty = rule->preset != NULL && rule->preset[0] == '\0';

	(void)more;
	if (!path_ok(value) && !(value[0] == '\0' && may_be_empty)) {
		*whatp = "is not an absolute path";
		return BH_ERR_INPUT;
	}
	return take_text(rule, value, field, whatp);
}

static enum bh_err
parse_socket(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	if (strlen(value) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		*whatp = "is too long";
		return BH_ERR_RANGE;
	}
	return parse_path(rule, value, more, field, whatp);
}

/* What stands behind prefix, or NULL if value does not begin with it. */
static const char *
behind(const char *value, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(value, prefix, len) == 0 ? value + len : NULL;
}

static enum bh_err
parse_store(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	const char *path = behind(value, "sqlite:");

	(void)more;
	if (path == NULL || !path_ok(path)) {
		*whatp = "is not a store";
		return BH_ERR_INPUT;
	}
	return take_text(rule, value, field, whatp);
}

static enum bh_err
parse_keyfile(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	const char *path = behind(value, "file:");
	const char *name = behind(value, "credential:");

	(void)more;
	if ((path == NULL || !path_ok(path)) &&
	    (name == NULL || !model_name_ok(name))) {
		*whatp = "is not a place of a key";
		return BH_ERR_INPUT;
	}
	return take_text(rule, value, field, whatp);
}

static enum bh_err
parse_class(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	(void)rule;
	(void)more;
	*whatp = "is not a class";
	return class_from_name(value, field);
}

static void
print_class(const struct config_rule *rule, const void *field, FILE *out)
{
	(void)rule;
	(void)fputs(class_name(*(const enum realm_class *)field), out);
}

static enum bh_err
parse_bool(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	bool yes = strcmp(value, "yes") == 0;

	(void)rule;
	(void)more;
	if (!yes && strcmp(value, "no") != 0) {
		*whatp = "is neither yes nor no";
		return BH_ERR_INPUT;
	}
	*(bool *)field = yes;
	return BH_OK;
}

static void
print_bool(const struct config_rule *rule, const void *field, FILE *out)
{
	(void)rule;
	(void)fputs(*(const bool *)field ? "yes" : "no", out);
}

static enum bh_err
parse_require(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	bool any = strcmp(value, "any") == 0;

	(void)rule;
	(void)more;
	if (!any && strcmp(value, "knowledge") != 0) {
		*whatp = "is neither any nor knowledge";
		return BH_ERR_INPUT;
	}
	*(enum require *)field = any ? REQUIRE_ANY : REQUIRE_KNOWLEDGE;
	return BH_OK;
}

static void
print_require(const struct config_rule *rule, const void *field, FILE *out)
{
	bool any = *(const enum require *)field == REQUIRE_ANY;

	(void)rule;
	(void)fputs(any ? "any" : "knowledge", out);
}

static enum bh_err
parse_uint(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	uint64_t v;
	enum bh_err e;

	(void)more;
	if ((e = config_uint(value, rule->min, rule->max, &v)) == BH_OK)
		*(uint32_t *)field = (uint32_t)v;
	*whatp = e == BH_ERR_RANGE ? "is out of range" : "is not a number";
	return e;
}

static void
print_uint(const struct config_rule *rule, const void *field, FILE *out)
{
	(void)rule;
	(void)fprintf(out, "%u", *(const uint32_t *)field);
}

static enum bh_err
parse_duration(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	enum bh_err e;

	(void)more;
	e = config_duration(value, rule->min, rule->max, field);
	*whatp = e == BH_ERR_RANGE ? "is out of range" : "is not a duration";
	return e;
}

static void
print_duration(const struct config_rule *rule, const void *field, FILE *out)
{
	uint64_t v = *(const uint64_t *)field;
	size_t i = 0;

	(void)rule;
	while (v % units[i].seconds != 0)
		i++;
	if (v == 0)
		(void)fputs("0", out);
	else
		(void)fprintf(out, "%llu%c",
		    (unsigned long long)(v / units[i].seconds),
		    units[i].letter);
}

/*
 * Take the next item of a comma-separated list from *sp; false at the end.
 * An item that is empty or too long comes out as "", which no type accepts.
 */
static bool
next_item(const char **sp, char item[ITEM_MAX])
{
	const char *s = *sp;
	size_t len, used;

	if (s == NULL)
		return false;
	len = strcspn(s, ",");
	*sp = s[len] == ',' ? s + len + 1 : NULL;
	while (len > 0 && isblank((unsigned char)*s)) {
		s++;
		len--;
	}
	for (used = len; used > 0 && isblank((unsigned char)s[used - 1]);)
		used--;
	if (used >= ITEM_MAX)
		used = 0;
	memcpy(item, s, used);
	item[used] = '\0';
	return true;
}

/* The beginning of a list; NULL if there is nothing in it.  A comma at the
 * end of a line is for the next one. */
static const char *
list_start(const char *value, char *copy, size_t size)
{
	size_t len = strlen(value);

	if (len > 0 && value[len - 1] == ',')
		len--;
	if (len == 0 || len >= size)
		return NULL;
	memcpy(copy, value, len);
	copy[len] = '\0';
	return copy;
}

static enum bh_err
parse_factors(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	char copy[CONFIG_TEXT_MAX], item[ITEM_MAX];
	const char *s = list_start(value, copy, sizeof(copy));
	uint32_t set = more ? *(uint32_t *)field : 0;
	enum factor_kind kind;

	(void)rule;
	*whatp = "has an item that is no factor";
	if (s == NULL)
		return BH_ERR_INPUT;
	while (next_item(&s, item)) {
		if (factor_from_name(item, &kind) != BH_OK)
			return BH_ERR_INPUT;
		if ((set & 1u << kind) != 0) {
			*whatp = "has a factor twice";
			return BH_ERR_EXISTS;
		}
		set |= 1u << kind;
	}
	*(uint32_t *)field = set;
	return BH_OK;
}

static void
print_factors(const struct config_rule *rule, const void *field, FILE *out)
{
	uint32_t set = *(const uint32_t *)field;
	const char *comma = "";
	uint32_t kind;

	(void)rule;
	for (kind = FACTOR_TOTP; kind <= FACTOR_RECOVERY; kind++) {
		if ((set & 1u << kind) == 0)
			continue;
		(void)fprintf(
		    out, "%s%s", comma, factor_name((enum factor_kind)kind));
		comma = ", ";
	}
}

static enum bh_err
parse_nets(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	char copy[CONFIG_TEXT_MAX], item[ITEM_MAX];
	const char *s = list_start(value, copy, sizeof(copy));
	struct net_list *list = field;

	(void)rule;
	if (!more)
		list->n = 0;
	if (s == NULL && value[0] != '\0') {
		*whatp = "is no list";
		return BH_ERR_INPUT;
	}
	while (next_item(&s, item)) {
		if (list->n == CONFIG_NETS_MAX) {
			*whatp = "has too many items";
			return BH_ERR_FULL;
		}
		if (netaddr_parse(item, &list->net[list->n]) != BH_OK) {
			*whatp = "has an item that is no address or network, "
				 "or has bits behind its prefix";
			return BH_ERR_INPUT;
		}
		list->n++;
	}
	return BH_OK;
}

static void
print_nets(const struct config_rule *rule, const void *field, FILE *out)
{
	const struct net_list *list = field;
	char text[NETADDR_TEXT];
	size_t i;

	(void)rule;
	for (i = 0; i < list->n; i++)
		(void)fprintf(out, "%s%s", i > 0 ? ", " : "",
		    netaddr_text(&list->net[i], text));
}

/* The field is n_uids; the ids stand behind it in the same struct. */
static enum bh_err
parse_uids(const struct config_rule *rule, const char *value, bool more,
    void *field, const char **whatp)
{
	struct config *c =
	    (struct config *)(void *)((char *)field -
				      offsetof(struct config, n_uids));
	char copy[CONFIG_TEXT_MAX], item[ITEM_MAX];
	const char *s = list_start(value, copy, sizeof(copy));
	uint64_t uid;

	if (!more)
		c->n_uids = 0;
	if (s == NULL && value[0] != '\0') {
		*whatp = "is no list";
		return BH_ERR_INPUT;
	}
	while (next_item(&s, item)) {
		if (c->n_uids == CONFIG_UIDS_MAX) {
			*whatp = "has too many items";
			return BH_ERR_FULL;
		}
		if (config_uint(item, rule->min, rule->max, &uid) != BH_OK) {
			*whatp = "has an item that is no user id";
			return BH_ERR_INPUT;
		}
		c->allow_uids[c->n_uids++] = (uint32_t)uid;
	}
	return BH_OK;
}

static void
print_uids(const struct config_rule *rule, const void *field, FILE *out)
{
	const struct config *c =
	    (const struct config *)(const void *)((const char *)field -
						  offsetof(
						      struct config, n_uids));
	size_t i;

	(void)rule;
	for (i = 0; i < c->n_uids; i++)
		(void)fprintf(out, "%s%u", i > 0 ? ", " : "", c->allow_uids[i]);
}

const struct config_type config_type_name = {false, parse_name, print_text};
const struct config_type config_type_class = {false, parse_class, print_class};
const struct config_type config_type_bool = {false, parse_bool, print_bool};
const struct config_type config_type_path = {false, parse_path, print_text};
const struct config_type config_type_socket = {false, parse_socket, print_text};
const struct config_type config_type_store = {false, parse_store, print_text};
const struct config_type config_type_keyfile = {
    false, parse_keyfile, print_text};
const struct config_type config_type_uids = {true, parse_uids, print_uids};
const struct config_type config_type_factors = {
    true, parse_factors, print_factors};
const struct config_type config_type_require = {
    false, parse_require, print_require};
const struct config_type config_type_uint = {false, parse_uint, print_uint};
const struct config_type config_type_duration = {
    false, parse_duration, print_duration};
const struct config_type config_type_nets = {true, parse_nets, print_nets};
const struct config_type config_type_text = {false, parse_text, print_text};
