#!/usr/bin/env python3
"""Tests the lab's table of scenarios and tests/lab/compare_truth.py, without playing anything."""
import importlib.machinery
import importlib.util
import pathlib
import re
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from lab import main, scenario  # noqa: E402



def load(name, path):
    spec = importlib.util.spec_from_loader(name, importlib.machinery.SourceFileLoader(name, str(ROOT / path)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = load("compare_truth", "tests/lab/compare_truth.py")
choose = load("choose", "tools/lab/choose")

ALLOWED = {
    "status": {"ok", "failed", "incomplete", "not-tls"},
    "stage": {"syn", "tcp-open", "client-hello", "server-flight", "client-finish", "established"},
    "ended_by": {"fin", "rst", "alert", "timeout", "icmp", "capture-end"},
    "apparent_sender": {"client", "server", "-"},
    "version": {"1.0", "1.1", "1.2", "1.3", "-"},
    "resumed": {"true", "false", "-"},
}


class Table(unittest.TestCase):
    def setUp(self):
        self.all = main.load()

    def test_there_are_scenarios_of_every_topic(self):
        self.assertGreater(len(self.all), 340)
        topics = {one.topic for one in self.all.values()}
        self.assertEqual(
            topics,
            {
                "tls",
                "mtls",
                "certificates",
                "hellos",
                "links",
                "stacks",
                "systems",
                "resumption",
                "starttls_proxy",
                "tcp_ends",
                "middlebox",
                "forged",
                "path",
                "lookalikes",
            },
        )

    def test_every_truth_uses_the_words_of_the_record(self):
        for one in self.all.values():
            self.assertIn(one.truth.cause, {"none", "client", "server", "middlebox", "path"}, one.name)
            self.assertLessEqual(set(one.truth.cause_from), {"client", "server", "path", "both"}, one.name)
            for vantage in scenario.VANTAGES:
                for facts in one.truth.at_vantage(vantage):
                    for key, value in facts.items():
                        if key in ALLOWED:
                            self.assertLessEqual(set(value.split("|")), ALLOWED[key], f"{one.name} {vantage} {key}")

    def test_every_scenario_has_a_sentence_and_a_plain_name(self):
        for name, one in self.all.items():
            self.assertRegex(name, r"^[a-z0-9]+(-[a-z0-9]+)*$")
            self.assertGreater(len(one.sentence), 10, name)

    def test_the_statements_of_a_path_begin_with_known_words(self):
        known = {
            "delay",
            "hops",
            "loss",
            "reorder",
            "duplicate",
            "mtu",
            "mss",
            "seed",
            "mode",
            "router",
            "strip",
            "split",
            "when",
        }
        for one in self.all.values():
            for line in one.path.splitlines():
                if line.strip():
                    self.assertIn(re.split(r"\s", line.strip())[0], known, one.name)

    def test_facts_differ_by_vantage(self):
        truth = scenario.fails("client", "syn", "rst", "client", at={"server": dict(stage="tcp-open"), "path": dict(flows=())})
        self.assertEqual(truth.at_vantage("client")[0]["stage"], "syn")
        self.assertEqual(truth.at_vantage("server")[0]["stage"], "tcp-open")
        self.assertEqual(truth.at_vantage("path"), [])
        with self.assertRaises(ValueError):
            scenario.works("1.3", colour="red")


class Chosen(unittest.TestCase):
    """The captures of the lab that pcaps/ holds, and what belongs to them."""

    def setUp(self):
        self.chosen = list(choose.chosen())
        self.names = [choose.file_name(scenario, side) for scenario, side, _ in self.chosen]

    def test_they_are_of_scenarios_and_places_that_there_are(self):
        known = main.load()
        for scenario, side, _ in self.chosen:
            self.assertIn(scenario, known)
            self.assertIn(side, choose.SIDES)
        self.assertEqual(len(self.names), len(set(self.names)))

    def test_they_are_there_and_no_others(self):
        there = sorted(path.name for path in (ROOT / "pcaps").glob("lab_*.pcap"))
        self.assertEqual(there, sorted(self.names))

    def test_the_truth_of_each_is_told(self):
        lines = (ROOT / "pcaps/TRUTH.tsv").read_text().splitlines()
        rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
        self.assertEqual(rows[0], choose.TRUTH_HEAD)
        self.assertEqual({row[0] for row in rows[1:]}, set(self.names))
        for row in rows[1:]:
            one = dict(zip(choose.TRUTH_HEAD, row, strict=True))
            self.assertIn(one["side"], choose.SIDES)
            self.assertIn(one["cause"], {"none", "client", "server", "middlebox", "path"})
            self.assertIn(one["location"], {"near-client", "near-server", "somewhere", "-"})
            self.assertIn(one["told_by"], {"alone", "together", "-"})
            for key in ("stage", "ended_by", "apparent_sender"):
                self.assertLessEqual(set(one[key].split("|")), ALLOWED[key] | {"*"}, row)


class Comparison(unittest.TestCase):
    RECORD = {
        "outcome": {
            "status": "failed",
            "stage": "server-flight",
            "ended_by": "alert",
            "apparent_sender": "client",
            "cause": "client",
        },
        "tls": {
            "sni": "www.example.com",
            "version": "TLSv1.3",
            "resumed": False,
            "alerts": [
                {"from": "client", "code": 48, "encrypted": False, "inferred": False},
                {"from": "server", "code": 0, "encrypted": True},
            ],
        },
    }

    def differences(self, **wanted):
        return list(compare.compare_flow(wanted, self.RECORD))

    def test_what_agrees(self):
        self.assertEqual(
            self.differences(stage="server-flight", version="1.2|1.3", sni="www.example.com", alert="client:48", resumed="false"),
            [],
        )

    def test_what_does_not(self):
        for wanted in (
            dict(stage="syn"),
            dict(version="1.2"),
            dict(sni="-"),
            dict(alert="-"),
            dict(alert="server:0"),
            dict(resumed="true"),
        ):
            self.assertEqual(len(self.differences(**wanted)), 1, wanted)

    def test_absent_facts(self):
        self.assertEqual(
            list(compare.compare_flow(dict(sni="-", alert="-", version="-", apparent_sender="-"), {"outcome": {}})), []
        )
        self.assertEqual(len(list(compare.compare_flow(dict(sni="x"), {"outcome": {}}))), 1)

    def test_blame(self):
        def blame(said, true, cause_from=()):
            return compare.blame({"cause": true, "cause_from": cause_from}, "client", {"outcome": {"cause": said}})

        self.assertEqual(blame("client", "client"), "right")
        self.assertEqual(blame("server", "middlebox"), "wrong")
        self.assertEqual(blame("client", "none"), "wrong")
        self.assertEqual(blame("unknown", "middlebox"), "open")
        self.assertEqual(blame("none", "middlebox"), "open")
        self.assertEqual(blame("unknown", "client", ("client",)), "missed")


if __name__ == "__main__":
    unittest.main()
