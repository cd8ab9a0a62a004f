#!/usr/bin/env python3
"""Cuts the lab's captures of pcaps/ after a dozen packets each, and inside the last one: handlens must take each piece, and must never
name somebody who did not end the connection (pcaps/TRUTH.tsv). Naming nobody is always allowed: what was cut off may be the ending.

    cut_captures.py HANDLENS SOURCE_DIRECTORY [CAPTURE...]      those named are cut after every packet

Exit codes: 0 nothing is wrong, 1 something is.
"""
import collections
import csv
import json
import os
import pathlib
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

CUTS = 12  # of each capture
TAKEN = (0, 4)  # exit codes: done, and read in part


def known(source):
    with open(source / "pcaps/TRUTH.tsv", encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader((line for line in table if not line.startswith("#") and line.strip()), delimiter="\t"))
    captures = collections.defaultdict(list)
    for row in rows:
        captures[row["capture"]].append(row)
    return captures


def ends_of_packets(data):
    at = 24
    while at + 16 <= len(data):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        yield at


def read(handlens, piece):
    return subprocess.run([handlens, "-", "--ndjson"], input=piece, capture_output=True, timeout=60, check=False)


# Their connections outlived a device's reset: cut before they go on, that reset is their end.
OUTLIVED = {"lab_rst_out_of_window.pcap", "lab_rst_too_late.pcap"}


def problems(handlens, path, rows, most):
    data = path.read_bytes()
    ends = list(ends_of_packets(data))
    step = -(-len(ends) // most)
    causes = {row["flow"]: row["cause"].split("|") for row in rows}
    for cut in [*ends[step - 1::step], ends[-1] - 3, len(data)]:
        ran = read(handlens, data[:cut])
        place = f"{path.name} cut at {cut} of {len(data)}"
        if ran.returncode not in TAKEN:
            yield f"{place}: exit code {ran.returncode}: {ran.stderr.decode(errors='replace').strip()[:200]}"
            continue
        records = [json.loads(line) for line in ran.stdout.splitlines()]
        for record in records:
            if record["schema"] != "handlens.flow/1":
                continue
            cause, allowed = record["outcome"].get("cause", "unknown"), causes.get(str(record["flow"]["id"]), [])
            if path.name in OUTLIVED:
                allowed = [*allowed, "middlebox"]
            # "possible" is no more than a suspicion; of a device even that must be right.
            if cause != "middlebox" and record["outcome"]["confidence"] in ("possible", "undetermined"):
                continue
            if cause not in ("unknown", "none", *allowed):
                yield f"{place}: flow {record['flow']['id']}: cause is {cause}, truly {'|'.join(allowed)}"


def main():
    handlens, source = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    captures = {name: rows for name, rows in known(source).items() if not sys.argv[3:] or name in sys.argv[3:]}
    most = sys.maxsize if sys.argv[3:] else CUTS
    with ThreadPoolExecutor(2) as pool:
        paths = [source / "pcaps" / name for name in captures]
        found = pool.map(lambda one: list(problems(handlens, *one, most)), zip(paths, captures.values()))
        wrong = [text for several in found for text in several]
    print("\n".join([*wrong, f"{len(captures)} captures, {len(wrong)} things wrong"]))
    return 1 if wrong or not captures else 0


if __name__ == "__main__":
    sys.exit(main())
