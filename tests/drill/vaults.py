"""The two vaults of the drill: one behind Bulkhead's gate, one as people
protect theirs today.  What an attack does to them is asked of them here; each
attack is the same for both."""

import json
import os
import re
import struct
import subprocess
import time

from codes import STEP, Seed
from machines import Failed

KEEP = 5
NIGHTS = 6
FROZEN = 2 * 3600  # between two attacks, for throttles and locks to end


class Vault:
    """What both have: an owner, a clock, stored generations, a log."""

    preload = {"LD_PRELOAD": "/run/host/movedtime.so",
               "DRILL_CLOCK": "/etc/drill-clock"}

    def __init__(self, scene, machine, address, prod_address):
        self.scene, self.machine = scene, machine
        self.name = machine.name
        self.address, self.prod_address = address, prod_address
        self.passed = 0  # time that went by in the drill, not outside
        self.wrong = 0   # what the time server made of the vault's clock
        self.seen = {}
        self.log_at = 0
        self.paper = []

    # Time

    def now(self):
        """As everybody's watch has it."""
        return time.time() + self.passed

    def set_clocks(self):
        self.poke("/etc/drill-clock",
                  struct.pack("=q", self.passed + self.wrong))

    def poke(self, path, data):
        """Over a file that is mapped or open: never shorter."""
        fd = os.open(self.machine.path(path), os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(fd, data, 0)
        os.close(fd)

    def time_passes(self, seconds):
        self.passed += seconds
        self.set_clocks()

    def clock_wrong(self, seconds):
        self.wrong = seconds
        self.set_clocks()

    # The owner

    def phone(self):
        """A code that her phone shows and that was never used."""
        self.time_passes(STEP)
        return self.seed.totp(self.now())

    def owner(self, code, command):
        return self.scene.desk.run(
            "ssh-try", "%s,%s" % (code, self.password), "ssh", "-i",
            "/root/.ssh/" + self.owner_key, "-o", "IdentitiesOnly=yes",
            "alice@" + self.name, command)

    def owner_in(self):
        """By her phone, or by what she has on paper for a bad day."""
        for code in [self.phone] + [self.paper.pop] * bool(self.paper):
            done = self.owner(code(), 'echo "owner in: $(hostname)"')
            if "owner in: %s.test" % self.name in done.out:
                return ""
        return done.text.strip().splitlines()[-1:] and \
            done.text.strip().splitlines()[-1] or "no answer"

    # What is stored

    def generations(self):
        """Each with all that a restore would bring: names, kinds, modes,
        links, bytes."""
        listing = self.machine.must_sh(
            'cd "$1" 2>/dev/null || exit 0\n'
            'find . -mindepth "$2" -printf "%P\\t%y %m %l\\n" | sort\n'
            "echo --\n"
            'find . -mindepth "$2" -type f -exec sha256sum {} + | sort',
            self.store, str(self.depth))
        found = {}
        for line in listing.splitlines():
            path = line[66:].removeprefix("./") if "\t" not in line \
                else line.split("\t")[0]
            name = "/".join(path.split("/")[:self.depth])
            if name:
                found.setdefault(name, []).append(line)
        return {name: "\n".join(lines) for name, lines in found.items()}

    def remember(self):
        """The state that every attack begins with."""
        self.seen = self.generations()
        if len(self.seen) < KEEP:
            raise Failed("%s: %d generations" % (self.name, len(self.seen)))
        self.machine.must_sh("rm -rf /srv/kept && cp -a /srv/backups "
                             "/srv/kept")

    def mend(self):
        self.machine.must_sh(
            "find /srv/backups -mindepth 1 -delete && "
            "cp -a /srv/kept/. /srv/backups/")

    def lost(self):
        """Generations that can't be restored as they were."""
        now = self.generations()
        return [name for name in sorted(self.seen)
                if now.get(name) != self.seen[name]]

    # What it says

    def mark(self):
        self.log_at = len(self.log())

    def log(self):
        return self.machine.read("/var/log/sshd")

    def log_since(self):
        return self.log()[self.log_at:]

    def calm(self):
        self.time_passes(FROZEN)
        self.mark()

    sshd_words = [
        r"Failed \S+ for.*?(?= from)",
        r"User \S+ from \S+ not allowed because.*",
        r"Postponed none", r"refused local port forward.*",
        r"Received request.*", r"Authentication refused.*",
        r"beginning MaxStartups throttling",
        r"drop connection .*?(?= from)", r"Connection closed by invalid.*",
        r"Accepted publickey for push-prod",
    ]

    def sshd_said(self):
        text = self.log_since()
        for words in self.sshd_words:
            found = re.findall(words, text)
            if found:
                return "sshd: " + found[-1].strip()
        return ""


class Bulkhead(Vault):
    store, depth = "/srv/backups/generations", 2
    owner_key = "admin-vault"
    push_key = "/root/.ssh/push_vault"

    def __init__(self, *args):
        super().__init__(*args)
        self.seed = Seed()
        self.password = None
        self.boot = 0
        self.records_at = 0

    def set_clocks(self):
        super().set_clocks()
        self.poke("/etc/host-clock", ("%-100s\n" % (
            "%d %d" % (self.passed + self.wrong, self.passed))).encode())

    def tool(self, *args, **more):
        return self.machine.must("bulkhead", *args, **more)

    def records(self):
        text = self.machine.must("bulkhead", "ledger", "show", "--format",
                                 "json")
        whole = json.loads(text)
        return whole["records"] if isinstance(whole, dict) else whole

    def mark(self):
        super().mark()
        self.records_at = len(self.records())

    def gate_said(self):
        reasons = [r.get("reason") or r["action"]
                   for r in self.records()[self.records_at:]
                   if r.get("outcome") == "failure"]
        return "gate: " + ", ".join(dict.fromkeys(reasons)) if reasons else ""

    def why(self):
        return self.gate_said() or self.sshd_said()

    def night(self):
        self.machine.run("night", "push", "/srv/backups/landing/prod/",
                         env=self.preload)

    def pull(self):
        return self.machine.run(
            "night", "pull", "pull-vault@%s:/" % self.prod_address, "-e",
            "ssh -i /root/.ssh/pull -o IdentitiesOnly=yes -o BatchMode=yes "
            "-o ForwardAgent=no -o ClearAllForwardings=yes",
            env=self.preload)

    def prune(self):
        self.machine.must("prune", str(KEEP), env=self.preload)

    def wall(self, closed):
        """forbidden_sources: production's network."""
        self.machine.must(
            "set-config", "/etc/bulkhead/bulkhead.conf", "policy",
            "forbidden_sources=" + ("10.10.0.0/16" if closed else ""))
        self.machine.must_sh('kill -HUP "$(cat /run/host/daemon.pid)"')


class Usual(Vault):
    store, depth = "/srv/backups/prod", 1
    owner_key = "admin"
    push_key = "/root/.ssh/push_usual"

    def why(self):
        return self.pam_said() or self.sshd_said()

    def mark(self):
        super().mark()
        self.sink_at = len(self.machine.read("/var/log/sink"))

    def pam_said(self):
        text = self.machine.read("/var/log/sink")[self.sink_at:]
        found = re.findall(r"\(pam_google_authenticator\)\S* (.*)|"
                           r"pam_google_authenticator\S*: (.*)", text)
        said = [a or b for a, b in found]
        bad = [s for s in said if "Accepted" not in s]
        return "pam: " + bad[-1] if bad else ""

    def night(self):
        """Nothing: production pushes, and what it pushed is stored."""

    def pull(self):
        return None

    def prune(self):
        self.machine.must("prune-usual", env=self.preload)

    def wall(self, closed):
        """It has none."""
