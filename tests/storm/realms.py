#!/usr/bin/env -S python3 -B
"""What opens production opens no vault, whatever it is and whenever it is
tried: kinds of credentials by moments, each cell a test (K03, M07, P03, I8).

A production enrols each kind and exports its manifest.  A vault on which the
same credentials, some of them in another dress, are active already imports it.
The table at the end is what the cells have seen."""

import json
import os
import secrets
import socket
import sys
import time

import callers
import gatelib
import realmkit
from gatelib import Crowd, Sources, Tap, subject
from realmkinds import (HELD, Ca, Certificate, Kind, Password, Recovery, Ssh,
                        Token)
from realmkit import Otp, Realm, SkKey, SshKey, Yubikey, overlong

MOMENTS = ("enrolment", "import", "login", "on demand")
STEP = 120  # seconds: more than a code of any period lasts


class Vault(Realm):
    """The backup realm, and what its commands have said last."""

    def __init__(self):
        super().__init__([], "backup", "\n[service sshd]\nrequire = any\n",
                         "bulkheadd_clock")
        self.sources = Sources()
        self.listed = self.imported = self.distinct = None
        self.crowd = None

    def login(self, login, code):
        return self.crowd.one(login, self.sources.next(), code) == 0

    def reads(self, *options):
        """Import production's manifest."""
        run = self.tool("--json", "manifest", "import",
                        realmkit.shared("manifest"), *options)
        self.imported = json.loads(run.stdout)

    def looks(self):
        self.distinct = json.loads(self.tool("--json", "distinct",
                                             check=False).stdout)

    def findings(self, statement):
        return [f for s in self.distinct["statements"]
                if s["id"] == statement and s["result"] == "broken"
                for f in s["findings"]]

    def collisions(self, **like):
        return [c for c in self.imported["collisions"]
                if all(c.get(k) == v for k, v in like.items())]

    def counts(self):
        """D1 is broken by production's manifest, and by as many entries as
        collide: tokens, and where a CA is trusted all SSH keys."""
        n = sum(1 for c in self.collisions() if c["token"])
        n += self.listed["ssh-key"] + self.listed["ssh-ca"]
        return any(f["where"].startswith("manifest of prod, host ") and
                   f["what"].startswith("%d of its entries" % n)
                   for f in self.findings("D1"))

    def ask(self, **request):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect("/run/bulkhead/admin.sock")
            s.send(json.dumps(request).encode())
            return json.loads(s.recv(131072))

    def reasons(self, login):
        return [r.get("reason") for r in self.records()
                if subject(r) == login and r["outcome"] == "failure"]

    def alarmed(self):
        return any(r["action"] == "manifest.collision" and
                   r["count"] == self.imported["quarantined"]
                   for r in self.records())


def fresh_key(length=20):
    return secrets.token_bytes(length)


def tokens():
    def otp(name, prod=None, **dress):
        def pair():
            key = fresh_key()
            return Otp(key, **prod or {}), Otp(key, **dress)
        return Token(name, pair, lambda: Otp(fresh_key(), **dress))

    def padded():
        key = fresh_key()
        return Otp(key), Otp(key + bytes(5))

    def longer(algorithm, block):
        return Token("totp: over-long key, its SHA-" + algorithm[3:],
                     lambda: overlong(algorithm, block),
                     lambda: Otp(fresh_key(64), algorithm=algorithm))

    def public_id():
        key = Yubikey()
        return key, Yubikey(public=key.public)

    def aes_key():
        key = Yubikey()
        return key, Yubikey(key=key.key)
    return [
        otp("totp: the same seed"),
        otp("totp: other digits", digits=8),
        otp("totp: other period", period=60),
        otp("totp: other algorithm", algorithm="SHA512"),
        Token("totp: zeros behind the seed", padded, lambda: Otp(fresh_key())),
        longer("SHA1", 64),
        longer("SHA256", 64),
        longer("SHA512", 128),
        otp("hotp: the seed of a totp", kind="hotp"),
        Token("YubiKey: public id, other AES key", public_id, Yubikey),
        Token("YubiKey: AES key, other public id", aes_key, Yubikey),
    ]


def ssh_kinds(room):
    """The SSH rows, and the CAs of both realms."""
    def new(name, kind=SshKey):
        return kind(os.path.join(room, name))
    machine = ["enrolment: a machine account's key; other keys come without "
               "a command of ours"]
    cas = {name: new(name) for name in ("vault-ca", "prod-ca")}
    plain = Ssh("SSH key: plain", new("plain"), new("plain2"), why=machine)
    sk = Ssh("SSH key: sk", new("sk", SkKey), new("sk2", SkKey), why=machine)
    cert = Certificate(
        "SSH key: inside a certificate", new("cert"),
        words=(None, "quarantined", "denied", None),
        why=["enrolment: a machine account takes no certificate",
             "on demand: a certificate lies with its owner; the vault sees "
             "the CA alone"])
    ca = Ca("SSH CA: its certificate", new("ca"),
            words=(None,) + HELD[1:],
            why=["enrolment: sshd is told of a CA, not `bulkhead`"])
    for kind in (plain, cert, ca):
        kind.control = new("control-" + os.path.basename(kind.key.path))
    sk.control = new("control-sk", SkKey)
    return [plain, cert, sk, ca], cas


def settle_ssh(vault, kinds, cas):
    plain, cert, sk, ca = kinds
    for kind in (plain, sk):
        vault.authorize(kind.login, kind.key)
        vault.authorize(kind.other, kind.control)
    cert.key.certify(cas["vault-ca"], cert.login)
    ca.key.certify(cas["prod-ca"], ca.login)
    for kind in (cert, ca):
        kind.control.certify(cas["vault-ca"], kind.other)
    vault.trust(cas["vault-ca"], cas["prod-ca"])


def pam_files(vault, password):
    """sshd's as shipped, but that one account alone has a password."""
    module = gatelib.built("pam_bulkhead.so")
    with open("/etc/pam.d/sshd", "w", encoding="ascii") as f:
        f.write("auth requisite %s\n"
                "auth [success=done default=ignore] pam_succeed_if.so quiet "
                "user != %s\n"
                "auth required pam_unix.so\n"
                "account required %s\nsession required %s\n" %
                (module, password.login, module, module))
    with open("/etc/pam.d/passwd", "w", encoding="ascii") as f:
        f.write("password requisite %s\n"
                "password required pam_unix.so yescrypt\n" % module)


class Table:
    def __init__(self, tap, vault, kinds):
        self.tap, self.vault, self.kinds = tap, vault, kinds
        self.words = {}

    def column(self, moment, look):
        at = MOMENTS.index(moment)
        for kind in self.kinds:
            want = kind.words[at]
            if want is None:
                self.words[kind, moment] = "-"
                continue
            word, why = getattr(kind, look)(self.vault)
            self.words[kind, moment] = word
            self.tap.ok(word == want, "%s, %s: %s" % (kind.name, moment, want),
                        word, why)

    def show(self):
        wide = max(len(k.name) for k in self.kinds)
        row = "%%-%ds" % wide + "  %-15s" * len(MOMENTS)
        self.tap.note((row % (("",) + MOMENTS)).rstrip())
        for kind in self.kinds:
            self.tap.note((row % ((kind.name,) + tuple(
                self.words[kind, m] for m in MOMENTS))).rstrip())
        for kind in self.kinds:
            for line in kind.why:
                self.tap.note("%s: %s" % (kind.name, line))


def settle(vault, kinds, ssh, cas):
    """All that is there before the manifest comes; what it then lists."""
    order = {"tokens": [], "keys": {}, "ca": cas["prod-ca"].line()}
    for n, kind in enumerate(kinds):
        order["tokens"] += kind.order(n)
        kind.settle(vault)
        if isinstance(kind, Recovery):
            order["recovery"] = kind.theirs
    settle_ssh(vault, ssh, cas)
    for kind in ssh:
        order["keys"][kind.theirs] = kind.lines()
    with open(realmkit.shared("vault.pem"), "w", encoding="ascii") as f:
        f.write(vault.tool("manifest", "cert").stdout)
    return order


def main():
    if sys.argv[1:2] == ["produce"]:
        realmkit.produce()
        return
    realmkit.enter()
    if gatelib.find_built("bulkheadd_clock") is None:
        gatelib.skip_all("no clock-controlled daemon")
    if not callers.have_sshd():
        gatelib.skip_all("no sshd")
    tap, vault = Tap(), Vault()
    vault.set_clock(0)
    vault.sshd_config()
    vault.start()
    vault.crowd = Yubikey.crowd = Crowd(vault, 1)
    ssh, cas = ssh_kinds(vault.room)
    recovery, password = Recovery(), Password()
    kinds = tokens() + [recovery] + ssh + [password]
    password.key = ssh[0].control
    order = settle(vault, kinds, ssh, cas)
    vault.authorize(password.login, password.key)
    pam_files(vault, password)
    answer = realmkit.production(order)
    vault.listed, recovery.prod = answer["entries"], answer["codes"]
    Kind.day = time.strftime("%Y-%m-%d", time.gmtime())
    vault.sshd_start()
    table = Table(tap, vault, kinds)
    vault.reads("--signer", answer["signer"])
    vault.looks()
    vault.move(STEP)
    table.column("enrolment", "enrolment")
    table.column("import", "arrival")
    table.column("on demand", "demand")
    vault.move(STEP)
    vault.reads("--accept")
    table.column("login", "entry")
    vault.stop()
    table.show()
    tap.end()


main()
