libcore_la_SOURCES += \
	core/admin.c core/admin.h core/admin_internal.h \
	core/admin_account.c \
	core/admin_enroll.c \
	core/admin_import.c \
	core/admin_manifest.c \
	core/admin_machine.c \
	core/admin_op.c \
	core/admin_password.c \
	core/admin_person.c \
	core/admin_realm.c \
	core/admin_session.c \
	core/admin_token.c
