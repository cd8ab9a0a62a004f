#!/usr/bin/env python3
"""repeat_capture makes what it says: as many whole connections, each from a client of its own, in order of time."""

import argparse
import json
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

arguments = None
CLIENT, SERVER = 0xC0000201, 0xC6336401  # 192.0.2.1, 198.51.100.1
FIN, SYN, PSH, ACK = 1, 2, 8, 16


def frame(from_client, seq, ack, flags, payload=b""):
    addresses = (CLIENT, SERVER) if from_client else (SERVER, CLIENT)
    ports = (50000, 443) if from_client else (443, 50000)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 65535, 0, 0) + payload
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, *addresses)
    return b"\x02\0\0\0\0\2\x02\0\0\0\0\1\x08\0" + ip + tcp


def small_capture():
    """One connection: a request, an answer, both sides close. Not TLS, so that only TCP is tried here."""
    frames = [
        frame(True, 100, 0, SYN), frame(False, 900, 101, SYN | ACK), frame(True, 101, 901, ACK),
        frame(True, 101, 901, PSH | ACK, b"hello?"), frame(False, 901, 107, PSH | ACK, b"hello!"),
        frame(True, 107, 907, FIN | ACK), frame(False, 907, 108, FIN | ACK), frame(True, 108, 908, ACK),
    ]
    blob = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, data in enumerate(frames):
        blob += struct.pack("<IIII", 1700000000, number * 1000, len(data), len(data)) + data
    return blob


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


class RepeatCapture(unittest.TestCase):
    def repeated(self, *options):
        with tempfile.TemporaryDirectory() as folder:
            small, large = Path(folder, "small.pcap"), Path(folder, "large.pcap")
            small.write_bytes(small_capture())
            told = run(arguments.repeat, *options, small, large, 1)
            size, packets, connections = map(int, re.findall(r"\d+", told)[:3])
            self.assertEqual(large.stat().st_size, size)
            self.assertGreaterEqual(size, 1_000_000)
            self.assertTrue(run(arguments.noop, large).startswith(f"{packets} packets"))
            records = [json.loads(line) for line in run(arguments.handlens, large, "--ndjson").splitlines()]
            return records[:-1], records[-1], packets, connections

    def test_connections_are_whole_and_their_own(self):
        flows, capture, packets, connections = self.repeated()
        self.assertEqual(len(flows), connections)
        self.assertEqual(capture["packets"], packets)
        self.assertEqual(len({(f["flow"]["client"]["ip"], f["flow"]["client"]["port"]) for f in flows}), connections)
        for flow in flows:
            self.assertEqual(flow["tcp"]["state"], "closed")
            self.assertEqual(flow["flow"]["bytes"], {"client": 6, "server": 6})

    def test_bulk_is_delivered_in_order(self):
        flows, _, _, _ = self.repeated("--bulk", 64)
        records = -(-64 * 1024 // (16384 + 5)) * (16384 + 5)
        for flow in flows:
            self.assertEqual(flow["tcp"]["state"], "closed")
            self.assertEqual(flow["flow"]["bytes"], {"client": 6, "server": 6 + records})
            self.assertNotIn("out_of_order", [key for key, n in flow["tcp"]["server"].items() if n])
            self.assertFalse(flow["tcp"]["server"].get("lost_bytes"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("repeat", "noop", "handlens"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    unittest.main(argv=[sys.argv[0]])
