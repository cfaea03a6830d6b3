/*
 * The limits of the shipped module.
 */
#include "pam_module/limits.h"

const struct limits limits = {
    .send_ms = 10000,
    .first_ms = 10000,
    .verdict_ms = 30000,
    .eof_ms = 10000,
    .prompts_max = 3,
};
