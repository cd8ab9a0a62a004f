"""One scenario's stage: the network, the path, the captures, and what its players may call."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from . import programs
from .capture import Capture
from .keys_inside import put_into
from .network import Network
from .processes import Process, is_connected, is_listening, is_up, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILDS = (".build/dev", ".build/release", ".build/asan")
WORK = "handlens-lab-"  # ... and the process that made the folder, so that leftovers can be told
# A path of some length: 10 ms there and back, 2 hops to the device and 7 behind it. Statements of the middlebox.
USUAL_PATH = "delay client 1ms; delay server 4ms; hops client 2; hops server 7"


def find_program(name, given=None):
    """A program of this repository: as given, by the environment (HANDLENS_MIDDLEBOX, HANDLENS), or from a build."""
    variable = "HANDLENS" if name == "handlens" else "HANDLENS_" + name.upper()
    candidates = [given, os.environ.get(variable)]
    candidates += [ROOT / build / part for build in BUILDS for part in (name, "tools/" + name)]
    for candidate in candidates:
        if candidate and pathlib.Path(candidate).is_file():
            return str(pathlib.Path(candidate).resolve())
    return None


class Lab:
    def __init__(self, scenario, pki, output, middlebox, path=USUAL_PATH):
        self.scenario, self.pki, self.output, self.middlebox, self.path = scenario, pki, output, middlebox, path
        self.processes, self.captures = [], []
        self.clients, self.servers = [], []
        self.device = None
        self._lock = threading.Lock()

    # The frame: called by the runner.

    def __enter__(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix=f"{WORK}{os.getpid()}-"))
        self.network = Network(router=bool(self.scenario.router))
        try:
            for file in self.pki.folder.iterdir():
                os.symlink(file, self.work / file.name)
            self.network.__enter__()
            self._start_path()
            if self.scenario.setup:
                self.scenario.setup(self)
            self._start_captures()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.end()
        for capture in self.captures:
            capture.process.end()
        if self.device:
            self.device.end()
        self.network.__exit__()
        shutil.rmtree(self.work, ignore_errors=True)

    def finish(self):
        """The captures end before the players are sent home: how the lab ends is no part of the story."""
        time.sleep(0.25)
        for capture in self.captures:
            capture.stop()
        if self.device:
            self.device.end()
        for process in reversed(self.processes):
            process.end()
        if (self.output / "client.keys").is_file():
            put_into(self.output / "client.pcap", self.output / "client.keys", self.output / "client.pcapng")

    def _start_path(self):
        rules = self.work / "path.rules"
        rules.write_text(self.path.replace(";", "\n") + "\n" + self.scenario.path + "\n")
        self.device = Process(
            self.network.path,
            [self.middlebox, "m0", "m1", rules, "--tap-client", self.output / "path.pcap"],
            self.work,
            "middlebox.log",
        )
        if not self.device.wait_for_text("ready"):
            raise RuntimeError(f"the middlebox did not start: {self.device.text().strip()}")
        if self.scenario.router.strip("-\n "):
            for line in self.scenario.router.strip().splitlines():
                self.network.run(self.network.router, "sh", "-c", line)

    def _start_captures(self):
        options = dict(self.scenario.capture)
        given = options.pop("interface", None)
        for side, namespace, interface in (("client", self.network.client, "c0"), ("server", self.network.server, "s0")):
            self.captures.append(Capture(namespace, given or interface, self.output / f"{side}.pcap", self.work, **options))

    # What players call.

    def serve(self, program, on_client=False):
        """Starts a server, on the client's host if need be, and waits until it listens."""
        process = self._start(self.network.client if on_client else self.network.server, program, f"server{len(self.servers)}.log")
        self.servers.append((program, process))
        if not wait_until(lambda: is_listening(process, program.port) or process.popen.poll() is not None, 15):
            raise RuntimeError(f"{program.argv[0]} does not listen on port {program.port}: {process.text().strip()}")
        if process.popen.poll() is not None:
            raise RuntimeError(f"{program.argv[0]} ended at once: {process.text().strip()}")
        return process

    def start(self, program):
        """Starts a client and leaves it running."""
        process = self._start(self.network.client, program, f"client{len(self.clients)}.log")
        self.clients.append((program, process))
        if program.send:
            process.write(program.send)
        return process

    def connect(self, program):
        """Runs a client to its end, or to the end of its time."""
        process = self.start(program)
        for pause, data in program.later:
            if process.wait(pause):
                break
            process.write(data)
        if program.close_input_after is not None and not process.wait(program.close_input_after):
            process.close_input()
        if not process.wait(program.seconds):
            process.end(signal.SIGKILL if program.kill else signal.SIGTERM)
        process.close_input()
        return process

    def pause(self, seconds):
        time.sleep(seconds)

    def wait_for_silence(self, client):
        """Until none of the client's connections is under way."""
        wait_until(lambda: not is_connected(client, self.scenario.port), 5, step=0.01)

    def on_client(self, *command):
        return self.network.run(self.network.client, *command)

    def on_server(self, *command):
        return self.network.run(self.network.server, *command)

    def stop(self, process):  # it stands still, its host goes on
        process.send_signal(signal.SIGSTOP)

    def resume(self, process):
        process.send_signal(signal.SIGCONT)

    def file(self, name, content=b""):
        (self.work / name).write_bytes(content)

    def keep(self, name):
        """A file that a player wrote is kept beside the captures."""
        if (self.work / name).is_file():
            shutil.copy(self.work / name, self.output / name)

    def beside(self, namespace, argv, interface):
        """A program of the stage and not of the story, until the end; it has begun when its interface is up."""
        process = Process(namespace, argv, self.work, f"stage{len(self.processes)}.log")
        with self._lock:
            self.processes.append(process)
        if not wait_until(lambda: is_up(process, interface), 10):
            raise RuntimeError(f"{argv[0]} did not begin: {process.text().strip()}")

    def run_in_work(self, *command):
        subprocess.run([str(word) for word in command], cwd=self.work, check=True, timeout=30, capture_output=True)

    def output_of(self, *command):
        done = subprocess.run(command, cwd=self.work, check=True, timeout=30, capture_output=True, text=True)
        return done.stdout

    def _start(self, namespace, program, log):
        argv = list(program.argv)
        environment = dict(program.environment)
        if self.scenario.keylog and log.startswith("client"):
            if program.stack == "openssl":
                argv += ["-keylogfile", str(self.output / "client.keys")]
            else:
                environment["SSLKEYLOGFILE"] = str(self.output / "client.keys")
        process = Process(namespace, argv, self.work, log, environment)
        with self._lock:
            self.processes.append(process)
        return process


__all__ = ["Lab", "find_program", "programs"]
