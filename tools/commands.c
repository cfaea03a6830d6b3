/*
 * All commands: the tables of the files that do the work.
 */
#include "tools/command.h"

const struct command *const command_groups[] = {
    commands_init,
    commands_config,
    commands_person,
    commands_account,
    commands_enroll,
    commands_token,
    commands_unlock,
    commands_password,
    commands_machine,
    commands_status,
    commands_key,
    commands_store,
    commands_clock,
    commands_ledger,
    commands_distinct,
    commands_doctor,
    commands_install,
    commands_manifest,
    commands_selftest,
    NULL,
};
