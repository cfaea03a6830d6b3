"""The attacks of the drill: a row each, the same for both vaults.

A new attack is one row and one function.  The function gets an Attempt
(attempt.py) and does what the attacker would do from prod, with real
programs; the referee there sees what came of it."""

from collections import namedtuple

import bychannel
import bylockout
import bylogin
import bynight

# today: what the usual vault is known to lose to, so that a drill in which it
# does not would prove nothing.  open: the wall of source networks is opened.
# wall: nothing but that wall holds it.  lax: it gets through at a vault that
# inside/lax.sh opened, which shows that it and its referee work.
Attack = namedtuple("Attack", "id name uses run today open wall lax")


def row(id, name, uses, run, *flags):
    return Attack(id, name, uses, run,
                  *[word in flags for word in Attack._fields[4:]])


ATTACKS = [
    # The administrator's own way in
    row("L00", "prod searched for the vault's secrets",
        "every file of prod, its daemon's memory", bylogin.search, "today",
        "open"),
    row("L01", "her key, code and password of production",
        "private key on prod, phone's seed, password",
        bylogin.same_credentials, "today", "open"),
    row("L02", "code and password, without a key",
        "phone's seed, password", bylogin.without_key, "open", "lax"),
    row("L03", "her forwarded agent, code and password",
        "agent, phone's seed, password", bylogin.agent, "today", "open"),
    row("L04", "the agent's key alone", "agent",
        bylogin.key_alone, "open", "lax"),
    row("L05", "method password", "agent, password",
        bylogin.method_password, "open"),
    row("L06", "a code that she used at the vault, again",
        "agent, keystrokes of prod's ssh", bylogin.replay, "open"),
    row("L07", "her recovery codes of production",
        "agent, recovery codes", bylogin.recovery, "today", "open"),
    row("L08", "her YubiKey, by its AES key",
        "agent, AES key and ids from prod's store", bylogin.yubikey, "open"),
    row("L09", "her counter token, some codes ahead",
        "agent, HOTP seed from prod's store", bylogin.hotp, "open"),
    row("L10", "guessing, four connections at once", "agent",
        bylogin.guess, "today", "wall"),
    row("L11", "a certificate for her by production's CA",
        "CA key, phone's seed, password", bylogin.certificate, "open", "lax"),
    row("L12", "production's host key, host-based", "prod's host keys",
        bylogin.hostbased, "open", "lax"),
    row("L13", "root, by production's root password",
        "agent, phone's seed, root's password", bylogin.root, "open", "lax"),
    row("L14", "what she types at prod's ssh, in her place",
        "agent, keystrokes in flight", bylogin.relay, "today", "wall"),
    row("L15", "a session of hers from prod, taken over",
        "her ControlMaster socket on prod", bylogin.control_master, "today",
        "wall"),
    # The machine account's own channel
    row("M01", "push key: a command", "push key", bychannel.command, "lax"),
    row("M02", "push key: a shell on a terminal", "push key",
        bychannel.terminal, "lax"),
    row("M03", "push key: forward to the vault's loopback", "push key",
        bychannel.forward, "lax"),
    row("M04", "push key: forward to a socket of the vault", "push key",
        bychannel.forward_socket, "lax"),
    row("M05", "push key: a listener on the vault", "push key",
        bychannel.reverse, "lax"),
    row("M06", "push key: sftp and scp of authorized_keys", "push key",
        bychannel.copy_key, "lax"),
    row("M07", "push key: rsync of .ssh, .pam_environment", "push key",
        bychannel.sync_home, "lax"),
    row("M08", "push key: forged SSH_AUTH_INFO_0, sudo", "push key",
        bychannel.forged, "lax"),
    row("M09", "push key: as the administrator, as root", "push key",
        bychannel.other_login, "open"),
    row("M10", "push key from another address",
        "push key, another address of prod's net", bychannel.other_source,
        "today"),
    row("M11", "push key: a command in rsync's arguments", "push key",
        bychannel.injection, "lax"),
    row("M12", "push: delete what is stored", "push key, rsync --delete",
        bychannel.delete, "today"),
    row("M13", "push: garbage over what is stored",
        "push key, rsync --inplace", bychannel.overwrite, "today"),
    row("M14", "push: through a symbolic link",
        "push key, rsync --keep-dirlinks", bychannel.symlink),
    row("M15", "push: through hard links to older ones",
        "push key, rsync --link-dest, --inplace", bychannel.hardlink,
        "today"),
    row("M16", "push: dates of 1970, for the next prune",
        "push key, rsync --times", bychannel.dates, "today"),
    row("M17", "push: generations of 2099, for the next prune", "push key",
        bychannel.flood),
    row("M18", "push: until the disk is full", "push key", bychannel.fill),
    row("M19", "key of a retired push, clock set back",
        "old push key, time server", bychannel.retired, "today"),
    # What the nightly jobs bring
    row("N01", "everything encrypted before the night",
        "prod's files", bynight.encrypted),
    row("N02", "everything gone before the night", "prod's files",
        bynight.gone),
    row("N03", "links, devices and setuid in the backup", "prod's files",
        bynight.odd_files),
    row("N04", "prod's rsync answers with other paths", "prod's rsync",
        bynight.rogue_rsync),
    # Against the owners
    row("O01", "connections to sshd that never log in", "the link",
        bylockout.connections, "today"),
    row("O02", "prompts left open", "agent", bylockout.prompts, "open"),
    row("O03", "manifest that lists the owner's own key",
        "manifest's signing key, agent", bylockout.own_key),
    row("O04", "manifest of a million entries", "manifest's signing key",
        bylockout.million),
    row("O05", "manifest: garbage, cut, longer, foreign",
        "manifest, a key of his own", bylockout.broken),
    row("O06", "manifest with the highest serial", "manifest's signing key",
        bylockout.serial),
    row("O07", "the vault's clock to 2036 and back", "time server",
        bylockout.clock, "today"),
    row("O08", "the network gone in the middle of a night", "the link",
        bylockout.network),
]
