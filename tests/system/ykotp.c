/*
 * A Yubico OTP as a token would type it.
 *
 *	ykotp PUBLIC-ID PRIVATE-ID KEY COUNTER USE	(the first three in hex)
 *
 * The key is a test's own; it is read from standard input when given as "-".
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yubikey.h>

/* Hex digits into exactly len bytes. */
static void
from_hex(const char *hex, uint8_t *out, size_t len)
{
	size_t i;

	if (strlen(hex) != 2 * len ||
	    strspn(hex, "0123456789abcdef") != 2 * len)
		errx(2, "%zu hex digits wanted", 2 * len);
	for (i = 0; i < len; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &out[i]) != 1)
			errx(2, "bad hex");
}

static void
read_key(const char *arg, uint8_t *key)
{
	char line[2 * YUBIKEY_KEY_SIZE + 2];

	if (strcmp(arg, "-") != 0) {
		from_hex(arg, key, YUBIKEY_KEY_SIZE);
		return;
	}
	if (fgets(line, sizeof(line), stdin) == NULL)
		errx(2, "no key on standard input");
	line[strcspn(line, "\n")] = '\0';
	from_hex(line, key, YUBIKEY_KEY_SIZE);
}

int
main(int argc, char **argv)
{
	uint8_t public_id[6], key[YUBIKEY_KEY_SIZE];
	char public_text[2 * sizeof(public_id) + 1];
	char otp[YUBIKEY_OTP_SIZE + 1];
	yubikey_token_st token;

	if (argc != 6)
		errx(2, "usage: ykotp PUBLIC PRIVATE KEY COUNTER USE");
	memset(&token, 0, sizeof(token));
	from_hex(argv[1], public_id, sizeof(public_id));
	from_hex(argv[2], token.uid, sizeof(token.uid));
	read_key(argv[3], key);
	token.ctr = (uint16_t)strtoul(argv[4], NULL, 10);
	token.use = (uint8_t)strtoul(argv[5], NULL, 10);
	token.rnd = 0x1234;
	token.crc = (uint16_t)~yubikey_crc16(
	    (const uint8_t *)&token, sizeof(token) - sizeof(token.crc));
	yubikey_generate(&token, key, otp);
	yubikey_modhex_encode(
	    public_text, (const char *)public_id, sizeof(public_id));
	printf("%s%s\n", public_text, otp);
	return 0;
}
