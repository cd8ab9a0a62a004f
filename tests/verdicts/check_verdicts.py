#!/usr/bin/env python3
"""Checks handlens's verdicts against what is known of captures from how they were made, and counts who was blamed.

    check_verdicts.py HANDLENS SOURCE_DIRECTORY [--matrix] [--captures DIRECTORY...]

pcaps/VERDICTS.tsv says what is known of the built captures; its head explains the cells. Every row must agree.
pcaps/TRUTH.tsv says what really happened in the lab's captures, and whether one capture can tell. A verdict may always be
unknown; it may name another culprit than the truth only where it says "possible", and a middlebox that did nothing not at all.
Where the table says that a capture alone can tell, and it was a middlebox, that must be found.
Beside that no flow of any other capture in pcaps/ and in each DIRECTORY may be blamed on a middlebox at "likely" or above:
they hold nothing but ordinary connections. Captures whose truth names a device are in OTHERS.
Every finding of every record names its packets, its evidence, and what speaks against it.
--matrix prints truth against verdict, counted by flow.
"""
import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys

# Captures of pcaps/ in which a device did act, and which have no row: by name.
OTHERS = {"rst_injected_after_client_hello.pcap", "icmp_admin_prohibited.pcap", "icmpv6_admin_prohibited.pcap",
          "prohibited_by_router.pcap", "client_hello_blackholed.pcap", "reset_52_alert_too_soon.pcap"}
SURE = ("certain", "likely")
SHORTCOMINGS = []  # of every record that was read


def records(handlens, capture):
    run = subprocess.run([handlens, str(capture), "--ndjson", "-q"], capture_output=True, text=True, timeout=300, check=False)
    if run.returncode not in (0, 4):
        sys.exit(f"{capture}: handlens ended with {run.returncode}: {run.stderr}")
    flows = [json.loads(line) for line in run.stdout.splitlines()]
    flows = [f for f in flows if f["schema"] == "handlens.flow/1"]
    for flow in flows:
        SHORTCOMINGS.extend(f"{capture.name} #{flow['flow']['id']}: {text}" for text in shortcomings(flow))
    return flows


def rules_of(flow):
    out = set()
    for rst in flow["tcp"]["rst"]:
        out |= set(rst.get("verdict", {}).get("rules", []))
    for finding in flow["findings"]:
        out.add(finding["id"])
        out |= {e["rule"] for e in finding["evidence"]}
    return out


def matches(cell, value):
    return cell == "*" or (value if value is not None else "-") in cell.split("|")


def differences(row, flow):
    outcome = flow["outcome"]
    for key in ("cause", "location", "confidence"):
        if not matches(row[key], outcome.get(key)):
            yield f"{key} {outcome.get(key, '-')}, known: {row[key]}"
    rules = rules_of(flow)
    for wanted in filter(None, (row["rules"] or "").split(",")):
        if wanted.startswith("!"):
            if wanted[1:] in rules:
                yield f"{wanted[1:]} must not fire"
        elif wanted not in rules:
            yield f"{wanted} is not among {', '.join(sorted(rules)) or 'no rules'}"


def shortcomings(flow):
    """Findings that do not say from which packets, on what evidence, or what else could explain it."""
    for finding in flow["findings"]:
        for part in ("frames", "evidence", "against"):
            if not finding.get(part):
                yield f"finding {finding['id']} has no {part}"
        last = flow["flow"]["first_frame"]
        if any(frame < last for frame in finding.get("frames", [])):
            yield f"finding {finding['id']} names a packet before the flow"


def read_table(path):
    with open(path, encoding="utf-8") as table:
        lines = [line for line in table if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def untruth(row, flow):
    """What is wrong with a verdict about a connection whose truth is known; None if it is right, or silent."""
    outcome = flow["outcome"]
    cause, sure = outcome["cause"], outcome["confidence"] in SURE
    if cause == "middlebox" and row["cause"] != "middlebox":
        return f"blamed on a middlebox, which did nothing: {outcome['sentence']}"
    if row["cause"] == "none" and outcome["status"] == "ok":
        return None  # the handshake is what the table speaks of; who closed a connection that worked is no failure's cause
    if cause not in ("unknown", "none", row["cause"]) and sure:
        return f"cause {cause} ({outcome['confidence']}), truth: {row['cause']}: {outcome['sentence']}"
    if row["cause"] == "middlebox" and row["told_by"] == "alone" and cause != "middlebox":
        return f"cause {cause}, but this capture tells that it was a middlebox: {outcome['sentence']}"
    places = ("-", "somewhere", row["location"])
    if cause == "middlebox" and row["location"] != "somewhere" and outcome.get("location", "-") not in places:
        return f"location {outcome['location']}, truth: {row['location']}"
    return None


def cell_of(outcome):
    return outcome["cause"] + ("" if outcome["cause"] == "none" else " " + outcome["confidence"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("handlens")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--matrix", action="store_true")
    parser.add_argument("--captures", nargs="*", type=pathlib.Path, default=[])
    options = parser.parse_args()
    pcaps = options.source / "pcaps"
    matrix = collections.Counter()
    wrong = []
    checked = set()
    rows = read_table(pcaps / "VERDICTS.tsv")
    for row in rows:
        checked.add(row["capture"])
        flows = records(options.handlens, pcaps / row["capture"])
        chosen = [f for f in flows if row["flow"] in ("*", str(f["flow"]["id"]))]
        if not chosen:
            wrong.append(f"{row['capture']} #{row['flow']}: no such flow")
        for flow in chosen:
            outcome = flow["outcome"]
            matrix[row["cause"], cell_of(outcome)] += 1
            for text in differences(row, flow):
                wrong.append(f"{row['capture']} #{flow['flow']['id']}: {text}")
    truths = read_table(pcaps / "TRUTH.tsv")
    for row in truths:
        checked.add(row["capture"])
        for flow in records(options.handlens, pcaps / row["capture"]):
            if row["flow"] not in ("*", str(flow["flow"]["id"])):
                continue
            matrix["lab: " + row["cause"], cell_of(flow["outcome"])] += 1
            text = untruth(row, flow)
            if text:
                wrong.append(f"{row['capture']} #{flow['flow']['id']}: {text}")
    ordinary = [p for p in sorted(pcaps.glob("*.pcap*")) if p.name not in checked | OTHERS]
    for directory in options.captures:
        ordinary += sorted(p for p in directory.rglob("*") if p.suffix in (".pcap", ".pcapng", ".cap", ".gz", ".zst"))
    blamed = 0
    for capture in ordinary:
        for flow in records(options.handlens, capture):
            outcome = flow["outcome"]
            matrix["(ordinary)", cell_of(outcome)] += 1
            if outcome["cause"] == "middlebox" and outcome["confidence"] in SURE:
                blamed += 1
                wrong.append(f"{capture.name} #{flow['flow']['id']}: blamed on a middlebox: {outcome['sentence']}")
    wrong += SHORTCOMINGS
    if options.matrix:
        verdicts = sorted({verdict for _, verdict in matrix})
        print("| truth | " + " | ".join(verdicts) + " |")
        print("|---" * (len(verdicts) + 1) + "|")
        for truth in sorted({truth for truth, _ in matrix}):
            print(f"| {truth.replace('|', ' or ')} | " + " | ".join(str(matrix[truth, v] or "") for v in verdicts) + " |")
    for text in wrong:
        print(text)
    print(f"{len(rows)} rows, {len(truths)} truths, {len(ordinary)} ordinary captures, {blamed} ordinary flows blamed, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
