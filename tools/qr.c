/*
 * QR codes on the terminal.
 */
#include "tools/qr.h"

#include "base/buf.h"
#include "tools/output.h"

#include <langinfo.h>
#include <qrencode.h>
#include <string.h>
#include <unistd.h>

#define QUIET 4 /* modules of margin (ISO/IEC 18004, 9.1) */

bool
qr_fits(void)
{
	return isatty(STDOUT_FILENO) == 1 &&
	       strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Light is what is drawn: terminals are dark more often than not. */
static bool
light(const QRcode *qr, int x, int y)
{
	if (x < 0 || y < 0 || x >= qr->width || y >= qr->width)
		return true;
	return (qr->data[y * qr->width + x] & 1) == 0;
}

enum bh_err
qr_print(const char *text)
{
	static const char *const blocks[] = {" ", "\u2584", "\u2580", "\u2588"};
	const bool colour = out_colour();
	QRcode *qr;
	int x, y;

	qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	if (qr == NULL)
		return BH_ERR_RANGE;
	for (y = -QUIET; y < qr->width + QUIET; y += 2) {
		/* white on black, whatever the terminal's own colours are */
		(void)fputs(colour ? "\033[38;5;231;48;5;16m" : "", stdout);
		for (x = -QUIET; x < qr->width + QUIET; x++)
			(void)fputs(blocks[(light(qr, x, y) ? 2 : 0) +
					   (light(qr, x, y + 1) ? 1 : 0)],
			    stdout);
		(void)fputs(colour ? "\033[0m\n" : "\n", stdout);
	}
	secret_wipe(qr->data, (size_t)qr->width * (size_t)qr->width);
	QRcode_free(qr);
	return BH_OK;
}
