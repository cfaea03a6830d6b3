/*
 * Inside of the configuration: reading a file line by line into values, and
 * where each of them came from.
 */
#ifndef CORE_CONFIG_PARSE_H
#define CORE_CONFIG_PARSE_H

#include "core/config_table.h"

/* A configuration with its origins; config stands first, so that a pointer to
 * it is a pointer to this. */
struct config_origin {
	struct config config;
	char *file;
	unsigned int line[CONFIG_RULES_MAX]; /* 0: the default */
	unsigned int service_line[CONFIG_SERVICES_MAX][CONFIG_RULES_MAX];
	size_t n_rows;
	struct config_row *rows; /* for config_row */
};

/*
 * Read the lines of fd into *o, whose file is set; nothing is filled in.
 * section_line[i] is where the section of rule i begins, 0 if it does not.
 * BH_ERR_CONFIG and *whyp, or BH_ERR_NOMEM, BH_ERR_IO.
 */
enum bh_err config_parse_lines(int fd, struct config_origin *o,
    unsigned int section_line[CONFIG_RULES_MAX], char **whyp) BH_CHECKED;

/* Is this rule one of [policy], so that a [service NAME] may have it too? */
bool config_rule_is_policy(const struct config_rule *rule);

/* Where the value of a rule lies: in the service's policy, if one is named. */
void *config_field(struct config *c, struct service_policy *service,
    const struct config_rule *rule);

#endif
