#!/usr/bin/env -S python3 -B
"""One code is accepted once, however many processes present it at one moment
(E01, E02, E03); different people do not disturb each other (E05); parallel
wrong answers get no more than the budget (E04); and a stranger's wrong
answer in flight does not keep the owner out (E06).

STORM_ROUNDS: how many rounds of each kind."""

import gatelib
from gatelib import (Crowd, Host, Seed, Sources, Tap, accepted, accepts,
                     count_from, subject)
import time

PROCESSES = 40
USERS = 20
WRONG = 60
BUDGET = 4  # of a stranger, with lock_after = 10


def code_of(crowd, seed, i):
    if seed.kind == "hotp":
        return seed.hotp(i, 3)
    if seed.kind == "totp":
        return seed.totp(i, time.time())
    if seed.kind == "yubikey":
        return seed.yubikey(crowd, i, 7, 1)
    return seed.codes[seed.login(i)][i % 10]


def storm(tap, crowd, seed, rounds, sources):
    bad, late, alone = [], [], 0
    for i in range(rounds):
        code = code_of(crowd, seed, i)
        tries = [(seed.login(i), sources.next(), code)] * PROCESSES
        results = crowd.round(tries)
        if accepted(results) != 1:
            bad.append("round %d: %d accepts" % (i, accepted(results)))
        if any(r[1] != 1 for r in results):
            alone += 1
        if crowd.one(seed.login(i), sources.next(), code) == 0:
            late.append(i)
    tap.ok(not bad, "E %s: one code, %d processes at once, %d rounds: one "
           "accept in each" % (seed.kind, PROCESSES, rounds), *bad[:5])
    tap.ok(not late, "E %s: the used code is denied afterwards" % seed.kind,
           late[:5])
    tap.ok(alone == 0, "E %s: everybody was asked once" % seed.kind)


def replays(tap, records, seed, rounds):
    mine = [r for r in records if subject(r).startswith(seed.prefix)]
    used = accepts(mine)
    named = [r for r in mine if r.get("reason") == "replay"]
    # beyond a burst of 600 they are summed, in one record each minute
    tap.ok(len(used) == rounds, "I7 %s: one record of each accept" %
           seed.kind, "%d records, %d rounds" % (len(used), rounds))
    tap.ok(all(r["outcome"] == "failure" for r in named),
           "E %s: a replay is a failure" % seed.kind)
    return len(named)


def together(tap, crowd, seed, rounds, sources):
    bad = []
    for n in range(rounds):
        results = crowd.round([(seed.login(i), sources.next(),
                                seed.hotp(i, n)) for i in range(USERS)])
        if accepted(results) != USERS:
            bad.append("round %d: %d of %d" % (n, accepted(results), USERS))
    tap.ok(not bad, "E05 %d people with right codes at once, %d rounds: all "
           "are admitted" % (USERS, rounds), *bad[:5])


def evaluated(records, login):
    return sum(1 for r in records if subject(r) == login and
               r.get("reason") == "wrong")


def budget(tap, crowd, seed, sources, host):
    answers = [seed.wrong(0, range(40)) for _ in range(WRONG)]
    results = crowd.round([(seed.login(0), sources.next(), a)
                           for a in answers])
    tap.ok(accepted(results) == 0, "E04 %d wrong answers at once from as many "
           "addresses: all denied" % WRONG)
    one = sources.next()
    results = crowd.round([(seed.login(1), one, seed.wrong(1, range(40)))
                           for _ in range(WRONG)])
    tap.ok(accepted(results) == 0, "E04 %d wrong answers at once from one "
           "address: all denied" % WRONG)
    tap.ok(crowd.one(seed.login(0), sources.next(), seed.hotp(0, 0)) != 0,
           "E04 and the share is locked after it")
    records = host.records()
    for i in (0, 1):
        n = evaluated(records, seed.login(i))
        tap.ok(1 <= n <= BUDGET, "E04 at most %d of them were evaluated "
               "(account %d)" % (BUDGET, i), "%d were" % n)


def in_flight(tap, crowd, seed, sources):
    bad = []
    for i in range(2, seed.count):
        results = crowd.round([
            (seed.login(i), sources.next(), seed.wrong(i, range(40))),
            (seed.login(i), sources.next(), seed.hotp(i, 0)),
            (seed.login(i), sources.next(), seed.wrong(i, range(40)))])
        if results[1][0] != 0 or accepted(results) != 1:
            bad.append("account %d: %s" % (i, results))
    tap.ok(not bad, "E06 wrong answers in flight do not keep the owner out",
           *bad[:5])


def main():
    gatelib.enter()
    tap, sources = Tap(), Sources()
    rounds = count_from("STORM_ROUNDS", 40)
    kinds = [Seed(k[0], k, rounds)
             for k in ("totp", "hotp", "yubikey", "recovery")]
    people, victims = Seed("p", "hotp", USERS), Seed("v", "hotp", 22)
    host = Host(kinds + [people, victims])
    host.start()
    crowd = Crowd(host, WRONG)
    for seed in kinds:
        storm(tap, crowd, seed, rounds, sources)
    together(tap, crowd, people, rounds, sources)
    budget(tap, crowd, victims, sources, host)
    in_flight(tap, crowd, victims, sources)
    records = host.records()
    named = sum(replays(tap, records, seed, rounds) for seed in kinds)
    denied = (PROCESSES - 1) * rounds * len(kinds)
    tap.ok(named >= min(denied, 600), "E all others are recorded as replays",
           "%d records, %d denied" % (named, denied))
    tap.ok(host.stop() == 0, "the daemon ends cleanly")
    host.verify(tap)
    tap.end()


main()
