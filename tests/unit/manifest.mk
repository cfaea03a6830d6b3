# Manifests, and how they are signed and sealed.
if HAVE_CMOCKA
manifest_tests = \
	tests/unit/test_cms \
	tests/unit/test_identity \
	tests/unit/test_manifest \
	tests/unit/test_manifest_decode
check_PROGRAMS += $(manifest_tests)
TESTS += $(manifest_tests)

CMS_FORGE = tests/unit/cms_forge.c tests/unit/cms_forge.h tests/unit/unit.h
tests_unit_test_cms_SOURCES = tests/unit/test_cms.c $(CMS_FORGE)
tests_unit_test_cms_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_cms_LDADD = $(UNIT_LIBS) $(CRYPTO_LIBS)
tests_unit_test_identity_SOURCES = tests/unit/test_identity.c $(CMS_FORGE)
tests_unit_test_identity_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_identity_LDADD = $(UNIT_LIBS) $(CRYPTO_LIBS)
MANIFEST_TEXT = tests/unit/manifest_text.c tests/unit/manifest_text.h \
	tests/unit/unit.h
tests_unit_test_manifest_SOURCES = tests/unit/test_manifest.c $(MANIFEST_TEXT)
tests_unit_test_manifest_LDADD = $(UNIT_LIBS)
tests_unit_test_manifest_decode_SOURCES = tests/unit/test_manifest_decode.c \
	$(MANIFEST_TEXT)
tests_unit_test_manifest_decode_LDADD = $(UNIT_LIBS)
endif
