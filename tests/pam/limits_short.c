/*
 * Limits for peers that hang: every case that meets them is denied.
 */
#include "pam_module/limits.h"

const struct limits limits = {
    .send_ms = 100,
    .first_ms = 100,
    .verdict_ms = 100,
    .eof_ms = 100,
    .prompts_max = 3,
};
