/*
 * All commands: the tables of the files that do the work.
 */
#include "tools/command.h"

const struct command *const command_groups[] = {
    commands_config,
    NULL,
};
