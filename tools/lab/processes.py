"""Programs inside a namespace: started, waited for, ended, with what they said."""
import os
import signal
import subprocess
import time


class Process:
    """A program in a namespace. Output is kept in a file beside the captures' work, read back by text()."""

    def __init__(self, namespace, argv, folder, log, environment=None):
        self.argv = [str(word) for word in argv]
        self.log = folder / log
        self._output = open(self.log, "wb")
        full = dict(os.environ, **(environment or {}))
        full.setdefault("LC_ALL", "C")
        # `ip netns exec` becomes the program, so the process id is the program's.
        self.popen = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *self.argv],
            cwd=folder,
            env=full,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def write(self, data):
        try:
            self.popen.stdin.write(data)
            self.popen.stdin.flush()
        except (BrokenPipeError, OSError, ValueError):
            pass

    def close_input(self):
        try:
            self.popen.stdin.close()
        except (BrokenPipeError, OSError):
            pass

    def wait(self, seconds):
        """True when it has ended by itself."""
        try:
            self.popen.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def send_signal(self, which):
        if self.popen.poll() is None:
            self.popen.send_signal(which)

    def end(self, which=signal.SIGTERM):
        for one in (which, signal.SIGKILL):
            if self.popen.poll() is not None:
                break
            self.popen.send_signal(one)
            self.wait(3)
        self.close_input()
        self._output.close()

    @property
    def exit_code(self):
        return self.popen.returncode

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_for_text(self, wanted, seconds=5):
        return wait_until(lambda: wanted in self.text() or self.popen.poll() is not None, seconds) and wanted in self.text()


def wait_until(condition, seconds, step=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(step)
    return False


def sockets(process):
    """(local port, remote port, state) of every TCP socket in the process's namespace (proc(5), net/tcp)."""
    for table in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{process.popen.pid}/net/{table}", encoding="ascii") as lines:
                rows = [line.split() for line in lines]
        except OSError:
            continue
        for row in rows[1:]:
            yield int(row[1].rsplit(":", 1)[1], 16), int(row[2].rsplit(":", 1)[1], 16), row[3]


def is_listening(process, port):
    return any(state == "0A" and local == port for local, _, state in sockets(process))


def is_connected(process, port):
    """Whether a connection to the port is open or being opened or closed; one that only waits for its time (06) is not."""
    return any(remote == port and state not in ("06", "0A") for _, remote, state in sockets(process))


def is_up(process, interface):
    """Whether an interface of the process's namespace has an IPv4 route, which it has when it is up with an address."""
    try:
        with open(f"/proc/{process.popen.pid}/net/route", encoding="ascii") as lines:
            return any(line.split()[0] == interface for line in lines)
    except OSError:
        return False
