"""The daemon's clock in our hand, and right codes by it."""

import base64
import hashlib
import hmac
import os
import struct
import time

FILE = "/etc/host-clock"
SECRETS = "/run/corpus/secret/"
LOCK_S = 1830  # any lock is over


class Clock:
    def __init__(self):
        self.ahead = 0

    def move(self, seconds):
        self.ahead += seconds
        with open(FILE, "r+", encoding="ascii") as f:
            f.write("%-100s\n" % ("%d %d " % (self.ahead, self.ahead)))

    def code(self, login, steps=0):
        """The code that is due now, or so many steps from now."""
        with open(SECRETS + login, encoding="ascii") as f:
            secret = base64.b32decode(f.read().strip())
        step = int(time.time() + self.ahead) // 30 + steps
        digest = hmac.new(secret, struct.pack(">Q", step),
                          hashlib.sha1).digest()
        at = digest[-1] & 15
        number = struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff
        return "%06d" % (number % 1000000)

    def wrong(self):
        """Six digits that are nobody's code in the next minutes."""
        codes = {self.code(login, steps) for login in os.listdir(SECRETS)
                 for steps in range(-3, 10)}
        return next(digits for digits in map("{:06d}".format, range(1000))
                    if digits not in codes)
