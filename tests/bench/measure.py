#!/usr/bin/env python3
"""Measures handlens beside every installed program that does some of the same, and prints a table in Markdown.

Large captures are made with bench_gen, one after the other, and removed again. Programs take turns on the same file, which
stands in the page cache: first a libpcap loop that does nothing (noop_libpcap), then the others. What counts is CPU time,
user and system, in ratio to the loop of the same turn; the median of the turns is printed. Ratios vary less between
machines than seconds do. Before each run as much memory as the largest of them needs is used and given back: a virtual
machine may take longer to get it from its host than the program takes for its work. `--touch 0` leaves that out.

    cmake --preset release && cmake --build --preset release --target handlens bench_gen noop_libpcap measured
    tests/bench/measure.py            # prints the table
    tests/bench/measure.py --write    # and puts it into tests/README.md
"""

import argparse
import dataclasses
import datetime
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LOOP = "libpcap loop that does nothing"
START, END = "<!-- measured:start -->", "<!-- measured:end -->"


@dataclasses.dataclass
class Capture:
    name: str
    kind: str
    unit: str   # the option of bench_gen that says how large
    size: int
    floor: str  # what the full record may cost at most, in CPU times of the loop
    all_small: bool = False  # every peer gets the small form: the flows are too many for them


CAPTURES = [
    Capture("A handshakes", "handshakes", "--megabytes", 400, "12"),
    Capture("B bulk", "bulk", "--megabytes", 400, "0.8"),
    Capture("C mixed", "mixed", "--megabytes", 400, "1.5"),
    Capture("D SYN flood", "syn-flood", "--flows", 2_000_000, "6", all_small=True),
]
SMALL = 10  # the small form of a capture is so many times smaller
HALF_OPEN = Capture("half-open flows", "syn-flood", "--flows", 5_000_000, "")



@dataclasses.dataclass
class Peer:
    name: str
    before: list   # the command, up to the file
    version: list  # how to ask for its version
    after: list = dataclasses.field(default_factory=list)
    slow: bool = False  # takes minutes on a large file: it gets the small form


PEERS = [
    Peer("ndpiReader", ["ndpiReader", "-q", "-i"], ["-h"]),
    Peer("tcptrace", ["tcptrace", "-n"], ["-version"]),
    Peer("tcpflow", ["tcpflow", "-q", "-C", "-r"], ["-V"], ["-X", "/dev/null"]),
    Peer("ssldump", ["ssldump", "-n", "-r"], ["-v"], slow=True),
    Peer("tshark, TLS handshake fields",
         ["tshark", "-n", "-Y", "tls.handshake", "-T", "fields", "-e", "frame.number", "-e", "tls.handshake.type",
          "-e", "tls.handshake.extensions_server_name", "-r"], ["--version"], slow=True),
]


@dataclasses.dataclass
class Run:
    cpu: float     # seconds
    wall: float    # seconds
    memory: float  # MiB at the peak
    killed: bool = False


@dataclasses.dataclass
class Cell:
    ratios: list = dataclasses.field(default_factory=list)
    runs: list = dataclasses.field(default_factory=list)
    small: bool = False
    note: str = ""

    def median(self, part):
        return statistics.median(getattr(run, part) for run in self.runs)

    def text(self):
        if self.note or not self.runs:
            return self.note or "-"
        ratio, cpu, memory = statistics.median(self.ratios), self.median("cpu"), self.median("memory")
        mark = " (s)" if self.small else ""
        return f"**{ratio:.3g}** · {cpu:.3g} s · {memory:.0f} MiB{mark}"


class Measurement:
    def __init__(self, options):
        self.options = options
        self.cells = {}  # (program, capture) -> Cell
        self.rows = []
        self.lines = []
        self.folder = Path(options.folder or tempfile.mkdtemp(prefix="measure."))
        self.scratch = Path(tempfile.mkdtemp(prefix="scratch.", dir=self.folder))

    def say(self, words):
        print(f"measure.py: {words}", file=sys.stderr, flush=True)

    def run(self, command):
        """One run, its output thrown away. Ends the measurement if a program of ours fails."""
        words = [str(word) for word in command]
        if self.options.touch:
            subprocess.run([self.options.measured, "--touch", str(self.options.touch)], check=True)
        done = subprocess.run([self.options.measured, str(self.options.timeout), *words], stdin=subprocess.DEVNULL,
                              capture_output=True, cwd=self.scratch, check=False)
        figures = done.stdout.split()
        if len(figures) != 3 or (done.returncode != 0 and command[0] in (self.options.handlens, self.options.noop)):
            raise SystemExit(f"measure.py: failed: {' '.join(words)}\n{done.stderr.decode(errors='replace')}")
        cpu, wall, memory = map(int, figures)
        return Run(cpu / 1e6, wall / 1e6, memory / 1024, done.returncode > 128)

    def generate(self, capture, divisor=1):
        path = self.folder / f"{capture.kind}.pcap"
        size = max(1, round(capture.size * self.options.scale / divisor))
        told = subprocess.run([self.options.bench_gen, capture.kind, capture.unit, str(size), "--pcaps",
                               REPOSITORY / "pcaps", path], capture_output=True, text=True, check=True).stdout
        counted, packets, flows = map(int, re.findall(r"\d+", told))
        return path, f"{counted / 1e6:,.0f} MB, {packets:,} packets, {flows:,} TCP flows"

    def own_programs(self):
        """(name, command before the file, after it) of handlens in its ways of working."""
        program = self.options.handlens
        told = subprocess.run([program, "--help", "all"], capture_output=True, text=True, check=True).stdout
        counts = [1, 2] if "--workers" in told else [None]
        for count in counts:
            workers = ["--workers", str(count)] if count else []
            words = f", {count} worker{'s' if count > 1 else ''}" if count else ""
            yield f"handlens, text{words}", [program], workers
            yield f"handlens, full NDJSON record{words}", [program], ["--ndjson", *workers]

    def turns(self, capture, path, programs, count, small):
        for turn in range(count):
            with open(path, "rb") as file:  # into the page cache: disks are not what is measured
                while file.read(1 << 20):
                    pass
            loop = self.run([self.options.noop, path])
            for name, before, after in [(LOOP, None, None), *programs]:
                if before is None and count != self.options.runs:
                    continue  # its row is about the turns of handlens
                cell = self.cells.setdefault((name, capture.name), Cell(small=small))
                run = loop if before is None else self.run([*before, path, *after])
                self.say(f"{capture.name} {turn + 1}/{count} {name}: {run.cpu:.3f} s, "
                         f"{run.cpu / loop.cpu:.2f} x loop, {run.memory:.0f} MiB")
                if run.killed:
                    cell.note = f"ended after {self.options.timeout} s{' (s)' if small else ''}"
                    continue
                cell.runs.append(run)
                cell.ratios.append(run.cpu / loop.cpu)

    def measure(self, capture):
        self.say(f"{capture.name}: making the capture")
        path, words = self.generate(capture)
        self.turns(capture, path, list(self.own_programs()), self.options.runs, False)
        peers = [peer for peer in PEERS if shutil.which(peer.before[0]) and self.options.peer_runs]
        small = [peer for peer in peers if peer.slow or capture.all_small]
        large = [peer for peer in peers if peer not in small]
        if large:
            self.turns(capture, path, [(p.name, p.before, p.after) for p in large], self.options.peer_runs, False)
        path.unlink()
        if small:
            path, small_words = self.generate(capture, SMALL)
            self.turns(capture, path, [(p.name, p.before, p.after) for p in small], self.options.peer_runs, True)
            path.unlink()
            words += f"; small: {small_words}"
        self.lines.append(f"- {capture.name}: {words}.")

    def measure_half_open(self):
        path, words = self.generate(HALF_OPEN)
        flows = int(words.split()[-3].replace(",", ""))
        self.lines.append(f"- Memory of half-open flows, {words}:")
        for name, before, after in self.own_programs():
            run = self.run([*before, path, *after])
            self.say(f"{words}: {name}: {run.memory:.0f} MiB")
            self.lines.append(f"  {name} {run.memory:,.0f} MiB at the peak, {run.memory * 1024 * 1024 / flows:.0f} bytes a flow;")
        self.lines[-1] = self.lines[-1][:-1] + "."
        path.unlink()

    def table(self):
        captures = [capture for capture in CAPTURES if (LOOP, capture.name) in self.cells]
        out = ["| × loop · CPU · peak memory | " + " | ".join(c.name for c in captures) + " |",
               "|---" * (len(captures) + 1) + "|"]
        names = list(dict.fromkeys(name for name, _ in self.cells))
        for name in names:
            out.append(f"| {name} | " + " | ".join(self.cells.get((name, c.name), Cell()).text() for c in captures) + " |")
        out.append("| the full record may take at most | " + " | ".join(c.floor for c in captures) + " |")
        out += self.wall_rows(captures)
        return out

    def wall_rows(self, captures):
        """How much sooner two workers are done than one; CPU time does not show it."""
        one, two = (f"handlens, full NDJSON record, {words}" for words in ("1 worker", "2 workers"))
        if (two, captures[0].name) not in self.cells:
            return []
        cells = []
        for capture in captures:
            first, second = (self.cells[(name, capture.name)].median("wall") for name in (one, two))
            cells.append(f"{first:.3g} s / {second:.3g} s = {first / second:.2f}")
        return ["| wall time of the full record, 1 worker / 2 workers | " + " | ".join(cells) + " |"]

    def report(self):
        missing = [peer.before[0] for peer in PEERS if not shutil.which(peer.before[0])]
        versions = [words for words in map(version_of, PEERS) if words] if self.options.peer_runs else []
        today = datetime.date.today().isoformat()
        o = self.options
        head = [f"{today}, {o.machine}; release preset, files in the page cache, "
                f"{o.touch} MiB of memory at hand; medians of {o.runs} turns, peers {o.peer_runs}.",
                f"`(s)`: on a capture {SMALL} times smaller, the ratio to the loop on that one." if o.peer_runs else "",
                f"Peers: {', '.join(versions)}." if versions else "",
                f"Not installed, so left out: {', '.join(missing)}." if missing and o.peer_runs else ""]
        return [line for line in head if line] + ["", *self.table(), "", *self.lines]


def version_of(peer):
    """"tshark 4.0.17", or "" if it is not installed."""
    program = peer.before[0]
    if not shutil.which(program):
        return ""
    try:
        done = subprocess.run([program, *peer.version], capture_output=True, text=True, errors="replace", check=False,
                              stdin=subprocess.DEVNULL, timeout=60)
    except subprocess.TimeoutExpired:
        return program
    found = re.search(r"\b(\d+\.\d+(?:\.\d+)*(?:b\d+)?)\b", done.stdout + done.stderr)
    return f"{program} {found.group(1)}" if found else program


def write_into(page, lines):
    text = page.read_text(encoding="utf-8")
    if START not in text or END not in text:
        raise SystemExit(f"measure.py: {page} has no {START} and {END}")
    before, rest = text.split(START, 1)
    page.write_text(before + START + "\n" + "\n".join(lines) + "\n" + END + rest.split(END, 1)[1], encoding="utf-8")


def parse():
    build = REPOSITORY / ".build/release"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--handlens", type=Path, default=build / "handlens")
    parser.add_argument("--bench-gen", type=Path, default=build / "tools/bench_gen")
    parser.add_argument("--noop", type=Path, default=build / "tests/noop_libpcap")
    parser.add_argument("--measured", type=Path, default=build / "tests/measured")
    parser.add_argument("--runs", type=int, default=5, help="turns of handlens")
    parser.add_argument("--peer-runs", type=int, default=1, help="turns of the others; 0 leaves them out")
    parser.add_argument("--touch", type=int, default=1024, help="MiB of memory to use before each run")
    parser.add_argument("--scale", type=float, default=1, help="captures so many times larger")
    parser.add_argument("--only", default="ABCD", help="letters of captures, M for the memory of half-open flows")
    parser.add_argument("--timeout", type=int, default=300, help="CPU seconds a run may take; and four times as many by the clock")
    parser.add_argument("--folder", type=Path, help="where the captures go; 2 GB must be free (default: a temporary one)")
    parser.add_argument("--machine", default=f"{os.cpu_count()} cores", help="how the table describes the machine")
    parser.add_argument("--write", action="store_true", help="put the table into --page, between its marks")
    parser.add_argument("--page", type=Path, default=REPOSITORY / "tests/README.md")
    options = parser.parse_args()
    for name in ("handlens", "bench_gen", "noop", "measured"):
        program = getattr(options, name)
        if not program.is_file():
            raise SystemExit(f"measure.py: {program} is not there; see --help for how to build it")
        setattr(options, name, program.resolve())
    return options


def main():
    options = parse()
    measurement = Measurement(options)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    interrupted = False
    try:
        for capture in CAPTURES:
            if capture.name[0] in options.only:
                measurement.measure(capture)
        if "M" in options.only or options.only == "ABCD":
            measurement.measure_half_open()
    except KeyboardInterrupt:
        interrupted = True  # what was measured so far is printed, and not written
    finally:
        shutil.rmtree(measurement.scratch, ignore_errors=True)
        if options.folder is None:
            shutil.rmtree(measurement.folder, ignore_errors=True)
    lines = measurement.report()
    print("\n".join(lines))
    if interrupted:
        raise SystemExit("measure.py: interrupted; the table is not whole")
    if options.write:
        write_into(options.page, lines)


if __name__ == "__main__":
    main()
