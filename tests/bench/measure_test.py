#!/usr/bin/env python3
"""measure.py and measured do what they say, on captures so small that the figures mean nothing."""

import argparse
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

arguments = None
MEASURE = Path(__file__).resolve().parent / "measure.py"


def measure(folder, *options):
    command = [sys.executable, "-B", MEASURE, "--folder", folder, "--runs", "1", "--peer-runs", "0", "--touch", "8",
               *options]
    for name in ("handlens", "bench_gen", "noop", "measured"):
        command += [f"--{name.replace('_', '-')}", getattr(arguments, name)]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


class Measure(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def test_the_table_has_every_capture_and_what_it_was(self):
        page = self.folder / "page.md"
        page.write_text("before\n<!-- measured:start -->\nold\n<!-- measured:end -->\nafter\n")
        done = measure(self.folder, "--scale", "0.001", "--write", "--page", page)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["page.md"], "captures are removed again")
        self.assertEqual(page.read_text(),
                         f"before\n<!-- measured:start -->\n{done.stdout}<!-- measured:end -->\nafter\n")
        rows = {cells[0]: cells[1:] for line in done.stdout.splitlines() if line.startswith("|")
                for cells in [[cell.strip() for cell in line.strip("|").split("|")]]}
        self.assertEqual([name[0] for name in rows["× loop · CPU · peak memory"]], list("ABCD"))
        records = [cells for name, cells in rows.items() if "full NDJSON record" in name and name.startswith("handlens")]
        self.assertTrue(records)
        for cell in sum(records, rows["libpcap loop that does nothing"]):
            self.assertRegex(cell, r"^\*\*[\d.e+]+\*\* · [\d.e-]+ s · \d+ MiB$")
        self.assertEqual(rows["the full record may take at most"], ["12", "0.8", "1.5", "6"])
        self.assertRegex(done.stdout, r"5,000 TCP flows:\n(.*\n)*.*\d+ bytes a flow")

    def test_a_page_without_marks_stays_as_it_is(self):
        page = self.folder / "page.md"
        page.write_text("nothing here\n")
        done = measure(self.folder, "--scale", "0.001", "--only", "D", "--write", "--page", page)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(page.read_text(), "nothing here\n")

    def test_measured_tells_what_a_command_took(self):
        def measured(seconds, *command):
            return subprocess.run([arguments.measured, seconds, *command], capture_output=True, text=True, check=False)

        busy = "bytearray(64 << 20)\nwhile __import__('time').process_time() < 0.3: pass\nprint('not seen')\nexit(5)"
        done = measured("60", sys.executable, "-c", busy)
        cpu, wall, memory = map(int, done.stdout.split())
        self.assertEqual(done.returncode, 5)
        self.assertGreaterEqual(cpu, 300_000)
        self.assertGreaterEqual(wall, 250_000)
        self.assertGreaterEqual(memory, 64 << 10)
        endless = measured("1", sys.executable, "-c", "while True: pass")
        self.assertGreater(endless.returncode, 128)
        self.assertTrue(re.fullmatch(r"\d+ \d+ \d+\n", endless.stdout))
        asleep = measured("1", "sleep", "60")
        self.assertEqual(asleep.returncode, 137)
        self.assertLess(int(asleep.stdout.split()[1]), 30_000_000)
        self.assertEqual(measured("1", "/nowhere/at/all").returncode, 127)
        self.assertEqual(measured("1").returncode, 2)
        touched = measured("--touch", "8")
        self.assertEqual((touched.returncode, touched.stdout), (0, ""))
        touched = measured("60", arguments.measured, "--touch", "100")
        self.assertGreaterEqual(int(touched.stdout.split()[2]), 100 << 10)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in ("handlens", "bench-gen", "noop", "measured"):
        parser.add_argument(f"--{option}", type=Path, required=True)
    arguments = parser.parse_args()
    unittest.main(argv=[sys.argv[0]])
