#!/usr/bin/env -S python3 -B
"""The daemon is killed at random moments of logins and of its own start
(F02).  After each kill: a code that was accepted is denied, the next one is
admitted, and nothing left over is in the way.

KILLS: how many."""

import random
import time

import gatelib
from gatelib import (Crowd, Host, Seed, Sources, Tap, accepted, accepts,
                     count_from)

PEOPLE = 4


class Person:
    """Which codes of a person are used, for sure or perhaps."""

    def __init__(self, seed, i):
        self.seed, self.i = seed, i
        self.next = 0
        self.last = None  # the last code that was accepted
        self.accepts = 0

    def login(self):
        return self.seed.login(self.i)

    def code(self):
        return self.seed.hotp(self.i, self.next)

    def took(self, code, rv):
        """Used if it was accepted, perhaps used if not."""
        self.next += 1
        if rv == 0:
            self.last = code
            self.accepts += 1


def logins(crowd, people, sources, kill=None):
    codes = [p.code() for p in people]
    crowd.go([(p.login(), sources.next(), c)
              for p, c in zip(people, codes)])
    if kill:
        kill()
    results = crowd.results()
    for p, c, r in zip(people, codes, results):
        p.took(c, r[0])
    return results


def after(crowd, people, sources, bad):
    """What must hold after each restart."""
    known = [p for p in people if p.last is not None]
    if known:
        results = crowd.round([(p.login(), sources.next(), p.last)
                               for p in known])
        if accepted(results):
            bad["again"].append(results)
    results = logins(crowd, people, sources)
    if accepted(results) != len(people):
        bad["denied"].append(results)


def kill_at_start(host, rng):
    host.start(wait=False)
    time.sleep(rng.uniform(0, 0.06))
    host.kill()


def main():
    gatelib.enter()
    tap, sources = Tap(), Sources()
    kills = count_from("KILLS", 100)
    rng = random.Random(count_from("STORM_SEED", time.time_ns()))
    seed = Seed("k", "hotp", PEOPLE)
    host = Host([seed])
    people = [Person(seed, i) for i in range(PEOPLE)]
    crowd = Crowd(host, PEOPLE, straggle=True)
    bad = {"again": [], "denied": []}
    midway = 0
    for n in range(kills):
        if n % 10 == 9:
            kill_at_start(host, rng)
        host.start()
        after(crowd, people, sources, bad)

        def kill():
            time.sleep(rng.uniform(0, 0.004))
            host.kill()
        got = accepted(logins(crowd, people, sources, kill))
        midway += 0 < got < PEOPLE
    host.start()
    after(crowd, people, sources, bad)
    tap.note("%d kills, %d of them between two verdicts" % (kills, midway))
    tap.ok(not bad["again"], "F02 after %d kills no accepted code is accepted "
           "again" % kills, *bad["again"][:5])
    tap.ok(not bad["denied"], "F02 after each kill each person's next login "
           "is admitted",
           *bad["denied"][:5], host.log_tail())
    n = len(accepts(host.records()))
    tap.ok(n >= sum(p.accepts for p in people),
           "I7 each accept has its record", "%d records of %d accepts" %
           (n, sum(p.accepts for p in people)))
    tap.ok(host.stop() == 0, "the daemon ends cleanly", host.log_tail())
    host.verify(tap)
    tap.end()


main()
