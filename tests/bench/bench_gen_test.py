#!/usr/bin/env python3
"""bench_gen makes what it says: the same bytes again, right checksums, new identities, flows analysed as their sources."""

import argparse
import collections
import json
import re
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

arguments = None
TCP, UDP = 6, 17
SYN, RST, ACK = 2, 4, 16


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


def generate(path, kind, *options):
    """What it says it wrote: bytes, packets, flows."""
    told = run(arguments.bench_gen, kind, "--pcaps", arguments.pcaps, *options, path)
    return tuple(map(int, re.fullmatch(r"(\d+) bytes, (\d+) packets, (\d+) TCP flows\n", told).groups()))


def analysed(path):
    records = [json.loads(line) for line in run(arguments.handlens, path, "--ndjson").splitlines()]
    return records[:-1], records[-1]


def frames(path):
    """(time, frame) of every packet of a little-endian pcap file in nanoseconds."""
    blob = path.read_bytes()
    assert struct.unpack_from("<I", blob)[0] == 0xA1B23C4D
    at = 24
    while at < len(blob):
        seconds, nanos, captured, original = struct.unpack_from("<IIII", blob, at)
        assert captured == original
        yield seconds * 1_000_000_000 + nanos, blob[at + 16:at + 16 + captured]
        at += 16 + captured
    assert at == len(blob)


def ones_complement_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def transport_of(frame):
    """(addresses, protocol, TCP header and payload) of an IP packet whose IPv4 header adds up, or None."""
    kind = frame[12:14]
    if kind == b"\x08\x00":
        size = (frame[14] & 15) * 4
        assert ones_complement_sum(frame[14:14 + size]) == 0xFFFF, "IPv4 header checksum"
        return frame[26:34], frame[23], frame[14 + size:14 + struct.unpack_from(">H", frame, 16)[0]]
    if kind == b"\x86\xdd":
        return frame[22:54], frame[20], frame[54:54 + struct.unpack_from(">H", frame, 18)[0]]
    return None


def source_of(record):
    """(number of the source, flow in it) out of the server's address."""
    address = record["flow"]["server"]["ip"]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    number, host = socket.inet_pton(family, address)[-2:]
    return number, host // 64


def essence(record):
    """Facts alone: what is concluded from them depends on the capture's other flows."""
    outcome, tls = record["outcome"], record.get("tls") or {}
    return {
        "stage": outcome["stage"], "ended_by": outcome.get("ended_by"),
        "sni": tls.get("sni"), "version": tls.get("version"), "ja4": tls.get("ja4"), "resumed": tls.get("resumed"),
    }


class BenchGen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = Path(cls.folder.name, "large.pcap")
        cls.sources = run(arguments.bench_gen, "--sources").split()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check_packets(self, packets):
        """Checksums are right and times do not run backwards."""
        seen, before = 0, 0
        for time, frame in frames(self.path):
            seen += 1
            self.assertGreaterEqual(time, before)
            before = time
            if (found := transport_of(frame)) is not None:
                addresses, protocol, segment = found
                pseudo = addresses + struct.pack(">II", len(segment), protocol)
                self.assertEqual(ones_complement_sum(pseudo + segment), 0xFFFF, f"checksum of packet {seen}")
        self.assertEqual(seen, packets)

    def check_like_sources(self, flows):
        """How many flows came from each source."""
        wanted, count = {}, collections.Counter()
        for record in flows:
            number, flow = source_of(record)
            if number >= len(self.sources):
                continue
            if number not in wanted:
                wanted[number] = [essence(r) for r in analysed(arguments.pcaps / self.sources[number])[0]]
            self.assertEqual(essence(record), wanted[number][flow], self.sources[number])
            count[number] += 1
        return count

    def test_handshakes(self):
        size, packets, connections = generate(self.path, "handshakes", "--flows", 700)
        self.assertEqual((self.path.stat().st_size, connections), (size, 700))
        self.check_packets(packets)
        flows, capture = analysed(self.path)
        self.assertEqual((len(flows), capture["packets"]), (700, packets))
        self.assertEqual(len({(f["flow"]["client"]["ip"], f["flow"]["client"]["port"]) for f in flows}), 700)
        self.assertEqual(len({f["tcp"]["client"]["isn"] for f in flows}), 700)
        for hello in ("client_hello", "server_hello"):
            randoms = [f["tls"][hello]["random"] for f in flows if f.get("tls", {}).get(hello)]
            self.assertGreater(len(randoms), 600)
            self.assertEqual(len(set(randoms)), len(randoms), hello)
        self.assertIn("www.example.com", {essence(f)["sni"] for f in flows})
        count = self.check_like_sources(flows)
        self.assertEqual(len(count), len(self.sources), "every source has its turn")

    def test_bulk(self):
        size, packets, connections = generate(self.path, "bulk", "--megabytes", 12, "--flows", 30)
        self.assertAlmostEqual(size / 12e6, 1, delta=0.25)
        self.check_packets(packets)
        flows, _ = analysed(self.path)
        self.assertEqual((len(flows), connections), (30, 30))
        self.check_like_sources(flows)
        for flow in flows:
            self.assertGreater(flow["flow"]["bytes"]["server"], 12e6 / 30 * 0.9)
            self.assertEqual(flow["tcp"]["state"], "closed")
            self.assertFalse(flow["tcp"]["server"].get("lost_bytes"))
            self.assertNotIn("not-tls", json.dumps(flow["events"]))

    def test_mixed(self):
        _, packets, connections = generate(self.path, "mixed", "--flows", 300)
        self.check_packets(packets)
        flows, capture = analysed(self.path)
        self.assertEqual((len(flows), connections, capture["packets"]), (300, 300, packets))
        self.assertGreater(sum(self.check_like_sources(flows).values()), 60)
        kinds = collections.Counter()
        for _, frame in frames(self.path):
            found = transport_of(frame)
            kinds["other" if found is None else found[1]] += 1
        self.assertEqual(set(kinds), {"other", TCP, UDP})

    def test_syn_flood(self):
        _, packets, connections = generate(self.path, "syn-flood", "--flows", 2000)
        self.check_packets(packets)
        clients, resets = set(), 0
        for _, frame in frames(self.path):
            addresses, protocol, segment = transport_of(frame)
            self.assertEqual(protocol, TCP)
            if segment[13] == SYN:
                clients.add((addresses[:4], segment[:2]))
            else:
                self.assertEqual(segment[13], RST | ACK)
                resets += 1
        self.assertEqual((len(clients), connections, packets), (2000, 2000, 2000 + resets))
        self.assertAlmostEqual(resets / 2000, 0.4, delta=0.04)
        stages = collections.Counter(f["outcome"]["ended_by"] for f in analysed(self.path)[0])
        self.assertEqual((stages["rst"], sum(stages.values())), (resets, 2000))

    def test_the_same_arguments_give_the_same_bytes(self):
        for kind, *options in (("handshakes", "--flows", 100), ("bulk", "--megabytes", 2), ("mixed", "--megabytes", 1),
                               ("syn-flood", "--flows", 200)):
            generate(self.path, kind, *options, "--seed", 7)
            first = self.path.read_bytes()
            generate(self.path, kind, *options, "--seed", 7)
            self.assertEqual(self.path.read_bytes(), first, kind)
            generate(self.path, kind, *options, "--seed", 8)
            self.assertNotEqual(self.path.read_bytes(), first, kind)

    def test_pcapng_holds_the_same(self):
        generate(self.path, "handshakes", "--flows", 40)
        pcap = analysed(self.path)[0]
        size, packets, _ = generate(self.path, "handshakes", "--flows", 40, "--pcapng")
        self.assertEqual(self.path.stat().st_size, size)
        self.assertTrue(run(arguments.noop, self.path).startswith(f"{packets} packets"))
        self.assertEqual(analysed(self.path)[0], pcap)

    def test_wrong_arguments(self):
        for words in ([], ["handshakes", "x"], ["bulk", "--flows", "3", "x"], ["nothing", "--flows", "3", "x"],
                      ["mixed", "--flows", "many", "x"], ["mixed", "--colour", "3", "x"], ["mixed", "x", "--seed"]):
            done = subprocess.run([arguments.bench_gen, *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("usage:", done.stderr)
        done = subprocess.run([arguments.bench_gen, "mixed", "--flows", "3", "--pcaps", self.folder.name, self.path],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("tls13_curl.pcap", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("bench-gen", "noop", "handlens", "pcaps"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    unittest.main(argv=[sys.argv[0]])
