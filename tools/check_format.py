#!/usr/bin/env python3
"""Every C++ file is as clang-format (version 14, .clang-format) would write it."""

import shutil
import subprocess

import lint


def check():
    root = lint.root_from_arguments(__doc__)
    problems = lint.Problems("check_format")
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if program is None:
        problems.add("clang-format-14", "is not installed")
        return problems.finish("nothing")
    sources = list(lint.files(root, ["src", "dissectors", "tests", "tools"], {".h", ".cc"}))
    for path in sources:
        result = subprocess.run([program, "--dry-run", "-Werror", str(path)], cwd=root, capture_output=True, text=True)
        if result.returncode != 0:
            first = result.stderr.splitlines()[0].split(": error:")[0] if result.stderr else str(path)
            problems.add(first, f"clang-format -i {path}")
    return problems.finish(f"{len(sources)} files")


if __name__ == "__main__":
    lint.main(check)
