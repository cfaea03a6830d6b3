"""Real sshd and sudo on the throw-away host, looked at while a session runs."""

import os
import shutil
import signal
import subprocess
import time

PORT = 2222
LONG = "987654"


def have_sshd():
    return shutil.which("ssh") and os.path.exists("/usr/sbin/sshd")


def have_sudo():
    return shutil.which("sudo") is not None


def sudoers():
    with open("/etc/sudoers.d/storm", "w") as f:
        f.write("ALL ALL=(ALL) ALL\nDefaults !lecture\n")
    os.chmod("/etc/sudoers.d/storm", 0o440)


def sshd_start(host):
    for name in ("rsa", "ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", name, "-N", "", "-f",
                        os.path.join(host.room, "key_" + name)], check=True)
    conf = os.path.join(host.room, "sshd_config")
    with open(conf, "w") as f:
        f.write("Port %d\nListenAddress 127.0.0.1\nUsePAM yes\n"
                "HostKey %s/key_ed25519\nPasswordAuthentication no\n"
                "KbdInteractiveAuthentication yes\nStrictModes no\n"
                "AuthenticationMethods keyboard-interactive\n"
                "PidFile none\nPrintMotd no\n" % (PORT, host.room))
    os.makedirs("/run/sshd", exist_ok=True)
    log = open(os.path.join(host.room, "sshd.log"), "ab")
    sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", conf],
                            stdout=log, stderr=log)
    time.sleep(0.3)
    return sshd


def askpass(host, answer):
    path = os.path.join(host.room, "askpass")
    with open(path, "w") as f:
        f.write("#!/bin/sh\necho '%s'\n" % answer)
    os.chmod(path, 0o755)
    return path


def pam_file(service, module):
    with open("/etc/pam.d/" + service, "w") as f:
        f.write("auth required %s\n" % module)
        for phase in ("account", "session"):
            f.write("%s required %s\n" % (phase, module.split()[0]))


def read(path):
    """A file below /proc; "" if its process has ended meanwhile."""
    try:
        with open(path) as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def below(pid):
    """All processes below pid, with their command's name."""
    found = []
    for child in read("/proc/%d/task/%d/children" % (pid, pid)).split():
        found.append((int(child), read("/proc/%s/comm" % child).strip()))
        found += below(int(child))
    return found


def wait_for(test, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.02)
    return None


def open_files(pid):
    """What its descriptors are; None once it is gone."""
    try:
        return sorted(os.readlink("/proc/%d/fd/%s" % (pid, fd))
                      for fd in os.listdir("/proc/%d/fd" % pid))
    except OSError:
        return None


def settled(pids):
    """Do they no longer open and close?  sudo closes a pipe to its command
    a moment after that has begun."""
    before = [open_files(pid) for pid in pids]
    time.sleep(0.05)
    return before == [open_files(pid) for pid in pids]


def named(pid, *names):
    """The processes called one of these names, pid and below."""
    mine = [(pid, read("/proc/%d/comm" % pid).strip())]
    return [p for p, comm in mine + below(pid) if comm in names]


def ssh_command(login, command):
    return ["ssh", "-p", str(PORT), "-o", "StrictHostKeyChecking=no", "-o",
            "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
            "NumberOfPasswordPrompts=1", "-F", "none", login + "@127.0.0.1",
            command]


def ssh_env(host, answer):
    return dict(os.environ, SSH_ASKPASS=askpass(host, answer),
                SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")


def ssh_login(host, login, answer):
    """Microseconds of a whole login by ssh; None if it did not get in."""
    begin = time.monotonic()
    run = subprocess.run(ssh_command(login, "true"),
                         env=ssh_env(host, answer), stdin=subprocess.DEVNULL,
                         capture_output=True)
    return 1e6 * (time.monotonic() - begin) if run.returncode == 0 else None


def through_sshd(look, host, sshd, login, answer):
    """look(processes) while a session of login runs; None: no session."""
    ssh = subprocess.Popen(
        ssh_command(login, "exec sleep " + LONG), env=ssh_env(host, answer),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    there = wait_for(lambda: ssh.poll() is not None or any(
        comm == "sleep" for _, comm in below(sshd.pid)))
    found = None
    if there and ssh.poll() is None:
        # From OpenSSH 9.8 on a connection has a program of its own.
        mine = named(sshd.pid, "sshd", "sshd-session")
        wait_for(lambda: settled(mine))
        found = look(mine)
    ssh.kill()
    ssh.wait()
    wait_for(lambda: not below(sshd.pid))
    return found


def through_sudo(look, host, login, answer):
    """The same for a command that sudo runs."""
    uid = subprocess.run(["id", "-u", login], capture_output=True,
                         text=True).stdout.strip()
    sudo = subprocess.Popen(
        ["setpriv", "--reuid=" + uid, "--regid=20000", "--clear-groups",
         "sudo", "-k", "-S", "sleep", LONG], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    sudo.stdin.write(answer.encode() + b"\n")
    sudo.stdin.flush()
    there = wait_for(lambda: sudo.poll() is not None or any(
        comm == "sleep" for _, comm in below(sudo.pid)))
    found = None
    if there and sudo.poll() is None:
        mine = named(sudo.pid, "sudo")
        wait_for(lambda: settled(mine))
        found = look(mine)
    for pid, _ in below(sudo.pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended by itself
    sudo.kill()
    sudo.wait()
    return found
