#!/usr/bin/env python3
"""The drill: the attacker who has everything of production tries every path to
the backups, at a vault behind Bulkhead's gate and at one as people protect
theirs today.

	drill.py BUILD		as a story, with a table at the end
	drill.py --tap BUILD	as a test
	drill.py ... ROW...	these attacks alone

What is in the table was run, each cell of it."""

import os
import signal
import sys
import textwrap
import threading

sys.dont_write_bytecode = True

import attempt
from attacks import ATTACKS
from machines import Failed, together
from scene import FOLDERS, Scene

NARROW = 76


class Story:
    """Plain text for a person."""

    failed = 0

    def say(self, text):
        print(textwrap.fill(" ".join(text.split()), NARROW), flush=True)

    def chapter(self, text):
        print()
        self.say(text)

    def attack(self, row, results):
        print("\n%s  %s" % (row.id, row.name))
        print("     used         %s%s" % (
            row.uses, "; wall open" if row.open else
            "; held by the wall alone" if row.wall else ""))
        for vault, (outcome, detail, _) in results:
            print(textwrap.fill(
                "%s: %s" % (outcome, detail), NARROW,
                initial_indent="     %-12s " % vault.name,
                subsequent_indent=" " * 18), flush=True)

    def check(self, good, text):
        self.say(text if good else "NOT SO: " + text)
        return good

    def table(self, rows):
        print("\n%-4s %-48s %-12s %s" % ("", "attack", "vault",
                                         "vault-usual"))
        words = {attempt.NOTHING: "held", attempt.OPENED: "OPENED",
                 attempt.DESTROYED: "DESTROYED",
                 attempt.LOCKED_OUT: "LOCKED OUT"}
        for row, results in rows:
            print("%-4s %-48s %-12s %s" % (
                row.id, row.name[:48], *[words[r[0]] for _, r in results]))
        won = [sum(1 for _, results in rows
                   if results[n][1][0] != attempt.NOTHING) for n in (0, 1)]
        print("%-4s %-48s %-12s %s" % (
            "", "won of %d" % len(rows), won[0], won[1]), flush=True)


class Tap(Story):
    """A line an attack and vault."""

    number = 0

    def say(self, text):
        print("# " + " ".join(text.split()), flush=True)

    def chapter(self, text):
        self.say(text)

    def line(self, good, text, detail):
        self.number += 1
        self.failed += not good
        print("%sok %d - %s" % ("" if good else "not ", self.number, text))
        if detail:
            print("# " + detail.replace("\n", " "))
        sys.stdout.flush()
        return good

    def attack(self, row, results):
        for (vault, (outcome, detail, took)), today in zip(
                results, (False, row.today)):
            detail = "%s: %s (%.1f s)" % (outcome, detail, took)
            if vault.name == "vault":
                self.line(outcome == attempt.NOTHING, "%s vault holds: %s" %
                          (row.id, row.name), detail)
            else:
                self.line(outcome != attempt.NOTHING or not today,
                          "%s vault-usual %s: %s" % (
                              row.id, "is lost" if today else "was tried",
                              row.name), detail)

    def check(self, good, text):
        return self.line(good, text, "")

    def table(self, rows):
        print("1..%d" % self.number)


def prepare(scene, tell):
    tell.chapter("""Four throw-away hosts: prod, vault, vault-usual and the
	administrator's desk, linked by cables of their own. Nothing on this
	machine changes.""")
    scene.up()
    scene.people()
    scene.realms()
    scene.machine_accounts()
    scene.tokens()
    tell.say("""Alice administers them all. On vault she has a key, a phone
	entry and a generated password of its own. On vault-usual, which asks
	for key, code (pam_google_authenticator) and password as well, they are
	those that she has on prod.""")
    scene.nights()
    tell.say("""Seven nights went by: prod pushed to both vaults by an account
	that may only run rsync, vault fetched from prod, and both pruned.""")
    scene.works_on_production()
    scene.steal()
    for vault in scene.vaults:
        out = vault.owner_in()
        if out:
            raise Failed("alice can't log in to %s: %s" % (vault.name, out))
    tell.chapter("""Alice is at work on prod, her agent forwarded. The
	attacker becomes root there: he has every password, the store and its
	key, every seed, every private key and agent, the manifest's signing key
	and the time server. Source networks are a wall of their own
	(forbidden_sources); it stands open where that is said, so that what is
	behind it is seen.""")


def run_all(scene, tell, rows):
    """Both vaults at once; a row is told when both are through."""
    done = [[] for _ in scene.vaults]
    news = threading.Condition()

    def column(n):
        try:
            for row in rows:
                result = attempt.run(scene, scene.vaults[n], row)
                with news:
                    done[n].append(result)
                    news.notify()
        finally:
            with news:
                done[n].append(None)
                news.notify()

    def narrate():
        for n, row in enumerate(rows):
            with news:
                news.wait_for(lambda: all(
                    len(d) > n for d in done))
            results = [(v, d[n]) for v, d in zip(scene.vaults, done)]
            if any(r is None for _, r in results):
                return
            told.append((row, results))
            tell.attack(row, results)

    told = []
    together(*[lambda n=n: column(n) for n in range(len(done))], narrate)
    return told


def controls(scene, tell, rows):
    """A test that can't fail is none: these attacks get through where nothing
    holds them, and are seen."""
    for row in rows:
        scene.lax()
        outcome, detail, _ = attempt.run(scene, scene.usual, row)
        tell.line(outcome != attempt.NOTHING,
                  "%s gets through an open door (control): %s" % (
                      row.id, row.name), "%s: %s" % (outcome, detail))


def without_wall(scene, tell, rows):
    """What the wall of source networks holds, and nothing behind it does."""
    for row in rows:
        outcome, detail, _ = attempt.run(scene, scene.vault,
                                         row._replace(open=True))
        tell.line(outcome != attempt.NOTHING,
                  "%s gets through without the wall (control): %s" % (
                      row.id, row.name), "%s: %s" % (outcome, detail))


def finish(scene, tell):
    tell.chapter("""At last he wipes prod. It is built anew, and what vault
	stores goes back.""")
    scene.wipe()
    good = True
    for kind, folder in FOLDERS.items():
        good = tell.check(scene.restored(kind), "%s is restored from vault, "
                          "byte for byte." % folder) and good
    return tell.check(scene.vault.owner_in() == "",
                      "Alice is at work on vault.") and good


def drill(scene, tell, rows):
    prepare(scene, tell)
    told = run_all(scene, tell, rows)
    held = all(results[0][1][0] == attempt.NOTHING for _, results in told)
    if isinstance(tell, Tap):
        without_wall(scene, tell, [row for row in rows if row.wall])
        controls(scene, tell, [row for row in rows if row.lax])
    whole = finish(scene, tell)
    tell.table(told)
    return held and whole and len(told) == len(rows)


def stop(*_):
    raise SystemExit(1)


def main(argv):
    tell = Story()
    if "--tap" in argv:
        argv.remove("--tap")
        tell = Tap()
    if len(argv) < 2:
        sys.exit(__doc__)
    rows = [r for r in ATTACKS if not argv[2:] or r.id in argv[2:]]
    scene = Scene(os.path.abspath(argv[1]))
    signal.signal(signal.SIGTERM, stop)
    good = False
    try:
        good = drill(scene, tell, rows) and not tell.failed
    except Failed as e:
        print("drill: %s" % e, file=sys.stderr)
    finally:
        scene.down()
    tell.chapter("The attacker won nothing against Bulkhead's vault." if good
                 else "The drill did not end as it must.")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main(sys.argv)
