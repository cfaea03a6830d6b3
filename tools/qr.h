/*
 * QR codes on the terminal.
 */
#ifndef TOOLS_QR_H
#define TOOLS_QR_H

#include "base/err.h"

#include <stdbool.h>

/* Can stdout show one: a terminal, in a UTF-8 locale? */
bool qr_fits(void);

/* Print text as a QR code in UTF-8 half blocks. */
enum bh_err qr_print(const char *text) BH_CHECKED;

#endif
