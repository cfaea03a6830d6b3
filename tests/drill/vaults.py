"""The two vaults of the drill: one behind Bulkhead's gate, one as people
protect theirs today.  What an attack does to them is asked of them here; each
attack is the same for both."""

import os
import re
import struct
import time

from codes import STEP, Seed
from machines import Failed

KEEP = 6    # generations; the oldest of them is the next to go
NIGHTS = 7
BETWEEN = 2 * 3600  # seconds between two attacks, for throttles and locks to end


def until(holds, what):
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise Failed("not in five seconds: " + what)


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
        self.said = ""   # by its nightly jobs
        self.paper = []
        self.used = 0    # the last step of a code that she used

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
        """A code that her phone shows and that was never used: she waits for
        the next one where she must."""
        if int(self.now()) // STEP <= self.used:
            self.time_passes(STEP)
        self.used = int(self.now()) // STEP
        return self.seed.totp(self.now())

    def owner(self, code, command):
        return self.scene.desk.run(
            "ssh-try", "%s,%s" % (code, self.password), "ssh", "-i",
            "/root/.ssh/" + self.owner_key, "-o", "IdentitiesOnly=yes",
            "alice@" + self.name, command)

    def owner_in(self):
        """By her phone, or by what she has on paper for a bad day."""
        for code in [self.phone()] + self.paper[-1:]:
            done = self.owner(code, 'echo "owner in: $(hostname)"')
            if "owner in: %s.test" % self.name in done.out:
                if code in self.paper:
                    self.paper.remove(code)
                return ""
        return (["no answer"] + done.text.strip().splitlines())[-1]

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
            if re.search(r"[0-9]$|Z$", name):
                found.setdefault(name, []).append(line)
        return {name: "\n".join(lines) for name, lines in found.items()}

    def remember(self):
        """The state that every attack begins with."""
        self.seen = self.planned()
        if len(self.seen) < self.sets * (KEEP - 1):
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

    def jobs_said(self):
        """Its nightly jobs, where they refused something."""
        found = [line for line in self.said.splitlines()
                 if "nothing was pruned" in line or "No space" in line]
        return re.sub(r"(\d{8}T\d{4})\S*Z", r"\1", found[-1]) \
            if found else ""

    def mark(self):
        self.said = ""
        self.log_at = len(self.log())
        self.syslog_at = len(self.syslog())

    def syslog(self):
        return self.machine.read("/var/log/sink")

    def syslog_since(self):
        return self.syslog()[self.syslog_at:]

    def log(self):
        return self.machine.read("/var/log/sshd")

    def log_since(self):
        return self.log()[self.log_at:]

    def calm(self):
        self.time_passes(BETWEEN)
        self.mark()

    sshd_words = [
        r"User \S+ from \S+ not allowed because.*",
        r"refused (?:local|streamlocal) port forward",
        r"beginning MaxStartups throttling",
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
    sets = 2
    owner_key = "admin-vault"
    push_key = "/root/.ssh/push_vault"

    def __init__(self, *args):
        super().__init__(*args)
        self.seed = Seed()
        self.password = None
        self.walled = False

    def set_clocks(self):
        super().set_clocks()
        self.poke("/etc/host-clock", ("%-100s\n" % (
            "%d %d" % (self.passed + self.wrong, self.passed))).encode())

    def tool(self, *args, **more):
        return self.machine.must("bulkhead", *args, **more)

    def gate_said(self):
        reasons = re.findall(
            r"bulkheadd\[\d+\]: action=\S+ outcome=failure reason=(\S+)",
            self.syslog_since())
        return "gate: " + ", ".join(dict.fromkeys(reasons)) if reasons else ""

    def why(self):
        return self.gate_said() or self.sshd_said()

    def recipe(self, name, *args, user=None):
        return self.machine.run("/bin/sh", "/usr/local/share/recipes/" + name,
                                *args, env=self.preload, user=user)

    def generation(self, kind):
        return self.recipe("generation.sh", "/srv/backups/landing/" + kind,
                           "/srv/backups/generations/" + kind,
                           {"push": "push-prod", "pull": "fetch"}[kind])

    def night(self):
        self.said += self.generation("push").text

    def fetch(self):
        """Production's files come into the landing folder."""
        return self.recipe(
            "pull-rsync.sh", "pull-vault@%s:/" % self.prod_address,
            "/srv/backups/landing/pull", "-i", "/home/fetch/pull", "-o",
            "IdentitiesOnly=yes", user="fetch")

    def pull(self):
        done = self.fetch()
        return done if done.code != 0 else self.generation("pull")

    def prune(self):
        for kind in ("push", "pull"):
            self.said += self.recipe(
                "prune.sh", "/srv/backups/generations/" + kind,
                str(KEEP)).text

    def planned(self):
        """Generations but the oldest of each set, whose time has come."""
        found = self.generations()
        oldest = {min(n for n in found if n.startswith(kind))
                  for kind in ("push", "pull")}
        return {n: g for n, g in found.items() if n not in oldest}

    def fetch_manifest(self):
        """The unattended job; nobody is there to be asked."""
        done = self.machine.run("fetch-manifest", self.prod_address)
        self.said += done.text
        return done

    def accept_clock(self):
        self.tool("clock", "accept", "--reason", "time server was theirs")

    def wall(self, closed):
        """forbidden_sources: production's network."""
        if self.walled == closed:
            return
        self.walled = closed
        before = self.syslog().count("is in force")
        self.machine.must(
            "set-config", "/etc/bulkhead/bulkhead.conf", "policy",
            "forbidden_sources=" + ("10.10.0.0/16" if closed else ""))
        self.machine.must_sh('kill -HUP "$(cat /run/host/daemon.pid)"')
        until(lambda: self.syslog().count("is in force") > before,
              "the daemon read its configuration")


class Usual(Vault):
    store, depth = "/srv/backups/prod", 1
    sets = 1
    owner_key = "admin"
    push_key = "/root/.ssh/push_usual"

    def why(self):
        return self.pam_said() or self.sshd_said()

    def pam_said(self):
        found = re.findall(r"\(pam_google_authenticator\)\S* (.*)|"
                           r"pam_google_authenticator\S*: (.*)",
                           self.syslog_since())
        said = [a or b for a, b in found]
        bad = [s for s in said if "Accepted" not in s]
        return "pam: " + bad[-1] if bad else ""

    def night(self):
        """Nothing: production pushes, and what it pushed is stored."""

    def fetch(self):
        return None

    pull = fetch

    def planned(self):
        return self.generations()

    def prune(self):
        self.machine.must("prune-usual", env=self.preload)

    def fetch_manifest(self):
        return None

    def accept_clock(self):
        """Nobody remembers a time here."""

    def wall(self, closed):
        """It has none."""
