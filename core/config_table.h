/*
 * Inside of the configuration: the rows of the table, and what each type of
 * value reads and prints.  Only config.c and its table include this.
 */
#ifndef CORE_CONFIG_TABLE_H
#define CORE_CONFIG_TABLE_H

#include "core/config.h"

#include <stdio.h>

#define CONFIG_RULES_MAX 64

struct config_type;

struct config_rule {
	struct config_key doc;
	const struct config_type *type;
	size_t offset; /* in struct config; [policy] keys: in struct policy */
	size_t size;
	uint64_t min;
	uint64_t max;
	const char *preset; /* default, as it would be written; NULL: required */
	const char *preset_backup; /* where class backup has another one */
};

/*
 * parse reads value into the field; more is set for a further line of a list,
 * which appends.  On an error *whatp says what the value is ("out of range").
 * print writes the field as parse would read it.
 */
struct config_type {
	bool is_list;
	enum bh_err (*parse)(const struct config_rule *rule, const char *value,
	    bool more, void *field, const char **whatp);
	void (*print)(const struct config_rule *rule, const void *field,
	    FILE *out);
};

extern const struct config_type config_type_name, config_type_class,
    config_type_bool, config_type_path, config_type_socket, config_type_store,
    config_type_keyfile, config_type_uids, config_type_factors,
    config_type_require, config_type_uint, config_type_duration,
    config_type_nets, config_type_text;

extern const struct config_rule config_rules[];
extern const size_t n_config_rules;

#endif
