"""One-time codes, as a phone or who has its seed makes them."""

import base64
import hashlib
import hmac
import secrets
import struct

STEP = 30


class Seed:
    def __init__(self):
        self.key = secrets.token_bytes(20)

    def text(self):
        return base64.b32encode(self.key).decode()

    def hotp(self, counter):
        mac = hmac.new(self.key, struct.pack(">Q", counter),
                       hashlib.sha1).digest()
        at = mac[-1] & 15
        number = int.from_bytes(mac[at:at + 4], "big") & 0x7fffffff
        return "%06d" % (number % 1000000)

    def totp(self, now):
        return self.hotp(int(now) // STEP)

    def wrong(self, now):
        """Six digits that are no code of the next or the last minutes."""
        near = {self.totp(now + n * STEP) for n in range(-4, 5)}
        while True:
            code = "%06d" % secrets.randbelow(1000000)
            if code not in near:
                return code
