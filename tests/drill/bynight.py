"""Attacks by what production gives to the nightly jobs."""

import threading

# Both vaults are attacked at once, and there is one prod.
prod_is_mine = threading.Lock()

KEEP = "rm -rf /root/kept; mkdir /root/kept; cp -a /srv/db /srv/data /root/kept"
BACK = ("for d in db data; do find /srv/$d -mindepth 1 -delete; "
        "cp -a /root/kept/$d/. /srv/$d/; done; rm -rf /root/kept")


def night(a, spoil):
    """Spoil production, let the night come, put production back."""
    with prod_is_mine:
        a.prod.must_sh(KEEP)
        try:
            a.prod.must_sh(spoil)
            a.said += a.scene.tonight(a.vault)
        finally:
            a.prod.must_sh(BACK)


def encrypted(a):
    night(a, "find /srv/db /srv/data -type f -exec sh -c "
          "'head -c 9000 /dev/urandom >\"$1\"' _ {} ';'")


def gone(a):
    night(a, "find /srv/db /srv/data -mindepth 1 -delete")


def odd_files(a):
    night(a, '''
	for d in /srv/db /srv/data; do
		cd $d
		ln -s /etc etc; ln -s ../../../.. up
		ln -s /srv/backups/generations generations
		rm -rf letters table-1
		ln -s /srv/backups/generations/pull letters
		ln -s /etc/shadow table-1
		mknod sda b 8 0; mkfifo fifo
		cp /bin/true suid; chmod 6755 suid
		printf x >"$(printf 'a\\nb')"; printf x >'-rf'; printf x >'$(id)'
	done''')
    a.seen_on_vault(
        "find /srv/backups \\( -type b -o -type c \\) | head -n 1")


ROGUE = r'''#!/bin/sh
# Sends what nobody asked for: names that lie elsewhere at the vault.
cd /srv/rogue
exec ${SSH_ORIGINAL_COMMAND%% . *} -R . . ./root/.ssh/authorized_keys \
    /etc/cron.d/loot
'''
SHELF = "/usr/local/bin/rrsync"


def rogue_rsync(a):
    """Names of his choice; then a link where a folder comes next."""
    with prod_is_mine:
        a.prod.must_sh(KEEP + '''
	mkdir -p /srv/rogue/root/.ssh
	echo loot >/srv/rogue/root/.ssh/authorized_keys
	echo "* * * * * root loot" >/etc/cron.d/loot
	mv "$1" "$1.kept"''', SHELF)
        a.prod.write(SHELF, ROGUE, 0o755)
        try:
            said = [a.vault.fetch()]
            a.prod.must("mv", SHELF + ".kept", SHELF)
            a.prod.must_sh("ln -s /home/fetch /srv/data/way")
            said.append(a.vault.fetch())
            a.prod.must_sh("rm /srv/data/way && mkdir -p /srv/data/way/.ssh &&"
                           " echo loot >/srv/data/way/.ssh/authorized_keys")
            said.append(a.vault.fetch())
        finally:
            a.prod.must_sh(BACK)
    if said[0] is None:
        a.why = "it fetches nothing"
    else:
        a.said += "".join(done.text for done in said)
    a.seen_on_vault("grep -ls loot /root/.ssh/authorized_keys "
                    "/home/fetch/.ssh/authorized_keys /etc/cron.d/loot")
