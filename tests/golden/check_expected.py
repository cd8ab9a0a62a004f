#!/usr/bin/env python3
"""Checks handlens against pcaps/EXPECTED.tsv: what is known of every capture from how it was made.

    check_expected.py HANDLENS SOURCE_DIRECTORY [CAPTURE...]

The table was written without looking at the program's output, so it is a second opinion beside the goldens.
Cells: '*' is not checked, '-' must be absent, 'a|b' allows either. Findings: all of 'x,y' must be there, '!z' must not.
A finding whose rule the program does not have yet (`handlens rules`) is counted as awaited, not checked, and with it what the
facts say of the outcome.
Alerts are side:code. Facts: path=value, separated by ';'; a value may be true, false, a number or a word.
"""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys


def look_up(record, path):
    for key in path.split("."):
        if isinstance(record, list):
            record = record[int(key)] if int(key) < len(record) else None
        else:
            record = (record or {}).get(key)
    return record


def as_text(value):
    return {True: "true", False: "false", None: "-"}.get(value) if isinstance(value, (bool, type(None))) else str(value)


def matches(cell, value):
    return cell == "*" or as_text(value) in cell.split("|")


def version_matches(cell, value):
    """The table says 1.3, the record a name that ends so."""
    if cell in "*-":
        return matches(cell, value)
    return any(as_text(value).endswith(wanted) for wanted in cell.split("|"))


def known_rules(handlens):
    """The ids in the first column of `handlens rules`."""
    listing = subprocess.run([handlens, "rules"], capture_output=True, text=True, timeout=60, check=True).stdout
    return set(re.findall(r"^([a-z0-9]+(?:-[a-z0-9]+)+)\s", listing, re.MULTILINE))


def awaited(row, rules):
    """The wanted findings that no rule of the program can give."""
    return [wanted for wanted in row["finding"].split(",")
            if wanted not in "*-" and not wanted.startswith("!") and not rules & set(wanted.split("|"))]


def differences(row, record, rules):
    outcome = record.get("outcome", {})
    for key in ("status", "stage", "ended_by", "apparent_sender"):
        if not matches(row[key], outcome.get(key)):
            yield f"{key} is {as_text(outcome.get(key))}, not {row[key]}"
    tls = record.get("tls", {})
    if not matches(row["sni"], tls.get("sni")):
        yield f"sni is {as_text(tls.get('sni'))}, not {row['sni']}"
    if not version_matches(row["version"], tls.get("version")):
        yield f"version is {as_text(tls.get('version'))}, not {row['version']}"
    alerts = {f"{alert.get('from')}:{alert.get('code')}" for alert in tls.get("alerts", []) if "code" in alert and not alert.get("inferred")}
    if row["alert"] == "-" and alerts:
        yield f"readable alerts {sorted(alerts)}, none expected"
    elif row["alert"] not in "*-" and not alerts & set(row["alert"].split("|")):
        yield f"alerts are {sorted(alerts)}, not {row['alert']}"
    found = {finding.get("id") for finding in record.get("findings", [])}
    for wanted in row["finding"].split(","):
        if wanted in awaited(row, rules):
            continue
        if wanted.startswith("!"):
            if wanted[1:] in found:
                yield f"finding {wanted[1:]} is there and must not be"
        elif wanted not in "*-" and not found & set(wanted.split("|")):
            yield f"findings are {sorted(found)}, without {wanted}"
    for fact in filter(None, row["facts"].split(";")):
        if fact in "*-":
            continue
        path, wanted = fact.split("=", 1)
        if path.startswith("outcome.") and awaited(row, rules):
            continue
        if not matches(wanted, look_up(record, path)):
            yield f"{path} is {as_text(look_up(record, path))}, not {wanted}"


def flow_records(handlens, path):
    environment = {**os.environ, "TZ": "UTC", "NO_COLOR": "1"}
    run = subprocess.run([handlens, path.name, "--ndjson"], cwd=path.parent, env=environment, capture_output=True, timeout=60,
                         check=False)
    if run.returncode not in (0, 4):
        raise RuntimeError(f"exit status {run.returncode}: {run.stderr.decode(errors='replace')}")
    records = [json.loads(line) for line in run.stdout.splitlines()]
    return [record for record in records if record.get("schema") == "handlens.flow/1"]


def uncovered(source, rows):
    """Every capture has its rows, its line in the catalogue and its golden."""
    catalogue = (source / "pcaps/README.md").read_text(encoding="utf-8")
    listed = (source / "tests/golden/TESTLIST").read_text(encoding="utf-8").split()
    for path in sorted((source / "pcaps").glob("*.pcap*")):
        if not any(row["capture"] == path.name for row in rows):
            yield f"{path.name}: no row in EXPECTED.tsv"
        if f"`{path.name}`" not in catalogue:
            yield f"{path.name}: not in pcaps/README.md"
        if path.name not in listed:
            yield f"{path.name}: no line in tests/golden/TESTLIST"


def main():
    handlens, source = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    with open(source / "pcaps/EXPECTED.tsv", encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader((line for line in table if not line.startswith("#")), delimiter="\t"))
    problems = list(uncovered(source, rows))
    rules = known_rules(handlens)
    waiting = sum(len(awaited(row, rules)) for row in rows)
    chosen = sys.argv[3:] or sorted({row["capture"] for row in rows})
    for capture in chosen:
        expected = [row for row in rows if row["capture"] == capture and row["flow"] != "-"]
        try:
            records = flow_records(handlens, source / "pcaps" / capture)
        except (RuntimeError, subprocess.TimeoutExpired, json.JSONDecodeError) as problem:
            problems.append(f"{capture}: {problem}")
            continue
        if len(records) != len(expected):
            problems.append(f"{capture}: {len(records)} flows, {len(expected)} expected")
        for row in expected:
            record = next((one for one in records if str(look_up(one, "flow.id")) == row["flow"]), None)
            if record is not None:
                problems.extend(f"{capture} flow {row['flow']}: {text}" for text in differences(row, record, rules))
    for problem in problems:
        print(problem)
    print(f"{len(rows)} rows, {len(problems)} differences; {waiting} findings await their rule")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
