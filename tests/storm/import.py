#!/usr/bin/env -S python3 -B
"""A vault imports a manifest of 100,000 entries, and people log in meanwhile
(P03).  --bench: how long both take.

IMPORT_ENTRIES: how many entries."""

import json
import os
import statistics
import subprocess
import sys
import time

import gatelib
import callers
from gatelib import Crowd, Host, Seed, Sources, Tap, built, count_from

LOGINS = 300  # without an import
STREAM = 2500  # as many as there are during one, without a pause either
BY_SSH = 15
LONGEST_S = 5.0
RATIO = 1.1
WAIT_US = 100000


class Logins:
    """One login after the other, each of another person."""

    def __init__(self, host, seed):
        self.crowd, self.seed = Crowd(host, 1), seed
        self.sources, self.i = Sources(), 0

    def one(self):
        """Microseconds from the answer to the verdict."""
        i = self.i
        self.i += 1
        rv, _, us = self.crowd.one_result(
            self.seed.login(i), self.sources.next(), self.seed.hotp(i, 0))
        if rv != gatelib.PAM_SUCCESS:
            raise RuntimeError("login %d was denied" % i)
        return us


def sshd_config():
    """An sshd that says which keys it accepts: else all SSH keys of a
    manifest would be quarantined."""
    if not callers.have_sshd():
        return
    os.makedirs("/run/sshd", exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                    "/etc/ssh/ssh_host_ed25519_key"], check=True)
    with open("/etc/ssh/sshd_config", "w") as f:
        f.write("HostKey /etc/ssh/ssh_host_ed25519_key\nUsePAM yes\n")


class SshLogins:
    """The same by ssh, to the end of a command."""

    def __init__(self, host, seed):
        self.host, self.seed, self.i = host, seed, 0
        callers.pam_file("sshd", built("pam_bulkhead.so"))
        self.sshd = callers.sshd_start(host)

    def one(self):
        i = self.i
        self.i += 1
        us = callers.ssh_login(self.host, self.seed.login(i),
                               self.seed.hotp(i, 0))
        if us is None:
            raise RuntimeError("ssh login %d was denied" % i)
        return us

    def end(self):
        self.sshd.terminate()
        self.sshd.wait()


def forge(host, serial, entries):
    room = host.room
    pem = os.path.join(room, "vault.pem")
    with open(pem, "w") as f:
        f.write(host.tool("manifest", "cert").stdout)
    path = os.path.join(room, "manifest")
    subprocess.run([built("forge"), "key=" + os.path.join(room, "signer"),
                    "to=" + pem, "out=" + path, "serial=%d" % serial,
                    "fill=%d" % entries], check=True, capture_output=True)
    return path


def during_import(host, logins, path):
    """(seconds it took, microseconds of each login meanwhile)."""
    begun = time.monotonic()
    run = subprocess.Popen([built("bulkhead"), "manifest", "import", path,
                            "--yes"], stdout=subprocess.DEVNULL,
                           stdin=subprocess.DEVNULL)
    took = []
    while run.poll() is None:
        took.append(logins.one())
    if run.returncode != 0:
        raise RuntimeError("the import ended with %d" % run.returncode)
    return time.monotonic() - begun, took


def quickest(host, entries):
    """Seconds of an import that nobody disturbs: the best of three, since
    others share the machine."""
    took = []
    for serial in range(1, 4):
        path = forge(host, serial, entries)
        begun = time.monotonic()
        host.tool("manifest", "import", path, "--yes")
        took.append(time.monotonic() - begun)
    return min(took)


def judge(lines):
    """What is asked for, and whether it holds."""
    print("\n%-50s %9s %9s" % ("asked for", "measured", "at most"))
    for what, value, most in lines:
        print("%-50s %9.3f %9.3f %s" % (what, value, most,
                                        "" if value <= most else "MISSED"))
    return all(value <= most for _, value, most in lines)


def say(tap, what, alone, took, seconds):
    tap.note("%d logins %s during an import of %.2f s: %d us at the median, "
             "%d us at most; without one %d and %d us" %
             (len(took), what, seconds, statistics.median(took), max(took),
              statistics.median(alone), max(alone)))


def bench(tap, host, logins, ssh_seed, entries):
    alone = [logins.one() for _ in range(STREAM)]
    seconds = quickest(host, entries)
    meanwhile, took = during_import(host, logins, forge(host, 4, entries))
    say(tap, "one after the other", alone, took, meanwhile)
    ssh = SshLogins(host, ssh_seed)
    ssh_alone = [ssh.one() for _ in range(BY_SSH)]
    ssh_took = []
    for serial in range(5, 8):
        meanwhile, some = during_import(host, ssh,
                                        forge(host, serial, entries))
        ssh_took += some
    say(tap, "by ssh", ssh_alone, ssh_took, meanwhile)
    ssh.end()
    # what the disk does now and then is not the import's
    late = sum(1 for us in took if us - statistics.median(alone) > WAIT_US)
    return judge([
        ("import, s", seconds, LONGEST_S),
        ("a login by ssh during it to one without",
         statistics.median(ssh_took) / statistics.median(ssh_alone), RATIO),
        ("logins that waited 100 ms more, in a hundred",
         100 * late / len(took), 1.0)])


def main():
    gatelib.enter()
    tap = Tap()
    entries = count_from("IMPORT_ENTRIES", 100000)
    seed, ssh_seed = Seed("i", "hotp", 20000), Seed("s", "hotp", 500)
    host = Host([seed, ssh_seed], realm_class="backup",
                conf="[policy]\nrequire = any\n")
    sshd_config()
    host.start()
    logins = Logins(host, seed)
    if "--bench" in sys.argv:
        sys.exit(0 if bench(tap, host, logins, ssh_seed, entries) else 1)
    alone = [logins.one() for _ in range(LOGINS)]
    seconds, took = during_import(host, logins, forge(host, 1, entries))
    say(tap, "one after the other", alone, took, seconds)
    tap.ok(len(took) > 1, "P03 people log in while a vault imports %d entries"
           % entries)
    listed = json.loads(host.tool("--json", "manifest", "list",
                                  check=False).stdout)
    tap.ok(listed["sources"][0]["entries"] == entries,
           "P03 all of them are in force", listed)
    host.stop()
    tap.end()


main()
