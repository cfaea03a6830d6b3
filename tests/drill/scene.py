"""The scene of the drill: desk, prod and the two vaults, their people, keys,
tokens and nightly jobs."""

import os
import re
import secrets
import subprocess
import time

from codes import STEP, Seed
from machines import HERE, TOP, Failed, Machine, cable, together
from vaults import NIGHTS, Bulkhead, Usual

PRIVATE = os.path.join(TOP, "build", "private")


def find_private(*paths):
    """A file that packages_unpack brought, or that the system has."""
    for root in (PRIVATE, "/"):
        for path in paths:
            whole = os.path.join(root, path.lstrip("/"))
            if os.path.exists(whole):
                return whole
    raise Failed("not there: " + paths[0])


class Scene:
    def __init__(self, build, preload):
        self.preload = preload
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
            process.kill()
        for machine in self.machines:
            machine.down()

    def furnish(self, machine):
        machine.must("mkdir", "-p", "/run/host/drill")
        machine.install(self.preload, "/run/host/movedtime.so")
        for name in ("rsync", "rrsync"):
            machine.install(find_private("/usr/bin/" + name),
                            "/usr/local/bin/" + name)
        for name in os.listdir(os.path.join(HERE, "inside")):
            place = "drill/" if name.endswith(".sh") else "bin/"
            machine.install(os.path.join(HERE, "inside", name),
                            "/run/host/" + place + name)

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
        usual.write("/run/host/drill/push.pub",
                    self.prod.read("/root/.ssh/push_usual.pub"))
        usual.install(find_private(
            "/lib/x86_64-linux-gnu/security/pam_google_authenticator.so",
            "/usr/lib/x86_64-linux-gnu/security/pam_google_authenticator.so"),
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
        vault.password = secrets.token_hex(10)
        vault.machine.must("chpasswd", text="alice:%s\n" % vault.password)

    # Her habits

    def works_on_production(self):
        """A session with her agent forwarded stays open on prod."""
        code = self.phone.totp(time.time())
        process = self.desk.start(
            "ssh-try-long", "%s,%s" % (code, self.password), "ssh", "-A",
            "-i", "/root/.ssh/admin", "-o", "IdentitiesOnly=yes",
            "alice@prod", 'echo "agent: $SSH_AUTH_SOCK"; exec sleep 600',
            env={"SSH_AUTH_SOCK": "/run/agent"})
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
