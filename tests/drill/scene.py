"""The scene of the drill: desk, prod and the two vaults, their people, keys,
tokens and nightly jobs."""

import glob
import json
import os
import re
import secrets
import subprocess
import time

from codes import STEP, Seed
from machines import HERE, TOP, Failed, Machine, cable, end, together
from vaults import NIGHTS, Bulkhead, Usual, until

RECIPES = os.path.join(TOP, "docs", "recipes")
PRIVATE = os.path.join(TOP, "build", "private")


def find_private(*paths):
    """A file that packages_unpack brought, or that the system has."""
    for root in (PRIVATE, "/"):
        for path in paths:
            for found in glob.glob(os.path.join(root, path.lstrip("/"))):
                return found
    raise Failed("not there: " + paths[0])


MACHINES = {
    "push-prod": ("/usr/bin/env rrsync -wo /srv/backups/landing/push", "300d"),
    "push-old": ("/usr/bin/env rrsync -wo /srv/backups/landing/old", "1d"),
    "pull-vault": ("/usr/bin/env rrsync -ro /srv/data", "300d"),
    "manifest": ("/bin/cat /srv/manifest/vault", "300d"),
}
STEAL = """
import base64, json, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/run/bulkhead/admin.sock")
s.send(b'{"op": "manifest.identity"}')
reply = json.loads(s.recv(131072))
open("/root/loot-identity", "wb").write(base64.b64decode(reply["identity"]))
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/run/bulkhead/admin.sock")
s.send(b'{"op": "manifest.serial"}')
reply = json.loads(s.recv(131072))
open("/root/loot-host", "w").write(reply["host"])
open("/root/loot-serial", "w").write(str(reply["serial"]))
"""
FOLDERS = {"push": "/srv/db", "pull": "/srv/data"}
# Names, kinds, modes, links and bytes.
TREE = """cd "$1" && find . -mindepth 1 -printf '%P %y %m %l\\n' | sort &&
	find . -type f -exec sha256sum {} + | sort"""


class Scene:
    def __init__(self, build):
        self.preload = os.path.join(build, ".libs", "movedtime.so")
        self.desk = Machine("desk", build)
        self.prod = Machine("prod", build)
        self.machines = [self.desk, self.prod, Machine("vault", build),
                         Machine("vault-usual", build)]
        self.vault = Bulkhead(self, self.machines[2], "10.10.1.2",
                              "10.10.1.1")
        self.usual = Usual(self, self.machines[3], "10.10.2.2", "10.10.2.1")
        self.vaults = [self.vault, self.usual]
        self.running = []
        # What production's attacker will have.
        self.password = "alice-" + secrets.token_hex(4)
        self.phone = Seed()
        self.token = Seed()
        self.token_counter = 0
        self.yubikey = ("ff00002d2d2d", "8792ebfe26cc", secrets.token_hex(16))
        self.recovery = []
        self.scratch = ["%08d" % (10000000 + secrets.randbelow(89999999))
                        for _ in range(5)]

    # Hosts

    def up(self):
        # host.sh makes what `make install` lays out, once for all of them.
        self.desk.up()
        together(*[m.up for m in self.machines[1:]])
        together(*[lambda m=m: self.furnish(m) for m in self.machines])
        cable(self.prod, "10.10.1.1", self.vault.machine, "10.10.1.2")
        cable(self.prod, "10.10.2.1", self.usual.machine, "10.10.2.2")
        cable(self.desk, "10.20.1.1", self.vault.machine, "10.20.1.2")
        cable(self.desk, "10.20.2.1", self.usual.machine, "10.20.2.2")
        cable(self.desk, "10.20.3.1", self.prod, "10.20.3.2")

    def down(self):
        for process in self.running:
            end(process)
        for machine in self.machines:
            machine.down()

    def furnish(self, machine):
        machine.must("mkdir", "-p", "/run/host/drill")
        machine.install(self.preload, "/run/host/movedtime.so")
        for name in ("rsync", "rrsync"):
            machine.install(find_private("/usr/bin/" + name),
                            "/usr/local/bin/" + name)
        machine.must("mkdir", "-p", "/usr/local/share/recipes")
        for name in os.listdir(RECIPES):
            machine.install(os.path.join(RECIPES, name),
                            "/usr/local/share/recipes/" + name)
        for name in os.listdir(os.path.join(HERE, "inside")):
            place = "drill/" if name.endswith(".sh") else "bin/"
            machine.install(os.path.join(HERE, "inside", name),
                            "/run/host/" + place + name)

    def inside(self, name):
        return os.path.join(HERE, "inside", name)

    def hand(self, machine, **files):
        for name, text in files.items():
            machine.write("/run/host/drill/" + name.replace("_", "-"), text,
                          0o600)

    # People and machines

    def people(self):
        self.desk.must("/run/host/drill/desk.sh")
        admin = self.desk.read("/root/.ssh/admin")
        admin_pub = self.desk.read("/root/.ssh/admin.pub")
        phone = self.phone_file()
        self.hand(self.prod, admin=admin, phone=phone)
        self.prod.write("/run/host/drill/admin.pub", admin_pub)
        self.usual.password = self.password
        self.usual.seed = self.phone
        self.usual.paper = self.scratch[3:]
        for vault in self.vaults:
            vault.set_clocks()
        self.vault.poke("/etc/host-clock", b"%-100s\n" % b"0 0")
        self.prod.must("dd", "if=/dev/zero", "of=/etc/drill-clock", "bs=8",
                       "count=1")
        self.prod.must("/run/host/drill/prod.sh", self.password)
        self.vault.machine.write(
            "/run/host/drill/admin-vault.pub",
            self.desk.read("/root/.ssh/admin-vault.pub"))
        usual = self.usual.machine
        self.hand(usual, phone=phone)
        usual.write("/run/host/drill/admin.pub", admin_pub)
        for name in ("push_usual", "push_old"):
            usual.write("/run/host/drill/%s.pub" % name,
                        self.prod.read("/root/.ssh/%s.pub" % name))
        usual.install(find_private(
            "/lib/*/security/pam_google_authenticator.so",
            "/usr/lib/*/security/pam_google_authenticator.so"),
            pamdir() + "/pam_google_authenticator.so")
        together(
            lambda: usual.must("/run/host/drill/usual.sh", self.password),
            lambda: self.vault.machine.must("/run/host/drill/vault.sh"))

    def phone_file(self):
        return "\n".join([self.phone.text(), '" RATE_LIMIT 3 30',
                          '" WINDOW_SIZE 3', '" DISALLOW_REUSE',
                          '" TOTP_AUTH'] + self.scratch) + "\n"

    def realms(self):
        for machine, realm, kind in ((self.prod, "shop", "production"),
                                     (self.vault.machine, "vault", "backup")):
            machine.must("bulkhead", "init", "--realm", realm, "--class",
                         kind)
            machine.must("start-daemon", "bulkheadd_clock", "--foreground",
                         env={"BULKHEAD_TEST_CLOCK": "/etc/host-clock"})
            machine.must("bulkhead", "person", "add", "p-alice", "--name",
                         "Alice Example")
            machine.must("bulkhead", "account", "add", "alice", "--person",
                         "p-alice")

    def enrol(self, machine, kind, secret, confirm, *options):
        return machine.must(
            "bulkhead", "enroll", "alice", kind, "--secret-file", "-",
            "--confirm", confirm, *options, text=secret + "\n")

    def tokens(self):
        self.tokens_of_production()
        self.manifest()
        self.tokens_of_vault()

    def tokens_of_production(self):
        now = time.time()
        self.enrol(self.prod, "totp", self.phone.text(),
                   self.phone.totp(now - STEP), "--no-qr")
        self.enrol(self.prod, "hotp", self.token.text(), self.token.hotp(0),
                   "--no-qr")
        public, private, key = self.yubikey
        self.enrol(self.prod, "yubikey",
                   "1,vvccccdtdtdt,%s,%s" % (private, key), self.press(1))
        self.recovery = recovery_codes(
            self.prod.must("bulkhead", "enroll", "alice", "recovery"))

    def press(self, counter):
        public, private, key = self.yubikey
        return self.prod.must("ykotp", public, private, "-", str(counter),
                              "0", text=key).strip()

    def tokens_of_vault(self):
        vault = self.vault
        self.enrol(vault.machine, "totp", vault.seed.text(),
                   vault.seed.totp(vault.now() - STEP), "--no-qr")
        vault.paper = recovery_codes(
            vault.machine.must("bulkhead", "enroll", "alice", "recovery"))
        said = vault.tool("password", "alice")
        vault.password = re.search(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b",
                                   said)[0]

    # The nightly jobs

    def tonight(self, vault):
        """One night as always; -> what the jobs said."""
        if vault is self.vault:
            done = self.push(vault, "", "--delete")
            return done.text + vault.pull().text
        return self.push(vault, "night-99/", "--link-dest=/night-%02d" %
                         NIGHTS).text

    def machine_accounts(self):
        vault, peer = self.vault.machine, self.vault.prod_address
        for machine, login, key, source in (
                (vault, "push-prod", "/root/.ssh/push_vault.pub", self.prod),
                (vault, "push-old", "/root/.ssh/push_old.pub", self.prod),
                (self.prod, "pull-vault", "/home/fetch/pull.pub", vault),
                (self.prod, "manifest", "/home/fetch/pull.pub", vault)):
            command, life = MACHINES[login]
            machine.write("/run/host/drill/%s.pub" % login, source.read(key))
            machine.must(
                "bulkhead", "machine", "add", login, "--key",
                "/run/host/drill/%s.pub" % login, "--owner", "p-alice",
                "--ticket", "NIGHT-1", "--expires", life, "--from",
                (peer if machine is vault else self.vault.address) + "/32",
                "--command", command, "--quota", "none")
        for machine in (vault, self.prod):
            machine.must_sh('kill -HUP "$(cat /run/sshd.pid)"')

    def manifest(self):
        """Prod's first one, its signer compared and pinned by hand."""
        vault = self.vault
        self.prod.write("/root/vault.pem", vault.tool("manifest", "cert"))
        self.prod.must("bulkhead", "manifest", "export", "--to",
                       "/root/vault.pem", "-o", "/root/good")
        self.prod.must("install", "-m", "644", "/root/good",
                       "/srv/manifest/vault")
        done = vault.fetch_manifest()
        if "signer" not in done.text or done.code == 0:
            raise Failed("a signer that nobody pinned: " + done.text)
        signer = json.loads(self.prod.must("bulkhead", "--json", "manifest",
                                           "cert"))["fingerprint"]
        vault.machine.must_sh('ssh -i /home/fetch/pull -o BatchMode=yes '
                              '"manifest@$1" >/root/first && bulkhead '
                              'manifest import /root/first --signer "$2"',
                              vault.prod_address, signer)

    def steal(self):
        """The key that signs production's manifests: its root asks for it."""
        self.prod.must("python3", "-c", STEAL)

    def work(self, night):
        """A day's work on production."""
        self.prod.must_sh(
            'echo "day $1" >>/srv/db/accounts; '
            'echo "day $1" >>/srv/data/settings; '
            'head -c 20000 /dev/urandom >"/srv/data/letters/new-$1"; '
            "chown -R alice: /srv/data", str(night))

    def push(self, vault, to, *options):
        return self.prod.run(
            "rsync", "-a", *options, "-e", "ssh -i %s -o IdentitiesOnly=yes "
            "-o BatchMode=yes" % vault.push_key, "/srv/db/",
            "push-prod@%s:%s" % (vault.address, to))

    def night(self, number):
        done = self.push(self.vault, "", "--delete")
        if done.code != 0:
            raise Failed("push to vault: " + done.text)
        self.vault.night()
        pulled = self.vault.pull()
        if pulled.code != 0:
            raise Failed("pull by vault: " + pulled.text)
        done = self.push(self.usual, "night-%02d/" % number,
                         "--link-dest=/night-%02d" % (number - 1))
        if done.code != 0:
            raise Failed("push to vault-usual: " + done.text)
        for vault in self.vaults:
            vault.prune()

    def nights(self):
        for number in range(1, NIGHTS + 1):
            self.work(number)
            self.night(number)
            if number == 1:
                self.control_of_old()
        for vault in self.vaults:
            vault.remember()

    def control_of_old(self):
        """The account that has an end works before it."""
        for vault in self.vaults:
            self.prod.must(
                "rsync", "-e", "ssh -i /root/.ssh/push_old -o BatchMode=yes "
                "-o IdentitiesOnly=yes", "/etc/hostname",
                "push-old@%s:" % vault.address)

    def lax(self):
        """Open the doors of the usual vault."""
        usual = self.usual
        usual.machine.write("/run/host/drill/ca.pub",
                            self.prod.read("/root/.ssh/ca.pub"))
        usual.machine.write(
            "/run/host/drill/known_hosts", "%s,%s.,prod,prod.test,prod.test. "
            "%s" % (usual.prod_address, usual.prod_address, self.prod.read(
                "/etc/ssh/ssh_host_ed25519_key.pub")))
        usual.machine.must("/run/host/drill/lax.sh")
        until(lambda: self.prod.run("ssh-keyscan", usual.address).out,
              "sshd is back")

    # The end

    def wipe(self):
        """Prod is gone, with all that was on it; a new one is put up."""
        self.night(NIGHTS + 1)
        self.wanted = {kind: self.prod.must_sh(TREE, folder)
                       for kind, folder in FOLDERS.items()}
        while self.running:
            end(self.running.pop())
        self.prod.down()
        self.prod.up()
        self.prod.must("mkdir", *FOLDERS.values())

    def restored(self, kind):
        """The last generation of a set on the new prod, byte for byte?"""
        folder = FOLDERS[kind]
        last = max(n for n in self.vault.generations() if n.startswith(kind))
        tar = self.vault.machine.start(
            "tar", "-C", "/srv/backups/generations/" + last, "-c", ".",
            text=False)
        self.prod.must("tar", "-C", folder, "-x", source=tar.stdout)
        if tar.wait() != 0:
            raise Failed("tar: %d" % tar.returncode)
        return self.prod.must_sh(TREE, folder) == self.wanted[kind]

    # Her habits

    def works_on_production(self):
        """A session with her agent forwarded stays open on prod."""
        code = self.phone.totp(time.time())
        process = self.desk.start(
            "ssh-try", "%s,%s" % (code, self.password), "ssh", "-A",
            "-i", "/root/.ssh/admin", "-o", "IdentitiesOnly=yes",
            "alice@prod", 'echo "agent: $SSH_AUTH_SOCK"; exec sleep 600',
            env={"SSH_AUTH_SOCK": "/run/agent", "SSH_TRY_LIMIT": "900"})
        self.running.append(process)
        said = ""
        for line in process.stdout:
            said += line
            found = re.match(r"agent: (/\S+)", line)
            if found:
                self.agent = found[1]
                return
        raise Failed("alice could not work on prod: " + said)


def recovery_codes(text):
    codes = re.findall(r"\b(?:[A-Za-z2-7]{4}[- ]){3}[A-Za-z2-7]{4}\b", text)
    if not codes:
        raise Failed("no recovery codes in: " + text)
    return codes


def pamdir():
    return subprocess.run(
        ["bash", "-c", '. "$1" && host_pamdir', "pamdir",
         os.path.join(TOP, "tests/system/host.sh")],
        capture_output=True, text=True, check=True).stdout.strip()
