# docs: the manual.  The commands' part of bulkhead(8) comes from the table.
dist_man_MANS += docs/man/bulkhead.conf.5 docs/man/bulkheadd.8 \
	docs/man/pam_bulkhead.8
man_MANS = docs/man/bulkhead.8
EXTRA_DIST += docs/man/bulkhead.8.in docs/design.md docs/distinct.md \
	docs/doctor.md docs/install.md docs/ledger.md docs/lockedout.md \
	docs/manifest.md docs/migrate.md docs/packages.md docs/platforms.md \
	docs/protocol.md docs/quickstart.md docs/recipes.md docs/rollout.md \
	docs/store.md docs/threats.md \
	docs/recipes/borg-vault.sh docs/recipes/generation.sh \
	docs/recipes/prune.sh docs/recipes/pull-borg.sh \
	docs/recipes/pull-rsync.sh docs/recipes/take.sh
CLEANFILES += docs/man/bulkhead.8 docs/man/commands.mdoc
docs/man/bulkhead.8: $(srcdir)/docs/man/bulkhead.8.in tools/gen$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) docs/man && \
	    ./tools/gen manual > docs/man/commands.mdoc && \
	    $(SED) -e '/^@COMMANDS@$$/{' -e 'r docs/man/commands.mdoc' \
	    -e d -e '}' $(srcdir)/docs/man/bulkhead.8.in > $@.new && \
	    mv $@.new $@
