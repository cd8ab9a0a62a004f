#!/usr/bin/env python3
"""Writes dissectors/tls_cipher_suites.inc, the table behind cipher_suite_name().

    tools/gen_tls_names.py SOURCE... > dissectors/tls_cipher_suites.inc

Each SOURCE is the IANA registry as CSV (tls-parameters-4.csv: the columns "Value" as "0x13,0x01" and
"Description") or a JSON object {"4865": "TLS_AES_128_GCM_SHA256", ...}. Earlier sources win, so name the
registry first and collections of unregistered numbers after it.
"""

import csv
import json
import re
import sys

VALUE = re.compile(r"0x([0-9A-Fa-f]{2}),0x([0-9A-Fa-f]{2})$")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+$")


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            value = VALUE.match(row["Value"])  # ranges such as "0x0C,0x00-FF" are unassigned or reserved
            if value:
                yield int(value[1] + value[2], 16), row["Description"]


def read_json(path):
    with open(path, encoding="utf-8") as file:
        for code, name in json.load(file).items():
            yield int(code), name


def main(paths):
    if not paths:
        sys.exit(__doc__)
    names = {}
    for path in paths:
        for code, name in read_csv(path) if path.endswith(".csv") else read_json(path):
            # "Reserved", "Unassigned" and "Reserved (GREASE)" are not names.
            if NAME.match(name) and name not in ("Reserved", "Unassigned"):
                names.setdefault(code, name)
    print("// Written by tools/gen_tls_names.py. Do not edit: run it again.")
    for code in sorted(names):
        print(f'{{0x{code:04x}, "{names[code]}"}},')


if __name__ == "__main__":
    main(sys.argv[1:])
