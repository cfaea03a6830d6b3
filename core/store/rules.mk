# The store, the realm's key and the anchor.
libcore_la_SOURCES += core/keyring.c core/keyring.h core/anchor.c \
	core/anchor.h core/store/store.h core/store/engine.h \
	core/store/accept.c core/store/account.c core/store/backup.c \
	core/store/ballast.c core/store/cell.c core/store/folder.c \
	core/store/head.c core/store/host.c core/store/log_file.c core/store/meta.c \
	core/store/migrate.c core/store/person.c core/store/record.c \
	core/store/rekey.c core/store/seal.c core/store/sql.c \
	core/store/store.c core/store/token.c core/store/transaction.c \
	core/store/vfs.c
