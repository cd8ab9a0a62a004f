#!/usr/bin/env python3
"""The arrow law: includes go downward only, and each third-party library has one home.

Levels are those of src/README.md. A folder may include itself and folders of a lower level. src/capture is met by
src/app alone, but for the plain headers named in PLAIN_CAPTURE_HEADERS: values without libpcap in them.
"""

import re

import lint

LEVELS = {
    "dissectors": 1,
    "src/tcp": 2,
    "src/flow": 2,
    "src/capture": 2,
    "src/timeline": 3,
    "src/findings": 4,
    "src/output": 5,
    "src/engine": 5,
    "src/app": 6,
}

PLAIN_CAPTURE_HEADERS = {
    "src/capture/input_file.h": {"src/timeline", "src/output"},
    "src/capture/packet_source.h": {"src/engine"},
}

# (what the include looks like, where it may stand, the rule in words)
THIRD_PARTY = [
    (r"pcap(\.h|/.*)", r"src/capture/", "libpcap belongs to src/capture"),
    (r"(zlib|zstd(_errors)?|lz4frame)\.h", r"src/capture/", "zlib, zstd and lz4 belong to src/capture"),
    (r"lz4\.h", r"(src/capture/|src/app/spill_file\.cc)", "lz4 belongs to src/capture and the spill file"),
    (r"openssl/.*", r"dissectors/(x509|digest)\.cc$", "OpenSSL belongs to dissectors/x509.cc and dissectors/digest.cc"),
    (r"nlohmann/.*", r"src/output/json", "nlohmann/json belongs to src/output/json*"),
    (r"CLI/.*", r"src/app/", "CLI11 belongs to src/app"),
    (r"fmt/.*", r"src/", "dissectors do not format text: fmt belongs to src"),
    (r"(gtest|gmock)/.*", r"tests/", "GoogleTest belongs to tests"),
]

# Tests and the programs that make captures look at whatever they need.
FREE = ("tests/", "tools/")

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def folder_of(path):
    """The entry of LEVELS a file belongs to, or None."""
    parts = path.split("/")
    for depth in (1, 2):
        candidate = "/".join(parts[:depth])
        if candidate in LEVELS and len(parts) > depth:
            return candidate
    return None


def arrow_problem(source, target):
    """Why `source` may not include `target` (both relative paths), or None."""
    from_folder, to_folder = folder_of(source), folder_of(target)
    if source.startswith(FREE):
        return None
    if to_folder is None:
        return f"{target} is in no folder of the level table"
    if from_folder is None:
        return f"{source} is in no folder of the level table"
    if from_folder == to_folder:
        return None
    if to_folder == "src/capture" and from_folder != "src/app":
        if from_folder in PLAIN_CAPTURE_HEADERS.get(target, ()):
            return None
        return f"only src/app may include {target}"
    if LEVELS[to_folder] < LEVELS[from_folder]:
        return None
    direction = "sideways" if LEVELS[to_folder] == LEVELS[from_folder] else "upward"
    return f"{direction} include of {target}: {from_folder} is level {LEVELS[from_folder]}, {to_folder} is level {LEVELS[to_folder]}"


def third_party_problem(source, header):
    if source.startswith(FREE):
        return None
    for pattern, home, rule in THIRD_PARTY:
        if re.fullmatch(pattern, header) and not re.match(home, source):
            return f"<{header}>: {rule}"
    return None


def check():
    root = lint.root_from_arguments(__doc__)
    problems = lint.Problems("check_includes")
    checked = 0
    for path in lint.files(root, ["dissectors", "src", "tests", "tools"], {".h", ".cc", ".c"}):
        checked += 1
        source = path.as_posix()
        for number, line in enumerate(lint.read_text(root, path).splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quoted, angled = match.groups()
            if angled:
                problem = third_party_problem(source, angled)
            elif not (root / quoted).is_file():
                problem = f'"{quoted}" is not a path from the repository\'s root'
            else:
                problem = arrow_problem(source, quoted)
            if problem:
                problems.add(source, problem, number)
    return problems.finish(f"{checked} files")


if __name__ == "__main__":
    lint.main(check)
