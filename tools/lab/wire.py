#!/usr/bin/env python3
"""What a lab capture looks like on the wire, read without handlens: one line for each connection.

    wire.py DIRECTORY [NAME...] [--at client|server|path]     DIRECTORY as tools/lab/run wrote it
    wire.py DIRECTORY --keys                                  that the key logs belong to the captures beside them

Notation: `>` client, `<` server; CH, SH the hellos; A:48 an alert that can be read, a word with a number a handshake message in
the clear and its length; a number alone is the length of an encrypted record, CCS a ChangeCipherSpec; what one packet carries
stands in brackets. Packets without payload count only with SYN, FIN or RST.

--keys prints each scenario with a key log: how many client randoms are in the log, and how many of the capture's are among them.
Exit codes: 0, or 1 if a client random of a capture with a key log is missing in it.
"""
import argparse
import collections
import pathlib
import struct
import sys

VXLAN = 4789
HANDSHAKE = {1: "CH", 2: "SH", 4: "Ticket", 11: "Certificate", 12: "KeyExchange", 13: "Request", 14: "Done", 15: "Verify",
             16: "KeyExchange", 20: "Finished", 22: "Status"}
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def packets(path):
    """(link type, frame) of a capture file as the lab writes it: pcap, this machine's byte order."""
    data = path.read_bytes()
    if len(data) < 24:
        return
    link, at = struct.unpack_from("<I", data, 20)[0], 24
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def network_layer(link, frame):
    skip = {1: 14, 113: 16, 276: 20, 101: 0, 12: 0}.get(link, 14)
    if link == 1 and frame[12:14] == b"\x81\x00":
        skip = 18
    ip = frame[skip:]
    if ip[:1] == b"\x45" and ip[9] == 17 and ip[22:24] == struct.pack(">H", VXLAN):  # UDP, VXLAN and Ethernet over it
        ip = ip[20 + 8 + 8 + 14:]
    return ip


def segments(path):
    """(source, target, flags, sequence, payload) of TCP."""
    for link, frame in packets(path):
        ip = network_layer(link, frame)
        if ip[:1] and ip[0] >> 4 == 4 and ip[9] == 6 and struct.unpack_from(">H", ip, 6)[0] & 0x1FFF == 0:
            start, end, ends = (ip[0] & 15) * 4, struct.unpack_from(">H", ip, 2)[0], (ip[12:16], ip[16:20])
        elif ip[:1] and ip[0] >> 4 == 6 and ip[6] == 6:
            start, end, ends = 40, 40 + struct.unpack_from(">H", ip, 4)[0], (ip[8:24], ip[24:40])
        else:
            continue
        tcp = ip[start:end]
        source, target, sequence, _, offset, flags = struct.unpack_from(">HHIIBB", tcp)
        yield (ends[0], source), (ends[1], target), flags, sequence, tcp[(offset >> 4) * 4:]


class Side:
    """The bytes of one direction, in order, as records."""

    def __init__(self):
        self.next, self.waiting, self.bytes, self.encrypted, self.randoms = None, {}, b"", False, []

    def take(self, flags, sequence, payload):
        """The records that this segment completes, in words."""
        if flags & 2:
            self.next = (sequence + 1) & 0xFFFFFFFF
            return []
        if self.next is None:
            self.next = sequence
        if payload:
            self.waiting.setdefault(sequence, payload)
        while (data := self.waiting.pop(self.next, None)) is not None:
            self.bytes += data
            self.next = (self.next + len(data)) & 0xFFFFFFFF
        return list(self.records())

    def records(self):
        while len(self.bytes) >= 5:
            kind, major, size = self.bytes[0], self.bytes[1], struct.unpack(">H", self.bytes[3:5])[0]
            if not (20 <= kind <= 24 and major == 3):
                text, self.bytes = self.bytes, b""
                yield f"text({len(text)})"
                return
            if len(self.bytes) < 5 + size:
                return
            body, self.bytes = self.bytes[5:5 + size], self.bytes[5 + size:]
            yield from self.words(kind, body)

    def words(self, kind, body):
        if kind == 20:
            self.encrypted = True
            yield "CCS"
        elif kind == 21 and len(body) == 2:
            yield f"A:{body[1]}"
        elif kind == 22 and (not self.encrypted or body[:2] in (b"\x01\x00", b"\x02\x00")):
            yield from self.messages(body)
        else:
            yield str(len(body))

    def messages(self, body):
        while len(body) >= 4:
            kind, size = body[0], int.from_bytes(body[1:4], "big")
            if kind == 1:
                self.randoms.append(body[6:38])
            retry = kind == 2 and body[6:38] == RETRY
            yield "HRR" if retry else HANDSHAKE.get(kind, f"type{kind}") + ("" if kind in (1, 2) else f"({size})")
            body = body[4 + size:]


class Connection:
    def __init__(self, client):
        self.client, self.sides, self.story = client, {True: Side(), False: Side()}, []

    def take(self, sender, flags, sequence, payload):
        mark = ">" if sender == self.client else "<"
        words = self.sides[mark == ">"].take(flags, sequence, payload)
        words += [word for bit, word in ((2, "SYN"), (1, "FIN")) if flags & bit]
        if flags & 4:
            words.append("RST,ACK" if flags & 16 else "RST")
        if words:
            self.story.append(f"{mark} {words[0]}" if len(words) == 1 else f"{mark} [{' '.join(words)}]")


def connections(path):
    known = collections.OrderedDict()
    for source, target, flags, sequence, payload in segments(path):
        key = frozenset((source, target))
        if key not in known or flags & 18 == 2 and "FIN" in str(known[key].story):
            client = source if flags & 18 == 2 or source[1] > target[1] else target
            known[key] = Connection(client)
        known[key].take(source, flags, sequence, payload)
    return list(known.values())


def story(connection):
    """Without the TCP handshake; what repeats itself is said once."""
    said = [one for one in connection.story if "SYN" not in one]
    return ", ".join(one for at, one in enumerate(said) if at == 0 or one != said[at - 1])


def check_keys(folders):
    wrong = 0
    for folder in folders:
        log = folder / "client.keys"
        if not log.is_file():
            continue
        logged = {line.split()[1] for line in log.read_text().splitlines() if line and not line.startswith(("#", "RSA "))}
        for side in ("client", "server", "path"):
            seen = [one.sides[True].randoms for one in connections(folder / f"{side}.pcap")]
            randoms = {one.hex() for many in seen for one in many[:1]}
            missing = randoms - logged
            wrong += bool(missing) or not randoms
            print(f"{folder.name}/{side}.pcap: {len(logged)} in the log, {len(randoms) - len(missing)} of {len(randoms)} captured ones")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--at", choices=("client", "server", "path"), default="client")
    parser.add_argument("--keys", action="store_true")
    args = parser.parse_args()
    folders = sorted(path.parent for path in args.directory.glob("*/truth.json") if not args.names or path.parent.name in args.names)
    if args.keys:
        return 1 if check_keys(folders) else 0
    for folder in folders:
        for one in connections(folder / f"{args.at}.pcap"):
            print(f"{folder.name}: {story(one)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
