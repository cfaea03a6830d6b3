"""Every way in that is tried: with the real programs, by somebody who knows
the first factors (alice's key and password, root's password) but no code.

A try returns a sentence if it led in, else None."""

import os
import re
import subprocess

import layout
import terminal

KEYS = ["-i", "/root/.ssh/id_ed25519",
        "-i", "/run/corpus/signed",
        "-o", "CertificateFile=/run/corpus/signed-cert.pub"]
CLIENT = ["-F", "none", "-v", "-o", "UserKnownHostsFile=/dev/null",
          "-o", "GlobalKnownHostsFile=/dev/null",
          "-o", "StrictHostKeyChecking=no", "-o", "NumberOfPasswordPrompts=1",
          "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=10",
          "-o", "KexAlgorithms=curve25519-sha256",
          "-o", "HostbasedAuthentication=yes", "-o", "EnableSSHKeysign=yes"]
KNOWN = {"publickey", "password", "keyboard-interactive", "hostbased"}
DEEPEST = 3
LIMIT_S = 25
ID = "/usr/bin/id"


def text(data):
    return (data or b"").decode("utf-8", "replace")


class Ssh:
    """One way to reach sshd as one account."""

    def __init__(self, port, source, account, code, password):
        self.account = account
        self.port = port
        self.words = ["-o", "Port=%d" % port]
        # From another address of this host, to another one of its net.
        self.host = "127.0.0.1"
        if source is not None:
            self.words += ["-o", "BindAddress=" + source]
            self.host = "10.99.0.2"
        self.at = "%s at port %d%s" % (
            account, port, " from " + source if source else "")
        self.env = dict(os.environ, CODE=code, PASSWORD=password,
                        SSH_ASKPASS="/run/corpus/inside/askpass",
                        SSH_ASKPASS_REQUIRE="force")

    def client(self, methods, tail, program="ssh", given=b""):
        argv = [program] + CLIENT + KEYS + self.words + [
            "-o", "PreferredAuthentications=" + ",".join(methods)] + tail
        try:
            done = subprocess.run(argv, env=self.env, input=given,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=LIMIT_S,
                                  check=False)
        except subprocess.TimeoutExpired as e:
            return text(e.stdout), text(e.stderr)
        return text(done.stdout), text(done.stderr)

    def command(self, methods):
        return self.client(methods, ["%s@%s" % (self.account, self.host),
                                     "echo in:$(id -un)"])

    def otherwise(self, methods):
        """What is left where a command is refused: a forward (sshd's own
        port says "SSH-2.0" through it), or sftp."""
        who = "%s@%s" % (self.account, self.host)
        said, _ = self.client(methods, ["-W", "127.0.0.1:%d" % self.port,
                                        who])
        if "SSH-2.0" in said:
            return "a forward"
        said, _ = self.client(methods, [who], "sftp", b"pwd\n")
        return "sftp" if "working directory: /" in said else None

    def attempt(self, methods):
        """What led in by this sequence of methods, what sshd offered before
        it, and what after it, if it was a part of what sshd wants."""
        said, log = self.command(methods)
        way = " then ".join(methods)
        if "in:" in said:
            return "a command as %s by %s" % (self.at, way), [], []
        offers = re.findall(r"Authentications that can continue: (\S+)", log)
        if "Authenticated to" in log:
            what = self.otherwise(methods)
            if what:
                what = "%s as %s by %s" % (what, self.at, way)
            return what, [], []
        first = offers[0].split(",") if offers else []
        partial = "with partial success" in log
        return None, first, offers[-1].split(",") if partial else []

    def follow(self, methods):
        """Go on as sshd offers: every sequence that begins so."""
        found, _, more = self.attempt(methods)
        for method in [m for m in more if m in KNOWN]:
            if not found and len(methods) < DEEPEST:
                found = self.follow(methods + [method])
        return found

    def any(self):
        """sshd's first offer is told to whoever tries a method: start with
        the one that most have."""
        found, first, more = self.attempt(["publickey"])
        rest = [["publickey", m] for m in more] + \
            [[m] for m in first if m != "publickey"]
        for methods in rest:
            if not found and methods[-1] in KNOWN:
                found = self.follow(methods)
        return found

    def as_is_right(self):
        """By key and code, by code and password alone, from a host that is
        known as well, or as sshd is laid out, by a password."""
        for methods in ["publickey", "keyboard-interactive"], \
                ["keyboard-interactive", "publickey"], \
                ["hostbased", "publickey", "keyboard-interactive"], \
                ["password"]:
            said, _ = self.command(methods)
            if "in:" in said:
                return "in as " + self.at
        return None


def answers(code, password, later=None):
    """What is typed; later is the code from the second time on."""
    codes = [later if later is not None else code, code]

    def answer(asked):
        if asked != "code":
            return password
        return codes.pop() if len(codes) > 1 else codes[0]
    return answer


def su(login, words, code):
    said = terminal.run(
        terminal.becoming(login) + ["su"] + words + ["-c", "echo in:$(id -un)"],
        answers(code, "root-password"))
    return " ".join(["su"] + words + ["by", login]) if "in:root" in said \
        else None


def sudo(login, words, target, code, password):
    argv = ["sudo"] + words + [ID]
    said = terminal.run(terminal.becoming(login) + argv,
                        answers(code, password))
    return "%s by %s" % (" ".join(argv), login) if "(%s)" % target in said \
        else None


def sudo_cached(login, right, code, password):
    """Once with a right code, then without one at the same terminal."""
    script = "sudo %s; echo between; sudo %s" % (ID, ID)
    said = terminal.run(terminal.becoming(login) + ["bash", "-c", script],
                        answers(right, password, later=code))
    first, _, again = said.partition("between")
    return "sudo's cache, by " + login \
        if "(root)" in first and "(root)" in again else None


def pkexec(login, code, password):
    """pamtester, setuid root: it asks PAM as polkit's helper does."""
    said = terminal.run(
        terminal.becoming(login) + [layout.PKEXEC, "polkit-1", login,
                                    "authenticate", "acct_mgmt"],
        answers(code, password))
    return "pkexec by " + login if "account management done" in said else None
