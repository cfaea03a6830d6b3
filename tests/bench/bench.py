#!/usr/bin/env -S python3 -B
"""How long a login takes, through ours and through its peers: the same driver,
the same file system, the same run, in interleaved rounds.

ROUNDS, LOGINS: how many.  MANY: accounts in the big store."""

import base64
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "storm"))
import gatelib  # noqa: E402
from gatelib import Crowd, Host, Seed, Sources  # noqa: E402

PEOPLE = 40
Host.options = []  # as systemd starts it: one log, not two
COMMIT = 12360  # bytes of a commit: three pages of SQLite's log
BIG = "/var/lib/bulkhead-big"
SYNCS = "fdatasync,fsync,sync_file_range,msync,syncfs,sync"
MODULES = "/lib/*/security/", "/usr/lib/*/security/"


class BigHost(Host):
    """A second daemon, with a store of many accounts."""

    config = "/etc/bulkhead/big.conf"
    socket = "/run/bulkhead-big/gate.sock"

    def __init__(self, first, many):
        self.__dict__.update(first.__dict__)
        self.log = os.path.join(self.room, "big.log")
        for name in ("lib", "anchor"):
            there = BIG if name == "lib" else BIG + "-anchor"
            here = os.path.join(self.room, "big-" + name)
            os.makedirs(here)
            os.makedirs(there)
            subprocess.run(["mount", "--bind", here, there], check=True)
            shutil.chown(there, "bulkhead", "bulkhead")
            os.chmod(there, 0o700)
        os.makedirs("/run/bulkhead-big")
        with open(self.config, "w") as f:
            f.write("[realm]\nname = storm\nclass = production\n[gate]\n"
                    "socket = %s\nadmin = /run/bulkhead-big/admin.sock\n"
                    "store = sqlite:%s/store.db\nanchor = %s-anchor/head\n"
                    "key = file:/etc/bulkhead/realm.key\n" %
                    (self.socket, BIG, BIG))
        self.stack("big", "socket=" + self.socket)
        begin = time.monotonic()
        self.populate([many], "-n")
        print("%d accounts put into a store in %.1f s" % (
            many.count, time.monotonic() - begin))


def peers(host, seed):
    """What Debian has, each with files of its own; None if it has not."""
    found = {}
    for peer in ("pam_google_authenticator", "pam_oath"):
        if any(subprocess.run("ls " + m + peer + ".so", shell=True,
                              capture_output=True).returncode == 0
               for m in MODULES):
            folder = os.path.join(host.room, peer)
            os.makedirs(folder)
            found[peer] = folder
    for peer, folder in found.items():
        for i in range(PEOPLE):
            path = os.path.join(folder, seed.login(i))
            with open(path, "w") as f:
                if peer == "pam_oath":
                    f.write("HOTP %s - %s\n" % (seed.login(i),
                                                seed.secret(i).hex()))
                else:
                    f.write('%s\n" HOTP_COUNTER 1\n' % base64.b32encode(
                        seed.secret(i)).decode())
            os.chmod(path, 0o600)
        options = "usersfile=%s/${USER} window=10" if peer == "pam_oath" \
            else "secret=%s/${USER} user=root no_strict_owner " \
                 "allowed_perm=0600"
        with open(os.path.join(host.confdir, peer), "w") as f:
            f.write("auth required %s.so %s\n" % (peer, options % folder))
    return found


def write_plan(host, big, seed, many, found):
    path = os.path.join(host.room, "plan")
    with open(path, "w") as f:
        def subject(name, service, prefix, s, pid, sync="-"):
            f.write("%s %s %s %s %d %s\n" % (name, service, prefix,
                                             s.seed.hex(), pid, sync))
        for name, size in (("F", 64), ("F-commit", COMMIT)):
            subject(name, "-%d" % size, os.path.join(host.room, name), seed,
                    0)
        subject("pam_permit", "permit", seed.prefix, seed, 0)
        subject("bulkhead", "sshd", seed.prefix, seed, host.process.pid,
                host.sync)
        subject("bulkhead-many", "big", many.prefix, many, big.process.pid,
                big.sync)
        for peer in found:
            subject(peer, peer, seed.prefix, seed, 0)
        f.write("ratio bulkhead F\nratio bulkhead-many bulkhead\n")
        for peer in found:
            f.write("ratio bulkhead %s\n" % peer)
    return path


def start(host, name):
    """The daemon, with a sum of what its fdatasync takes."""
    host.sync = os.path.join(host.room, name)
    with open(host.sync, "wb") as f:
        f.write(bytes(8))
    host.start(["env", "BENCH_SYNC=" + host.sync,
                "LD_PRELOAD=" + gatelib.built("synctime.so")])


def count_syncs(host, seed, logins=100):
    """Syncs of the daemon for each login that is admitted."""
    log = os.path.join(host.room, "syncs")
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", log, "-e", "trace=" + SYNCS, "-p",
         str(host.process.pid)], stderr=subprocess.PIPE, text=True)
    tracer.stderr.readline()  # it is attached
    crowd, sources = Crowd(host, 1), Sources()
    admitted = sum(crowd.one(seed.login(PEOPLE), sources.next(),
                             seed.hotp(PEOPLE, n)) == 0
                   for n in range(logins))
    tracer.terminate()
    tracer.wait()
    crowd.end()
    with open(log) as f:
        names = [m.group(1) for m in
                 (re.match(r"\d+ +(\w+)\(", line) for line in f) if m]
    return admitted, names


def numbers(output):
    """Rows of the driver's tables: {name: [numbers]}, {(a, b): [ratios]}."""
    rows, ratios = {}, {}
    for line in output.splitlines():
        words = line.split()
        if "(" in line:  # rates in parallel
            continue
        if len(words) == 10 and re.match(r"\d", words[1]):
            rows[words[0]] = [float(w) for w in words[1:]]
        elif len(words) == 4 and re.match(r"\d", words[2]):
            ratios[words[0], words[1]] = [float(w) for w in words[2:]]
    return rows, ratios


def judge(rows, ratios, admitted, syncs):
    """What is asked for, and whether it holds."""
    floor = rows["F"]
    mine = rows["bulkhead"]
    cpu = mine[4] + mine[5] - mine[6]
    lines = [
        ("syncs for each ALLOW (%d logins)" % admitted,
         len(syncs) / max(1, admitted), 1.0),
        ("CPU ms of pam_authenticate outside the sync", cpu, 0.25),
        ("%s: many accounts to one" % "bulkhead",
         ratios["bulkhead-many", "bulkhead"][0], 1.1)]
    google = ratios.get(("bulkhead", "pam_google_authenticator"))
    if google and floor[0] <= 0.15:
        lines.append(("pam_authenticate to pam_google_authenticator's",
                      google[0], 0.8))
    good = True
    print("\n%-50s %9s %9s" % ("asked for", "measured", "at most"))
    for what, value, most in lines:
        print("%-50s %9.3f %9.3f %s" % (what, value, most,
                                        "" if value <= most else "MISSED"))
        good = good and value <= most
    return good


def main():
    gatelib.enter()
    seed = Seed("b", "hotp", PEOPLE + 1)
    many = Seed("m", "hotp", gatelib.count_from("MANY", 100000))
    host = Host([seed])
    big = BigHost(host, many)
    with open("/etc/passwd", "a") as f:
        for i in range(PEOPLE):
            f.write("%s:x:%d:20000::/nonexistent:/bin/sh\n" %
                    (many.login(i), 30000 + i))
    with open(os.path.join(host.confdir, "permit"), "w") as f:
        f.write("auth required pam_permit.so\n")
    found = peers(host, seed)
    start(host, "sync")
    start(big, "big-sync")
    time.sleep(2)  # what the daemons put off to idle moments
    admitted, syncs = count_syncs(host, seed)
    run = subprocess.run(
        [gatelib.built("bench"), "-P", "-r", os.environ.get("ROUNDS", "25"),
         "-n", os.environ.get("LOGINS", "40"), host.confdir,
         write_plan(host, big, seed, many, found)],
        capture_output=True, text=True)
    print(run.stdout + run.stderr)
    if run.returncode != 0:
        sys.exit(2)
    rows, ratios = numbers(run.stdout)
    sys.exit(0 if judge(rows, ratios, admitted, syncs) else 1)


main()
