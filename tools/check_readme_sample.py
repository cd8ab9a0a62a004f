#!/usr/bin/env python3
"""The samples in README.md are what the program prints.

Between <!-- sample:start --> and <!-- sample:end -->, each line `$ handlens ARGUMENTS` in a code block is run from the
repository's root, and the lines up to the next one, or the end of the block, must be its output.

  tools/check_readme_sample.py --program .build/dev/handlens            compares
  tools/check_readme_sample.py --program .build/dev/handlens --update   writes the true output into README.md
"""

import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

SAMPLE = re.compile(r"(<!-- sample:start -->\n```\w*\n)(.*?)(```\n<!-- sample:end -->)", re.DOTALL)


def environment():
    # The same everywhere: no colour, no terminal width, no local time.
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "CLICOLOR_FORCE")}
    return kept | {"NO_COLOR": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def true_sample(sample, program, root):
    """The block with the output of each of its commands as it is now."""
    lines = []
    for line in sample.splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line[2:])
        if words[0] != "handlens":
            raise SystemExit(f"README.md: a sample may only run handlens, not {words[0]}")
        result = subprocess.run([str(program), *words[1:]], cwd=root, env=environment(), stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=60)
        if lines:
            lines.append("")
        lines.append(line)
        lines += (result.stdout + result.stderr).decode("utf-8").rstrip("\n").split("\n")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    readme = arguments.root / "README.md"
    text = readme.read_text(encoding="utf-8")
    if not SAMPLE.search(text):
        print("README.md has no sample between <!-- sample:start --> and <!-- sample:end -->")
        return 1
    updated = SAMPLE.sub(lambda m: m[1] + true_sample(m[2], program, arguments.root) + m[3], text)
    if arguments.update:
        readme.write_text(updated, encoding="utf-8")
        return 0
    if updated == text:
        print("README.md: the samples are what the program prints")
        return 0
    sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), updated.splitlines(True), "README.md", "the program"))
    print("tools/check_readme_sample.py --update writes the true output")
    return 1


if __name__ == "__main__":
    sys.exit(main())
