"""Runs scenarios of the lab.

    tools/lab/run --list [WORD...]            every scenario in a sentence; only those with the word in name or topic
    tools/lab/run NAME... -o DIR              plays them; DIR/NAME/ gets client.pcap, server.pcap, path.pcap, truth.json
    tools/lab/run all -o DIR                  all of them but the slow ones; a topic's name stands for its scenarios
    tools/lab/run --clean                     removes what a killed run left behind

Needs root (network namespaces) and what tools/lab/install.sh installs. Exit codes: 0 all were played, 1 some were not,
2 the command line, 77 nothing can be played here.
"""
import argparse
import concurrent.futures
import importlib
import os
import pathlib
import pkgutil
import shutil
import signal
import sys
import tempfile
import time
import traceback

from . import scenarios, truth
from .lab import USUAL_PATH, WORK, Lab, find_program
from .network import remove_leftovers
from .pki import Pki
from .scenario import ALL
from .stacks import prepare

NEEDED = ("ip", "tcpdump", "ethtool", "ss", "openssl", "sysctl")


def load():
    for module in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f"{scenarios.__name__}.{module.name}")
    return ALL


def choose(words):
    """Scenarios by name, topic or 'all', in the order of the table; unknown words. Slow ones only by their name."""
    known = load()
    topics = {one.topic for one in known.values()}
    unknown = [word for word in words if word not in known and word not in topics and word != "all"]

    def wanted(one):
        return one.name in words or (not one.slow and bool({one.topic, "all"} & set(words)))

    return [one for one in known.values() if wanted(one)], unknown


def cannot_run():
    """Why nothing can be played here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (tools/lab/install.sh)"
    if os.system("unshare --net true 2>/dev/null") != 0:
        return "no network namespaces here"
    return None


def is_there(needed):
    """A program, or with its whole path a file, such as one by which the kernel shows what it can do."""
    return os.path.exists(needed) if needed.startswith("/") else shutil.which(needed) is not None


def play(scenario, pki, output, middlebox, path):
    """One scenario. Returns (scenario, seconds, None or what went wrong)."""
    began = time.monotonic()
    missing = [name for name in scenario.needs if not is_there(name)]
    if missing:
        return scenario, 0.0, f"skipped: not here: {', '.join(missing)}"
    output.mkdir(parents=True, exist_ok=True)
    try:
        with Lab(scenario, pki, output, middlebox, path) as lab:
            scenario.play(lab)
            lab.finish()
            truth.write(lab)
        problem = None
    except Exception as error:  # one scenario's trouble is not the others'
        problem = f"{type(error).__name__}: {error}"
        stderr = getattr(error, "stderr", None)
        if stderr:
            problem += f" ({stderr.strip()})"
        if os.environ.get("LAB_TRACE"):
            problem += "\n" + traceback.format_exc()
    return scenario, time.monotonic() - began, problem


def play_all(chosen, output, middlebox, path, jobs, folder):
    pki = Pki(folder).make()
    prepare(folder, {program for one in chosen for program in one.needs})
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(play, one, pki, output / one.name, middlebox, path) for one in chosen]
        try:
            for done in concurrent.futures.as_completed(running):
                one, seconds, problem = done.result()
                failed += problem is not None
                print(f"{one.name}: {problem or f'{seconds:.1f} s'}", flush=True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return failed


def remove_folders():
    """Working folders of runs whose process is gone. Returns their names."""
    removed = []
    for folder in pathlib.Path(tempfile.gettempdir()).glob(f"{WORK}*"):
        process = folder.name.removeprefix(WORK).partition("-")[0]
        if process.isdigit() and not os.path.exists(f"/proc/{process}"):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(str(folder))
    return removed


def print_list(words):
    topic = None
    for one in load().values():
        if words and not any(word in one.name or word == one.topic for word in words):
            continue
        if one.topic != topic:
            topic = one.topic
            print(f"\n{topic}")
        print(f"  {one.name:42} {one.sentence}")


def main():
    parser = argparse.ArgumentParser(
        prog="tools/lab/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="DIR")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--clean", action="store_true")
    parser.add_argument(
        "--path", default=USUAL_PATH, help='instead of the usual path: "%(default)s"', metavar="STATEMENTS"
    )
    parser.add_argument("--middlebox", help="the program; else from HANDLENS_MIDDLEBOX or a build")
    args = parser.parse_args()
    if args.list:
        print_list(args.names)
        return 0
    if args.clean:
        print("\n".join(remove_leftovers() + remove_folders()))
        return 0
    chosen, unknown = choose(args.names)
    if unknown or not chosen or not args.output:
        parser.error(
            f"no scenario or topic: {', '.join(unknown)}"
            if unknown
            else "names of scenarios and -o DIR are needed; --list names them"
        )
    middlebox = find_program("middlebox", args.middlebox)
    reason = cannot_run() or (None if middlebox else "the middlebox is not built: cmake --build --preset dev --target middlebox")
    if reason:
        print(f"skipped: {reason}", file=sys.stderr)
        return 77
    for which in (signal.SIGTERM, signal.SIGHUP):  # as an exception, so that everything is taken down
        signal.signal(which, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix=f"{WORK}{os.getpid()}-") as folder:
        failed = play_all(chosen, args.output.resolve(), middlebox, args.path, args.jobs, folder)
    print(f"{len(chosen) - failed} of {len(chosen)} played")
    return 1 if failed else 0
