#!/usr/bin/env -S python3 -B
"""Logins while the daemon is restarted (E11), stopped (F04), and while its
clock runs ahead and comes back (D05).

LOGINS: how many across restarts.  STORM_ALL=1: also wait for the long
deadline."""

import os
import signal
import threading
import time

import gatelib
from gatelib import Crowd, Host, Seed, Sources, Tap, accepts, count_from

PEOPLE = 4
AHEAD = 10 * 365 * 86400  # seconds: well past 2036
FIRST_DEADLINE_S = 10
VERDICT_DEADLINE_S = 30


class Load:
    """People who log in all the time, each with the next code."""

    def __init__(self, host, seed, sources):
        self.host, self.seed, self.sources = host, seed, sources
        self.crowd = Crowd(host, PEOPLE, straggle=True)
        self.counter = [0] * PEOPLE
        # (person, counter) of each accept; two counters may well have the
        # same six digits
        self.used = []
        self.denied = 0
        self.logins = 0
        self.lock = threading.Lock()

    def once(self):
        codes = [self.seed.hotp(i, self.counter[i]) for i in range(PEOPLE)]
        results = self.crowd.round(
            [(self.seed.login(i), self.sources.next(), c)
             for i, c in enumerate(codes)])
        with self.lock:
            for i, r in enumerate(results):
                self.logins += 1
                if r[0] == 0:
                    self.used.append((i, self.counter[i]))
                    self.counter[i] += 1
                else:
                    self.denied += 1
                    self.later(i)

    def attempt(self, i, counter):
        if self.crowd.one(self.seed.login(i), self.sources.next(),
                          self.seed.hotp(i, counter)) != 0:
            return False
        self.used.append((i, counter))
        return True

    def later(self, i):
        """Denied while the daemon was away: spent, or still fresh."""
        for _ in range(100):
            if self.attempt(i, self.counter[i]):
                break
            if self.attempt(i, self.counter[i] + 1):
                self.counter[i] += 1
                break
            time.sleep(0.02)
        self.counter[i] += 1


def restarts(tap, host, load, logins):
    stop = threading.Event()

    def restart():
        while not stop.is_set():
            time.sleep(0.05)
            host.stop()
            host.start()
    host.start()
    other = threading.Thread(target=restart)
    other.start()
    while load.logins < logins:
        load.once()
    stop.set()
    other.join()
    twice = {u for u in load.used if load.used.count(u) > 1}
    tap.ok(len(load.used) >= load.logins - load.denied,
           "E11 %d logins while the daemon is restarted" % load.logins)
    tap.ok(not twice, "E11 no code is accepted twice", sorted(twice))
    load.once()
    records = accepts(host.records())
    tap.ok(len(records) >= len(load.used), "E11 each accept has its record",
           "%d records, %d accepts" % (len(records), len(load.used)))
    tap.note("%d of them were denied while the daemon was away" % load.denied)


def stopped(tap, host, load):
    os.kill(host.process.pid, signal.SIGSTOP)
    begin = time.monotonic()
    rv = load.crowd.one(load.seed.login(0), load.sources.next(),
                        load.seed.hotp(0, load.counter[0]))
    took = time.monotonic() - begin
    os.kill(host.process.pid, signal.SIGCONT)
    tap.ok(rv != 0 and took < FIRST_DEADLINE_S + 1,
           "F04 a stopped daemon: denied within %d s" % FIRST_DEADLINE_S,
           "rv %d after %.1f s" % (rv, took))
    if not os.environ.get("STORM_ALL"):
        return  # the next one waits for 30 s
    slow = Crowd(host, 1)
    slow.go([(load.seed.login(0), load.sources.next(),
              load.seed.hotp(0, load.counter[0]))])
    os.kill(host.process.pid, signal.SIGSTOP)
    begin = time.monotonic()
    rv = slow.results()[0][0]
    took = time.monotonic() - begin
    os.kill(host.process.pid, signal.SIGCONT)
    tap.ok(rv != 0 and took < VERDICT_DEADLINE_S + 1,
           "F04 a daemon stopped after its question: denied within %d s" %
           VERDICT_DEADLINE_S, "rv %d after %.1f s" % (rv, took))


def clock_jump(tap, host, totp, load):
    """The clock in 2036 for a while, under load, and back."""
    host.set_clock(AHEAD)
    ahead = load.crowd.one(totp.login(0), load.sources.next(),
                           totp.totp(0, time.time() + AHEAD))
    before = len(load.used), load.logins
    load.once()
    host.set_clock(0)
    load.once()
    tap.ok(len(load.used) - before[0] == load.logins - before[1],
           "D05 HOTP is not disturbed by a clock in 2036 and back")
    tap.ok(ahead == 0, "D05 a TOTP of 2036 is right while the clock says so")
    rv = load.crowd.one(totp.login(1), load.sources.next(),
                        totp.totp(1, time.time()))
    tap.ok(rv == 0, "D05 the clock is back: who did not log in meanwhile is "
           "not locked out")
    rv = load.crowd.one(totp.login(0), load.sources.next(),
                        totp.totp(0, time.time() + AHEAD))
    tap.ok(rv != 0, "D05 the code of 2036 is no use any more")
    records = host.records()
    jumps = [r for r in records if "clock" in str(r.get("action", ""))]
    tap.ok(jumps, "D05 the ledger tells of the clock")


def main():
    gatelib.enter()
    clocked = gatelib.find_built("bulkheadd_clock") is not None
    tap, sources = Tap(), Sources()
    seed, totp = Seed("r", "hotp", PEOPLE), Seed("t", "totp", 2)
    host = Host([seed, totp],
                daemon="bulkheadd_clock" if clocked else "bulkheadd")
    host.set_clock(0)
    load = Load(host, seed, sources)
    restarts(tap, host, load, count_from("LOGINS", 1000))
    stopped(tap, host, load)
    before = len(load.used)
    load.once()
    tap.ok(len(load.used) == before + PEOPLE, "F04 it goes on as before")
    if clocked:
        clock_jump(tap, host, totp, load)
    else:
        tap.skip("D05 the clock in 2036", "no clock-controlled daemon")
    host.stop()
    host.verify(tap)
    tap.end()


main()
