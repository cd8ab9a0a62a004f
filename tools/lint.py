"""What the check_*.py tools share: walking the tree, and telling what is wrong."""

import argparse
import os
import re
import sys
from pathlib import Path

SKIPPED_FOLDERS = {".git", ".build", "__pycache__"}


class Problems:
    """Collects problems as `file:line: text`; the tool's exit code says whether there were any."""

    def __init__(self, tool):
        self.tool = tool
        self.lines = []

    def add(self, path, text, line=None):
        self.lines.append(f"{path}:{line}: {text}" if line else f"{path}: {text}")

    def finish(self, checked):
        for line in self.lines:
            print(line)
        print(f"{self.tool}: {checked}, {len(self.lines)} problem{'' if len(self.lines) == 1 else 's'}")
        return 1 if self.lines else 0


def root_from_arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent,
                        help="the repository (default: the one this tool stands in)")
    return parser.parse_args().root.resolve()


def files(root, folders, suffixes=None):
    """Files below the named folders, as paths relative to the root, in a fixed order."""
    for folder in folders:
        for where, names, found in os.walk(root / folder):
            names[:] = sorted(name for name in names if name not in SKIPPED_FOLDERS)
            for name in sorted(found):
                path = Path(where, name).relative_to(root)
                if suffixes is None or path.suffix in suffixes:
                    yield path


def read_text(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace")


def opening_comment(text):
    """The // lines a source file begins with, without their slashes."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines.append(re.sub(r"^//+ ?", "", line))
    return lines


def main(check):
    sys.exit(check())
