# core: the product.  One library; its parts list their own files.
noinst_LTLIBRARIES += libcore.la
libcore_la_SOURCES =
libcore_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS) \
	$(OATH_CFLAGS) $(INIH_CFLAGS) $(JANSSON_CFLAGS)
libcore_la_CFLAGS = $(AM_CFLAGS)
libcore_la_LIBADD = libbase.la $(CRYPTO_LIBS) $(SQLITE_LIBS) $(OATH_LIBS) \
	$(YUBIKEY_LIBS) $(INIH_LIBS) $(JANSSON_LIBS)
include core/crypto/rules.mk
include core/pure.mk
include core/config.mk
include core/gate.mk
include core/admin.mk
include core/host/rules.mk
include core/store/rules.mk
