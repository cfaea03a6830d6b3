# Packages and tarball.  All but prerm.sh takes minutes: `make packages-try`.
TESTS += tests/packages/prerm.sh
EXTRA_DIST += tests/packages/dist.sh tests/packages/deb.sh \
	tests/packages/prerm.sh \
	tests/packages/chroot.sh tests/packages/build.bash \
	tests/packages/root.bash tests/packages/inside/askpass \
	tests/packages/inside/bare \
	tests/packages/inside/confirm \
	tests/packages/inside/load tests/packages/inside/login \
	tests/packages/inside/people tests/packages/inside/ssh_config

.PHONY: packages-try
packages-try:
	bash -c '. $(srcdir)/tests/packages.sh && \
	    packages_install $$packages_build $$packages_debian'
	$(srcdir)/tests/packages/dist.sh
	$(srcdir)/tests/packages/deb.sh
	$(srcdir)/tests/packages/chroot.sh bookworm
	$(srcdir)/tests/packages/chroot.sh trixie
