#!/usr/bin/env python3
"""Compares the ClientHello fields that handlens reads with those that a server in Go was given on the same connections.

    compare_hello.py HANDLENS DIRECTORY      DIRECTORY of the scenario collected-hellos: hello.json and the captures

Compared in their order: cipher suites, groups, point formats, signature algorithms, application protocols, versions, the server
name. Exit codes: 0 all agree, 1 some do not, 3 nothing to compare.
"""
import json
import pathlib
import subprocess
import sys

VERSIONS = {772: "TLSv1.3", 771: "TLSv1.2", 770: "TLSv1.1", 769: "TLSv1.0"}


def records(handlens, capture):
    ran = subprocess.run([handlens, str(capture), "--ndjson"], capture_output=True, text=True, timeout=60, check=False)
    for line in ran.stdout.splitlines():
        record = json.loads(line)
        if record["schema"].startswith("handlens.flow/"):
            yield f"{record['flow']['client']['ip']}:{record['flow']['client']['port']}", record["tls"]


def numbers(text):
    return [int(word) for word in text.split("-") if word]


def read_by_handlens(tls):
    """In Go's words. JA3 lists numbers as they came, JA4_r the signature algorithms; neither holds GREASE."""
    _, suites, _, groups, points = tls["ja3_full"].split(",")
    signatures = tls["ja4_r"].split("_")[3:]
    hello = tls["client_hello"]
    return {
        "CipherSuites": numbers(suites),
        "SupportedCurves": numbers(groups),
        "SupportedPoints": numbers(points),
        "SignatureSchemes": [int(word, 16) for word in signatures[0].split(",")] if signatures else [],
        "SupportedProtos": tls.get("alpn_offered", []),
        "ServerName": tls.get("sni", ""),
        # Without the extension Go lists the versions up to the one in the head.
        "SupportedVersions": hello.get("versions") or [hello["legacy_version"]],
    }


def told_by_go(one):
    versions = [VERSIONS[number] for number in one["SupportedVersions"] or [] if number in VERSIONS]
    return {**{key: one[key] or [] for key in one if key != "Client"}, "ServerName": one["ServerName"], "SupportedVersions": versions}


def main():
    handlens, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if not (folder / "hello.json").is_file():
        print(f"no hello.json in {folder}")
        return 3
    told = {one["Client"]: told_by_go(one) for one in json.loads((folder / "hello.json").read_text())}
    compared, wrong = 0, 0
    for side in ("client", "server", "path"):
        read = dict(records(handlens, folder / f"{side}.pcap"))
        for client, truth in told.items():
            facts = read_by_handlens(read[client]) if client in read else {}
            if facts and len(facts["SupportedVersions"]) == 1:
                truth = {**truth, "SupportedVersions": truth["SupportedVersions"][:1]}
            for key, value in truth.items():
                compared += 1
                if facts.get(key) != value:
                    wrong += 1
                    print(f"{side} {client}: {key} is {facts.get(key)}, truly {value}")
    print(f"{len(told)} ClientHellos, {compared} fields compared, {wrong} differ")
    return 1 if wrong or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
