#!/usr/bin/env -S python3 -B
"""The power is cut at any point of some logins (F08).  Writes that were not
synced are lost, or kept in part.  On what is left the real daemon starts,
denies each code that it has accepted, and admits the next one.

CUTS: how many points."""

import os
import random
import shutil
import time

import cutlog
import gatelib
from gatelib import ANCHOR, STORE, Crowd, Host, Seed, Sources, Tap, accepted

PEOPLE = 5
LOGINS = 60


def read_folders():
    files = {}
    for folder in (STORE, ANCHOR):
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as f:
                files[os.path.join(folder, name)] = f.read()
    return files


def write_folders(files, owner):
    for folder in (STORE, ANCHOR):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
    for name, data in files.items():
        with open(name, "wb") as f:
            f.write(data)
        os.chmod(name, 0o600)
        os.chown(name, owner.st_uid, owner.st_gid)


def trace(host, seed, sources):
    """Log in under strace; the log, and (person, counter) of each accept."""
    log = os.path.join(host.room, "trace")
    # -s: no string is cut; the longest write is the ballast's
    host.start(["strace", "-f", "-y", "-xx", "-s", "16000000", "-o", log,
                "-e", "trace=" + cutlog.CALLS])
    crowd = Crowd(host, 1)
    done, denied = [], 0
    for n in range(LOGINS):
        i, counter = n % PEOPLE, n // PEOPLE
        if crowd.one(seed.login(i), sources.next(),
                     seed.hotp(i, counter)) == 0:
            done.append((i, counter))
        else:
            denied += 1
    for pid in host.children(host.process.pid):
        os.kill(pid, 9)
    host.process.wait()
    crowd.end()
    return log, done, denied


class Case:
    def __init__(self, host, seed, done, sources, owner):
        self.host, self.seed, self.done = host, seed, done
        self.sources, self.owner = sources, owner
        self.crowd = Crowd(host, PEOPLE)
        self.bad = {"start": [], "again": [], "denied": []}

    def check(self, label, files, allows):
        """allows: so many verdicts had left."""
        write_folders(files, self.owner)
        try:
            self.host.start()
        except RuntimeError as why:
            self.bad["start"].append("%s: %s" % (label, why))
            return
        last = dict(self.done[:allows])
        results = self.crowd.round(
            [(self.seed.login(i), self.sources.next(), self.seed.hotp(i, c))
             for i, c in last.items()])
        if accepted(results):
            self.bad["again"].append("%s: %s" % (label, results))
        # the one in flight may be spent: two further on
        results = self.crowd.round(
            [(self.seed.login(i), self.sources.next(),
              self.seed.hotp(i, last.get(i, -1) + 2)) for i in range(PEOPLE)])
        if accepted(results) != PEOPLE:
            self.bad["denied"].append("%s: %s\n%s" % (
                label, results, self.host.log_tail(5)))
        self.host.kill()


def cut_points(events, cuts, rng):
    """Some after each kind of event, all after the daemon was ready."""
    first = next(i for i, e in enumerate(events) if e[0] == "allow")
    points = list(range(max(0, first - 20), len(events)))
    if len(points) > cuts:
        points = rng.sample(points, cuts)
    return sorted(points)


def main():
    gatelib.enter()
    if shutil.which("strace") is None:
        gatelib.skip_all("needs strace")
    tap, sources = Tap(), Sources()
    cuts = gatelib.count_from("CUTS", 40)
    rng = random.Random(gatelib.count_from("STORM_SEED", time.time_ns()))
    seed = Seed("c", "hotp", PEOPLE)
    host = Host([seed])
    owner = os.stat(os.path.join(STORE, "store.db"))
    disk = cutlog.Disk(read_folders())
    log, done, denied = trace(host, seed, sources)
    events = cutlog.parse(log, (STORE, ANCHOR))
    tap.ok(denied == 0, "the logins under the tracer are admitted",
           host.log_tail())
    allows = sum(1 for e in events if e[0] == "allow")
    tap.ok(allows == LOGINS, "the trace shows each verdict", "%d of %d" %
           (allows, LOGINS))
    syncs = sum(1 for e in events if e[0] == "sync")
    tap.note("%d events, %d syncs" % (len(events), syncs))
    case = Case(host, seed, done, sources, owner)
    points = cut_points(events, cuts, rng)
    for at, e in enumerate(events):
        disk.feed(e)
        if at in points:
            half = rng if points.index(at) % 2 else None
            label = "cut after event %d (%s)%s" % (
                at, " ".join(str(x) for x in e[:3])[:80],
                ", unsynced kept in part" if half else "")
            case.check(label, disk.image(half), disk.allows)
    tap.ok(not case.bad["start"], "F08 %d cuts: the daemon starts on what is "
           "left" % len(points), *case.bad["start"][:3])
    tap.ok(not case.bad["again"], "F08 no accepted code is accepted again",
           *case.bad["again"][:3])
    tap.ok(not case.bad["denied"], "F08 the next code of each person is "
           "admitted", *case.bad["denied"][:3])
    tap.end()


main()
