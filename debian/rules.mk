# The packages' sources come with the tarball, which builds them too.
EXTRA_DIST += debian/bulkhead.README.Debian debian/bulkhead.docs \
	debian/bulkhead.install \
	debian/bulkhead.postinst debian/bulkhead.postrm debian/bulkhead.prerm \
	debian/changelog debian/control debian/copyright \
	debian/libpam-bulkhead.install debian/libpam-bulkhead.prerm \
	debian/rules debian/source/format debian/source/options
