"""Kinds of credentials for realms.py: what of each is in both realms, and what
happens to it at each moment.  A moment gives the word for the table, and what
it saw."""

import base64
import hashlib
import json
import os
import secrets
import subprocess
import time

import realmkit
from realmkit import Otp

MADE = "by construction"
HELD = ("refused", "quarantined", "denied", "broken")


class Kind:
    """A row: its name, the words its cells should have (None: there is no
    such moment), and why a word is another one than usual."""

    def __init__(self, name, words=HELD, why=()):
        self.name, self.words, self.why = name, words, why

    def refusal(self, run, secret=""):
        """What a refusal must say, and what it must not."""
        said = run.stdout + run.stderr
        if run.returncode != 1:
            return "exit %d" % run.returncode, said
        if "realm prod" not in said or self.day not in said:
            return "without a reason", said
        if any(word in said for word in [self.theirs] +
               secret.replace("hex:", "").split()):
            return "telling", said
        return "refused", said

    def quarantine(self, vault, collisions, owner):
        why = "owner in: %s\n%s" % (owner, vault.imported)
        if not owner:
            return "locked out", why
        if not collisions or not vault.alarmed():
            return "unnoticed", why
        return "quarantined", why

    def denial(self, vault, login, admitted, control):
        reasons = vault.reasons(login)
        why = "control in: %s; reasons %s" % (control, reasons)
        if not control:
            return "control denied", why
        if admitted or reasons != ["listed"]:
            return "admitted" if admitted else "denied otherwise", why
        return "denied", why


class Token(Kind):
    """One that `bulkhead enroll` is given: production's and the vault's of
    one pair collide; those of the other are listed, and enrolled later."""

    def __init__(self, name, pair, control):
        super().__init__(name)
        (self.prod, self.token), self.listed = pair(), pair()
        self.control = control()

    def order(self, n):
        """Logins, and what production is to enrol."""
        self.login, self.other, self.late = ("%s%d" % (s, n)
                                             for s in ("v", "c", "e"))
        self.theirs = "karl%d" % n
        return [(self.theirs + s, t.options(), t.secret(), t.code(time.time()))
                for s, t in (("a", self.prod), ("b", self.listed[0]))]

    def settle(self, vault):
        for login, token in ((self.login, self.token),
                             (self.other, self.control)):
            vault.person(login)
            vault.enroll(login, token)
        vault.person(self.late)

    def enrolment(self, vault):
        return self.refusal(vault.enroll(self.late, self.listed[1],
                                         check=False),
                            self.listed[0].secret())

    def arrival(self, vault):
        return self.quarantine(
            vault, vault.collisions(login=self.login),
            vault.login(self.login, self.token.code(vault.now())))

    def entry(self, vault):
        return self.denial(
            vault, self.login,
            vault.login(self.login, self.token.code(vault.now())),
            vault.login(self.other, self.control.code(vault.now())))

    def demand(self, vault):
        """D1 counts what collides; the import has said that this does."""
        if vault.counts() and vault.collisions(login=self.login):
            return "broken", ""
        return "holds", vault.findings("D1")


class Recovery(Kind):
    def __init__(self):
        super().__init__(
            "recovery batch", (MADE,) * 4,
            ["its codes are made by the vault's own tool, which takes none "
             "from outside; so no batch can be in both realms"])

    def order(self, n):
        self.login, self.late, self.theirs = "v%d" % n, "e%d" % n, "karl%d" % n
        return []

    def settle(self, vault):
        vault.person(self.login)
        vault.person(self.late)
        self.codes = json.loads(vault.tool("--json", "enroll", self.login,
                                           "recovery").stdout)["codes"]

    def enrolment(self, vault):
        """With production's codes in a file: not taken, and not made."""
        run = vault.tool("enroll", self.late, "recovery", "--secret-file",
                         "-", check=False, text="\n".join(self.prod))
        made = json.loads(vault.tool("--json", "enroll", self.late,
                                     "recovery").stdout)["codes"]
        if run.returncode == 2 and not set(made) & set(self.prod):
            return MADE, run.stderr
        return "enrolled", run.stdout

    def arrival(self, vault):
        listed = vault.listed["recovery"]
        same = vault.collisions(kind="recovery")
        owner = vault.login(self.login, self.codes[0])
        return (MADE if listed == 1 and not same and owner else "collides",
                "%d listed, %s, owner in: %s" % (listed, same, owner))

    def entry(self, vault):
        """Before anything is accepted too: theirs is a wrong code here."""
        theirs = vault.login(self.login, self.prod[1])
        mine = vault.login(self.login, self.codes[1])
        reasons = vault.reasons(self.login)
        return (MADE if reasons == ["wrong"] and mine and not theirs
                else "admitted", "%s, owner in: %s" % (reasons, mine))

    def demand(self, vault):
        """Both realms have codes, and D1 counts none of them."""
        return MADE if vault.counts() else "broken", vault.findings("D1")


class Ssh(Kind):
    """A key, and who has it on the vault; the second factor is the vault's
    own, and no other realm has it."""

    def __init__(self, name, key, listed=None, **kind):
        super().__init__(name, **kind)
        self.key, self.listed = key, listed

    def order(self, n):
        self.login, self.other = "v%d" % n, "c%d" % n
        self.machine, self.theirs = "m%d" % n, "karl%d" % n
        return []

    def settle(self, vault):
        self.tokens = {}
        for login in (self.login, self.other):
            vault.person(login)
            token = Otp(secrets.token_bytes(20), "hotp")
            vault.enroll(login, token)
            self.tokens[login] = token
        vault.unix(self.machine)

    def lines(self):
        """What production accepts."""
        return "".join(k.line() for k in (self.key, self.listed) if k)

    def opens(self, vault, login, key):
        return vault.ssh(login, key, self.tokens[login].code(0))

    def enrolment(self, vault):
        return self.refusal(vault.tool(
            "machine", "add", self.machine, "--key", self.listed.public,
            "--owner", "p-" + self.login, "--ticket", "T-1", "--expires",
            "30d", "--from", "192.0.2.0/24", "--command", "/bin/true",
            "--quota", "none", check=False))

    def where(self):
        return os.path.join(realmkit.KEYS, self.login) + ":1"

    def arrival(self, vault):
        return self.quarantine(
            vault, vault.collisions(where=self.where()),
            self.opens(vault, self.login, self.key))

    def entry(self, vault):
        return self.denial(vault, self.login,
                           self.opens(vault, self.login, self.key),
                           self.opens(vault, self.other, self.control))

    def demand(self, vault):
        found = [f for f in vault.findings("D6")
                 if f["where"] == self.where()]
        return "broken" if found else "holds", vault.findings("D6")


class Certificate(Ssh):
    """Of a key that production lists, signed by the vault's own CA: which
    keys that has signed can't be seen on the vault."""

    def arrival(self, vault):
        owner = self.opens(vault, self.login, self.key)
        blob = base64.b64decode(self.key.line().split()[1])
        digest = hashlib.sha256(b"bulkhead digest v1\0ssh-key\0" + blob)
        listed = vault.ask(op="listed", digests=[
            ["ssh-key", digest.hexdigest()]])["listed"]
        return self.quarantine(vault, [e for e in listed if e["quarantined"]],
                               owner)


class Ca(Ssh):
    def lines(self):
        return ""  # production trusts the CA, and not this key

    def where(self):
        return realmkit.CAS + ":2"


class Password(Kind):
    def __init__(self):
        super().__init__(
            "password", (MADE, None, MADE, "broken"),
            ["a vault's passwords are generated: one of somebody's choice is "
             "refused by the password phase, and production's opens nothing",
             "import: production never gives away a password's hash"])

    def order(self, n):
        self.login, self.theirs = "v%d" % n, secrets.token_hex(8)
        return []

    def settle(self, vault):
        vault.person(self.login)
        self.token = Otp(secrets.token_bytes(20), "hotp")
        vault.enroll(self.login, self.token)
        self.own = json.loads(vault.tool("--json", "password",
                                         self.login).stdout)["password"]

    def shadow(self):
        with open("/etc/shadow", encoding="ascii") as f:
            for number, line in enumerate(f, 1):
                if line.startswith(self.login + ":"):
                    return number, line

    def enrolment(self, vault):
        before = self.shadow()
        run = subprocess.run(["passwd", self.login], capture_output=True,
                             input=2 * (self.theirs + "\n"), text=True)
        reasons = vault.reasons(self.login)
        if run.returncode != 0 and self.shadow() == before and \
           "chosen-password" in reasons:
            return MADE, reasons
        return "taken", "%s %s" % (run, reasons)

    def entry(self, vault):
        theirs, own = (vault.ssh(self.login, self.key, self.token.code(0), p)
                       for p in (self.theirs, self.own))
        return (MADE if own and not theirs else "admitted",
                "own %s, theirs %s" % (own, theirs))

    def demand(self, vault):
        """Root writes production's hash; then the register's own again."""
        number, before = self.shadow()
        chosen = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=self.theirs,
            capture_output=True, text=True, check=True).stdout.strip()
        subprocess.run(["usermod", "-p", chosen, self.login], check=True)
        vault.looks()
        subprocess.run(["usermod", "-p", before.split(":")[1], self.login],
                       check=True)
        found = [f for f in vault.findings("D2")
                 if f["where"] == "/etc/shadow:%d" % number]
        return "broken" if found else "holds", vault.findings("D2")
