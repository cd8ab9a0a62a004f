#!/usr/bin/env python3
"""Nothing unfinished, and nothing of one machine: no marks of work left over, no paths into somebody's home."""

import re

import lint

# Written in two pieces so that this file passes its own check.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|\b(not imple" r"mented|place" r"holder)\b")
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(home/\w|ro" r"ot/|wo" r"rk/|Users/)")
# 'skipped' must have a reason that is not this tool's to judge; a disabled test never has one.
DISABLED_TEST = re.compile(r"\bTEST(_F|_P)?\(\s*\w+\s*,\s*DISA" r"BLED_")

TEXT = {".h", ".cc", ".c", ".py", ".sh", ".cmake", ".md", ".txt", ".json", ".yml", ".yaml", ".dict"}
TOP_LEVEL = ["CMakeLists.txt", "CMakePresets.json", "README.md", ".clang-tidy", ".clang-format", ".pre-commit-config.yaml"]


def check():
    root = lint.root_from_arguments(__doc__)
    problems = lint.Problems("check_words")
    checked = 0
    paths = [p for p in lint.files(root, ["src", "dissectors", "tools", "tests", "pcaps", ".github", ".ci"])
             if p.suffix in TEXT or p.parts[0] in (".ci", "tools")]
    paths = [p for p in paths if not p.as_posix().startswith(("tests/fuzz/corpus/", "tests/golden/expected/"))]
    paths += [lint.Path(name) for name in TOP_LEVEL if (root / name).is_file()]
    for path in paths:
        checked += 1
        for number, line in enumerate(lint.read_text(root, path).splitlines(), 1):
            if match := UNFINISHED.search(line):
                problems.add(path, f"a mark of unfinished work: {match.group(0)}", number)
            if match := MACHINE_PATH.search(line):
                problems.add(path, f"a path of one machine: {match.group(0)}", number)
            if DISABLED_TEST.search(line):
                problems.add(path, "a disabled test", number)
    return problems.finish(f"{checked} files")


if __name__ == "__main__":
    lint.main(check)
