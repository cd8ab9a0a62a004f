#!/usr/bin/env python3
"""Compares what handlens says of lab captures with what the lab knows of them (truth.json, described in tools/lab/truth.py).

    compare_truth.py HANDLENS DIRECTORY [--quiet]      DIRECTORY as tools/lab/run wrote it

Prints a line for each disagreement: scenario, vantage, connection, what is said, what is true. Blame is compared apart: naming
somebody who did not do it is a disagreement from every vantage; naming nobody where the vantage can tell is counted as missed
and is none. Exit codes: 0 all agree, 1 some do not, 3 nothing to compare.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

OUTCOME = ("status", "stage", "ended_by", "apparent_sender")


def records(handlens, capture, port):
    """The connections to `port`, in order of their first packets."""
    ran = subprocess.run([handlens, str(capture), "--ndjson"], capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    flows = [one for one in lines if one.get("schema", "").startswith("handlens.flow/")]
    return [one for one in flows if one["flow"]["server"]["port"] == port or (port == 0)]


def said(record):
    """The facts of a record in the words of truth.json; None is absent, a set holds several."""
    outcome, tls = record.get("outcome", {}), record.get("tls") or {}
    facts = {key: outcome.get(key) for key in OUTCOME}
    facts["sni"] = tls.get("sni")
    facts["version"] = (tls.get("version") or "").removeprefix("TLSv") or None
    facts["resumed"] = str(tls["resumed"]).lower() if "resumed" in tls else None
    alerts = {
        f"{a['from']}:{a['code']}"
        for a in tls.get("alerts", [])
        if "code" in a and not a.get("inferred") and not a.get("encrypted")
    }
    facts["alert"] = alerts or None
    return facts


def agrees(wanted, value):
    allowed = set(wanted.split("|"))
    if value is None:
        return "-" in allowed
    return bool(allowed & value) if isinstance(value, set) else value in allowed


def shown(value):
    return "-" if value is None else ",".join(sorted(value)) if isinstance(value, set) else value


def compare_flow(wanted, record):
    facts = said(record)
    for key, value in wanted.items():
        if not agrees(value, facts[key]):
            yield f"{key} is {shown(facts[key])}, truly {value}"


def blame(truth, vantage, record):
    """'wrong', 'right', 'missed' (unknown where it can be told) or 'open'. "none" names nobody: what was done out of this
    capture's sight leaves nothing in it to be noticed."""
    cause = record.get("outcome", {}).get("cause", "unknown")
    if cause in ("unknown", "none") and cause != truth["cause"]:
        return "missed" if vantage in truth["cause_from"] else "open"
    return "right" if cause == truth["cause"] else "wrong"


def compare_scenario(handlens, folder, counts, quiet):
    truth = json.loads((folder / "truth.json").read_text())
    problems = []
    for vantage, known in truth["vantages"].items():
        found = records(handlens, folder / known["capture"], truth["port"])
        wanted = known["flows"]
        if known["each"]:
            wanted = wanted * len(found)
        if len(wanted) != len(found):
            problems.append(f"{vantage}: {len(found)} connections, truly {len(wanted)}")
        for number, (facts, record) in enumerate(zip(wanted, found), 1):
            place = f"{vantage} #{number}: "
            problems += [place + text for text in compare_flow(facts, record)]
            verdict = blame(truth, vantage, record)
            counts[verdict] += 1
            if verdict == "missed" and not quiet:
                print(f"{folder.name}: missed: {place}nobody is named, truly {truth['cause']}")
            if verdict == "wrong":
                problems.append(place + f"cause is {record['outcome']['cause']}, truly {truth['cause']}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("handlens")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--quiet", action="store_true", help="only the disagreements and the sum")
    args = parser.parse_args()
    folders = sorted(path.parent for path in args.directory.glob("*/truth.json"))
    if not folders:
        print(f"no truth.json below {args.directory}")
        return 3
    counts, disagreeing = collections.Counter(), 0
    for folder in folders:
        problems = compare_scenario(args.handlens, folder, counts, args.quiet)
        disagreeing += bool(problems)
        for text in problems:
            print(f"{folder.name}: {text}")
        if not problems and not args.quiet:
            print(f"{folder.name}: agrees")
    blame_text = ", ".join(f"{counts[one]} {one}" for one in ("right", "missed", "open", "wrong"))
    print(f"{len(folders) - disagreeing} of {len(folders)} scenarios agree; blame of connections: {blame_text}")
    return 1 if disagreeing else 0


if __name__ == "__main__":
    sys.exit(main())
