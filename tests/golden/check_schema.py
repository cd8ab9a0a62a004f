#!/usr/bin/env python3
"""check_schema.py HANDLENS CAPTURE...: every record of every capture must be valid by `handlens schema`.

Checks the lines of --ndjson, the document of --json, and that both hold the same flows. Needs python3-jsonschema; exits
with 77 (skipped) without it.
"""
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed: skipped")
    sys.exit(77)


def run(program, *arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 4):  # 4: the capture is cut short, what was read is reported
        raise SystemExit(f"{program} {' '.join(arguments)}: exit code {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode("utf-8")


def complain(where, validator, record):
    """The number of violations, each printed with its place."""
    count = 0
    for error in validator.iter_errors(record):
        count += 1
        print(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    return count


def check(program, capture, validators):
    bad = 0
    lines = [json.loads(line) for line in run(program, capture, "--ndjson").splitlines()]
    if not lines or lines[-1].get("schema") != "handlens.capture/1":
        print(f"{capture}: the last line is not the capture record")
        bad += 1
    for number, record in enumerate(lines, 1):
        kind = "flow_record" if "flow" in record else "capture_record"
        bad += complain(f"{capture}:{number}", validators[kind], record)
    document = json.loads(run(program, capture, "--json"))
    bad += complain(f"{capture} (--json)", validators["document"], document)
    if document["flows"] != lines[:-1]:
        print(f"{capture}: --json and --ndjson differ")
        bad += 1
    return bad, len(lines)


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    program, captures = sys.argv[1], sys.argv[2:]
    schema = json.loads(run(program, "schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validators = {}
    for kind in ("flow_record", "capture_record", "document"):
        # One definition at a time: the complaint then names the key, not "none of the alternatives".
        part = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": f"#/$defs/{kind}"}
        validators[kind] = jsonschema.Draft202012Validator(part)
    bad = records = 0
    for capture in captures:
        wrong, seen = check(program, capture, validators)
        bad += wrong
        records += seen
    print(f"{records} records of {len(captures)} captures, {bad} violations")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
