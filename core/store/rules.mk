# The store, the realm's key and the anchor.
libcore_la_SOURCES += core/keyring.c core/keyring.h core/anchor.c \
	core/anchor.h core/store/store.h core/store/engine.h \
	core/store/accept.c core/store/account.c core/store/address.c \
	core/store/backup.c \
	core/store/ballast.c core/store/cell.c core/store/folder.c \
	core/store/head.c core/store/host.c core/store/identity.c \
	core/store/log_file.c core/store/machine.c core/store/manifest.c \
	core/store/manifest_sum.c core/store/meta.c \
	core/store/migrate.c core/store/password.c core/store/person.c \
	core/store/record.c \
	core/store/rekey.c core/store/seal.c core/store/source.c \
	core/store/sql.c core/store/sql_text.c \
	core/store/store.c core/store/token.c core/store/token_digest.c \
	core/store/transaction.c \
	core/store/vfs.c
