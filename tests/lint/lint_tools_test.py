#!/usr/bin/env python3
"""The lint tools catch what they are for: each test breaks one law in a small tree of its own."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"

RULE = '// Claim: no.\n// What else could explain it: yes.\ninline constexpr Rule kNoAnswer = {\n    "no-answer",\n};\n'
CARD = "// Ping.\n// On the wire: one byte.\n// Recognise it by: it.\n// We keep: it.\n// Limits: none.\n#pragma once\n"
LAWFUL = {
    "README.md": "See [the guide](dissectors/README.md) and `dissectors/ping.h`.\n",
    "dissectors/README.md": "| ping | ping.h |\n",
    "dissectors/ping.h": CARD,
    "dissectors/ping.cc": '#include "dissectors/ping.h"\n',
    "tests/dissectors/ping_test.cc": '#include <gtest/gtest.h>\n#include "dissectors/ping.h"\n',
    "tests/fuzz/fuzz_ping.cc": '#include "dissectors/ping.h"\n',
    "tests/fuzz/corpus/fuzz_ping/one": "x",
    "tests/golden/TESTLIST": "ping ping.pcap ping.txt\n",
    "pcaps/ping.pcap": "x",
    "pcaps/README.md": "| `ping.pcap` | a ping |\n",
    "src/tcp/seq.h": '#include "dissectors/ping.h"\n',
    "src/capture/input_file.h": "#include <string>\n",
    "src/timeline/event.h": '#include "src/tcp/seq.h"\n#include "src/capture/input_file.h"\n',
    "src/findings/no_answer.h": RULE,
    "src/findings/rules.cc": "const std::array kRules = {kNoAnswer};\n",
    "tests/findings/no_answer_test.cc": '#include <gtest/gtest.h>\n',
    "src/app/main.cc": '#include <CLI/CLI.hpp>\n#include "src/timeline/event.h"\n',
}


class LintTools(unittest.TestCase):
    def run_tool(self, tool, changes):
        """The tool's exit code and output on the lawful tree with `changes`; None removes a file."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (LAWFUL | changes).items():
                if text is None:
                    continue
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            result = subprocess.run([sys.executable, "-B", str(TOOLS / tool), "--root", folder],
                                    capture_output=True, text=True)
            return result.returncode, result.stdout + result.stderr

    def assert_caught(self, tool, changes, words):
        code, output = self.run_tool(tool, changes)
        self.assertEqual(code, 1, output)
        self.assertIn(words, output)

    def test_a_lawful_tree_passes(self):
        for tool in ("check_includes.py", "check_field_guide.py", "check_words.py"):
            code, output = self.run_tool(tool, {})
            self.assertEqual(code, 0, output)

    def test_upward_include(self):
        self.assert_caught("check_includes.py", {"src/tcp/seq.h": '#include "src/timeline/event.h"\n'}, "upward include")
        self.assert_caught("check_includes.py", {"dissectors/ping.cc": '#include "src/tcp/seq.h"\n'}, "upward include")

    def test_sideways_include(self):
        self.assert_caught("check_includes.py",
                           {"src/flow/flow_key.h": '#  include "src/tcp/seq.h"\n'}, "sideways include")

    def test_capture_is_seen_by_app_only(self):
        change = {"src/capture/live.h": "", "src/engine/engine.cc": '#include "src/capture/live.h"\n'}
        self.assert_caught("check_includes.py", change, "only src/app")

    def test_include_that_is_no_path_from_the_root(self):
        self.assert_caught("check_includes.py", {"dissectors/ping.cc": '#include "ping.h"\n'}, "not a path")

    def test_third_party_library_away_from_home(self):
        for path, header in (("src/app/main.cc", "pcap.h"), ("src/app/main.cc", "pcap/pcap.h"), ("src/tcp/seq.h", "zstd.h"), ("src/tcp/seq.h", "lz4.h"),
                             ("dissectors/ping.cc", "openssl/evp.h"), ("src/output/text_sink.cc", "nlohmann/json.hpp"),
                             ("src/engine/engine.cc", "CLI/CLI.hpp"), ("dissectors/ping.cc", "fmt/core.h"),
                             ("src/tcp/seq.h", "gtest/gtest.h")):
            self.assert_caught("check_includes.py", {path: f"#include <{header}>\n"}, f"<{header}>")

    def test_third_party_library_at_home(self):
        for path, header in (("src/capture/live.cc", "pcap/pcap.h"), ("dissectors/x509.cc", "openssl/x509.h"),
                             ("src/output/json_sink.cc", "nlohmann/json.hpp"), ("tests/tcp/seq_test.cc", "openssl/evp.h")):
            code, output = self.run_tool("check_includes.py", {path: f"#include <{header}>\n"})
            self.assertEqual(code, 0, output)

    def test_card(self):
        self.assert_caught("check_field_guide.py", {"dissectors/ping.h": "#pragma once\n"}, "does not open")
        self.assert_caught("check_field_guide.py",
                           {"dissectors/ping.h": CARD.replace("Limits: none", "none")}, "does not say: Limits")

    def test_dissector_without_test(self):
        self.assert_caught("check_field_guide.py", {"tests/dissectors/ping_test.cc": None}, "has no tests/dissectors")

    def test_fuzz_target_and_corpus_belong_together(self):
        self.assert_caught("check_field_guide.py", {"tests/fuzz/corpus/fuzz_ping/one": None}, "has no inputs")
        self.assert_caught("check_field_guide.py", {"tests/fuzz/corpus/fuzz_pong/one": "x"}, "belongs to no")

    def test_capture_without_row_or_golden_test(self):
        self.assert_caught("check_field_guide.py", {"pcaps/pong.pcap": "x"}, "pcaps/pong.pcap: has no row")
        self.assert_caught("check_field_guide.py", {"tests/golden/TESTLIST": "# ping.pcap\n"}, "is in no line")
        self.assert_caught("check_field_guide.py", {"pcaps/ping.pcap": None}, "has a row for ping.pcap")

    def test_rule(self):
        self.assert_caught("check_field_guide.py", {"src/findings/rules.cc": ""}, "kNoAnswer is no row")
        self.assert_caught("check_field_guide.py", {"tests/findings/no_answer_test.cc": None}, "has no tests/findings")
        self.assert_caught("check_field_guide.py", {"src/findings/no_answer.h": RULE.replace("What else", "")}, "card")
        self.assert_caught("check_field_guide.py",
                           {"src/findings/no_answer.h": RULE.replace("no-answer", "no-reply")}, "belongs in no_reply.h")

    def test_dead_link_and_dead_path(self):
        self.assert_caught("check_field_guide.py", {"README.md": "[x](src/gone.h)\n"}, "links to src/gone.h")
        self.assert_caught("check_field_guide.py", {"README.md": "`src/gone.h`\n"}, "names src/gone.h")

    def test_unfinished_marks_and_machine_paths(self):
        # Written in pieces: this file obeys the law too.
        for text in ("// TO" "DO: later\n", "// FIX" "ME\n", "// a place" "holder\n", "/* XX" "X */\n"):
            self.assert_caught("check_words.py", {"dissectors/ping.cc": text}, "unfinished")
        for path in ("/ho" "me/someone/x", "/ro" "ot/x", "/wo" "rk/x"):
            self.assert_caught("check_words.py", {"tools/x.sh": f"cat {path}\n"}, "one machine")
        self.assert_caught("check_words.py", {"tests/tcp/a_test.cc": "TEST(A, DISA" "BLED_B) {}\n"}, "a disabled test")


class ReadmeSample(unittest.TestCase):
    def check(self, sample, *options):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "program")
            program.write_text('#!/bin/sh\necho "one $1"\necho two\n', encoding="utf-8")
            program.chmod(0o755)
            readme = Path(folder, "README.md")
            readme.write_text(f"<!-- sample:start -->\n```\n{sample}```\n<!-- sample:end -->\n", encoding="utf-8")
            result = subprocess.run([sys.executable, "-B", str(TOOLS / "check_readme_sample.py"), "--program", str(program),
                                     "--root", folder, *options], capture_output=True, text=True)
            return result.returncode, readme.read_text(encoding="utf-8")

    def test_true_sample_passes_and_false_one_fails(self):
        self.assertEqual(self.check("$ handlens x\none x\ntwo\n")[0], 0)
        self.assertEqual(self.check("$ handlens x\none x\nthree\n")[0], 1)
        self.assertEqual(self.check("$ handlens x\none x\n\n$ handlens y\none y\ntwo\n")[0], 1)

    def test_update_writes_what_the_program_prints(self):
        code, text = self.check("$ handlens x\n\n$ handlens 'y z'\nold\n", "--update")
        self.assertEqual(code, 0)
        self.assertIn("```\n$ handlens x\none x\ntwo\n\n$ handlens 'y z'\none y z\ntwo\n```", text)


if __name__ == "__main__":
    unittest.main()
