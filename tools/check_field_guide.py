#!/usr/bin/env python3
"""What belongs together is together: cards, tests, fuzz inputs, captures, golden tests, rules, and the paths READMEs name."""

import re

import lint

# Headers of dissectors/ that describe no bytes of their own: how bytes are read, and what passes between files.
# They open with a comment, but a card (We keep, Limits, ...) would have nothing to say.
MACHINERY = {"byte_reader", "direction", "event_kind", "layer", "packet", "tls_dissect", "tls_messages", "tls_stream",
             "tunnel"}
CARD = ("We keep", "Limits")
CARD_ON_THE_WIRE = ("On the wire", "Recognise it by")

NOT_CAPTURES = {".md", ".txt", ".json", ".tsv", ".keys"}


def check_cards(root, problems):
    for path in lint.files(root, ["dissectors"], {".h"}):
        comment = "\n".join(lint.opening_comment(lint.read_text(root, path)))
        if not comment:
            problems.add(path, "does not open with a comment")
            continue
        if path.stem in MACHINERY or not (root / path.with_suffix(".cc")).is_file():
            continue
        missing = [part for part in CARD if part not in comment]
        if any(part in comment for part in CARD_ON_THE_WIRE):
            missing += [part for part in CARD_ON_THE_WIRE if part not in comment]
        if missing:
            problems.add(path, f"its card does not say: {', '.join(missing)}")


def check_dissector_tests(root, problems):
    for path in lint.files(root, ["dissectors"], {".cc"}):
        if not (root / path.with_suffix(".h")).is_file():
            continue  # a part of another file's job, tested there
        test = f"tests/dissectors/{path.stem}_test.cc"
        if not (root / test).is_file():
            problems.add(path, f"has no {test}")


def check_fuzz(root, problems):
    targets = {path.stem for path in lint.files(root, ["tests/fuzz"], {".cc"}) if path.name.startswith("fuzz_")}
    for target in sorted(targets):
        if not any(lint.files(root, [f"tests/fuzz/corpus/{target}"])):
            problems.add(f"tests/fuzz/{target}.cc", f"has no inputs in tests/fuzz/corpus/{target}/")
    corpus = root / "tests/fuzz/corpus"
    for folder in sorted(p.name for p in corpus.iterdir() if p.is_dir()) if corpus.is_dir() else []:
        if folder not in targets:
            problems.add(f"tests/fuzz/corpus/{folder}", f"belongs to no tests/fuzz/{folder}.cc")


def table_words(text):
    """Every word of every table row, freed of markdown's marks."""
    words = set()
    for line in text.splitlines():
        if line.lstrip().startswith("|"):
            words.update(re.split(r"[\s|`\[\]()]+", line))
    return words


def check_captures(root, problems):
    captures = [p for p in lint.files(root, ["pcaps"]) if p.suffix not in NOT_CAPTURES]
    catalogue, testlist = root / "pcaps/README.md", root / "tests/golden/TESTLIST"
    rows = table_words(catalogue.read_text(encoding="utf-8")) if catalogue.is_file() else set()
    tested = set()
    if testlist.is_file():
        for line in testlist.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                tested.update(word.rsplit("/", 1)[-1] for word in line.split())
    for path in captures:
        if path.name not in rows:
            problems.add(path, "has no row in pcaps/README.md")
        if path.name not in tested:
            problems.add(path, "is in no line of tests/golden/TESTLIST")
    names = {path.name for path in captures}
    for word in sorted(rows):
        if re.fullmatch(r"[\w.-]+\.(pcap|pcapng)(\.\w+)?", word) and word not in names:
            problems.add("pcaps/README.md", f"has a row for {word}, which is not there")


def check_rules(root, problems):
    """A rule's id names its file; the table has it; a test tries it; its card says what else could explain it."""
    table = root / "src/findings/rules.cc"
    rows = set(re.findall(r"\bk\w+", table.read_text(encoding="utf-8"))) if table.is_file() else set()
    for path in lint.files(root, ["src/findings"], {".h"}):
        text = lint.read_text(root, path)
        for constant, rule in re.findall(r"\bRule (k\w+) = \{\s*(?:\.id = )?\"([^\"]+)\"", text):
            if rule.replace("-", "_") != path.stem:
                problems.add(path, f"holds the rule {rule}, which belongs in {rule.replace('-', '_')}.h")
            if constant not in rows:
                problems.add(path, f"{constant} is no row of src/findings/rules.cc")
            if not (root / f"tests/findings/{path.stem}_test.cc").is_file():
                problems.add(path, f"has no tests/findings/{path.stem}_test.cc")
            comment = "\n".join(lint.opening_comment(text))
            for part in ("Claim", "What else could explain it"):
                if part not in comment:
                    problems.add(path, f"its card does not say: {part}")


def check_links(root, problems):
    pages = [p for p in lint.files(root, ["src", "dissectors", "pcaps", "tests", "tools"], {".md"})]
    pages.append(lint.Path("README.md"))
    for page in pages:
        if not (root / page).is_file():
            problems.add(page, "is not there")
            continue
        for number, line in enumerate(lint.read_text(root, page).splitlines(), 1):
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
                if not target.startswith(("http:", "https:", "mailto:")) and not (root / page.parent / target).exists():
                    problems.add(page, f"links to {target}, which is not there", number)
            # Paths from the root, as the READMEs write them: `src/tcp/seq.h`. Patterns (<name>, *) are not paths.
            for path in re.findall(r"`((?:src|dissectors|pcaps|tests|tools)/[\w./-]+)`", line):
                if not (root / path).exists():
                    problems.add(page, f"names {path}, which is not there", number)
            for target in re.findall(r"`(fuzz_\w+)`", line):
                if not (root / f"tests/fuzz/{target}.cc").is_file():
                    problems.add(page, f"names the fuzz target {target}, which is not there", number)


def check():
    root = lint.root_from_arguments(__doc__)
    problems = lint.Problems("check_field_guide")
    checks = [check_cards, check_dissector_tests, check_fuzz, check_captures, check_rules, check_links]
    for one in checks:
        one(root, problems)
    return problems.finish(f"{len(checks)} checks")


if __name__ == "__main__":
    lint.main(check)
