#!/usr/bin/env python3
"""Hellos written byte by byte, as no program at hand writes them, in both directions.

    hellos.py send KIND --host ADDRESS --port N --name NAME       a ClientHello; reads what comes, then closes
    hellos.py answer KIND --port N                                a server's answer to every ClientHello; then silence

RFC 8446 section 4, RFC 8701 (GREASE), RFC 9849 (encrypted ClientHello), RFC 5246 appendix E.2 (the hello in SSL 2 form).
"""
import argparse
import os
import socket
import struct

SUITES = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x9C, 0x9D, 0x2F, 0x35)
SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
X25519, P256, X25519_MLKEM768 = 29, 23, 0x11EC
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
DOWNGRADED = b"DOWNGRD\x01"


def vector(data, size=2):
    return len(data).to_bytes(size, "big") + data


def numbers(*values):
    return b"".join(struct.pack(">H", value) for value in values)


def extension(kind, data):
    return struct.pack(">H", kind) + vector(data)


def record(kind, body):
    return struct.pack(">BH", kind, 0x0301 if kind == 22 else 0x0303) + vector(body)


def message(kind, body):
    return record(22, bytes([kind]) + vector(body, 3))


def key_shares(*groups):
    sizes = {X25519: 32, P256: 65, X25519_MLKEM768: 1216}
    return b"".join(struct.pack(">H", group) + vector(os.urandom(sizes.get(group, 1))) for group in groups)


def client_hello(name, suites=SUITES, groups=(X25519, P256), shares=(X25519,), versions=(0x0304, 0x0303), before=b"", after=b""):
    extensions = before
    extensions += extension(0, vector(b"\0" + vector(name.encode())))
    extensions += extension(23, b"") + extension(0xFF01, b"\0") + extension(10, vector(numbers(*groups)))
    extensions += extension(11, b"\1\0") + extension(35, b"") + extension(16, vector(vector(b"h2", 1) + vector(b"http/1.1", 1)))
    extensions += extension(5, b"\1\0\0\0\0") + extension(13, vector(numbers(*SIGNATURES))) + extension(45, b"\1\1")
    extensions += extension(51, vector(key_shares(*shares))) + extension(43, vector(numbers(*versions), 1)) + after
    body = b"\3\3" + os.urandom(32) + vector(os.urandom(32), 1) + vector(numbers(*suites)) + b"\1\0" + vector(extensions)
    return message(1, body)


def grease(name):
    return client_hello(
        name,
        (0x1A1A, *SUITES),
        (0x4A4A, X25519, P256),
        (0x4A4A, X25519),
        (0x6A6A, 0x0304, 0x0303),
        before=extension(0x8A8A, b""),
        after=extension(0xDADA, b"\0"),
    )


def encrypted_hello(_name):
    """The outer hello names the public server; what is asked for is encrypted. Here it is random, as when there is no key (GREASE)."""
    outer = b"\0" + numbers(1, 1) + b"\x2a" + vector(os.urandom(32)) + vector(os.urandom(208))
    return client_hello("public.example.com", after=extension(0xFE0D, outer))


def post_quantum(name):
    return client_hello(name, groups=(X25519_MLKEM768, X25519, P256), shares=(X25519_MLKEM768, X25519))


def twice(name):
    return client_hello(name, after=extension(45, b"\1\1"))


def future(name):
    return client_hello(name, versions=(0x0305,))


def ssl2(_name):
    suites = b"".join(b"\0" + struct.pack(">H", suite) for suite in (0xC02F, 0xC030, 0x9C, 0x2F, 0x35, 0xFF))
    body = b"\1\3\3" + numbers(len(suites), 0, 32) + suites + os.urandom(32)
    return struct.pack(">H", 0x8000 | len(body)) + body


HELLOS = {one.__name__.replace("_", "-"): one for one in (grease, encrypted_hello, post_quantum, twice, future, ssl2)}


def server_hello(hello, random, group=None, version=None, suite=0x1301):
    """An answer to a ClientHello record: its session id is echoed."""
    session = hello[43 + 1:43 + 1 + hello[43]]
    extensions = extension(43, numbers(version)) if version else b""
    if group:
        extensions += extension(51, numbers(group))
    return message(2, b"\3\3" + random + vector(session, 1) + numbers(suite) + b"\0" + (vector(extensions) if extensions else b""))


def retry_again(hello):
    """Asks for another key share, however often it has been given."""
    return server_hello(hello, RETRY, group=P256, version=0x0304) + record(20, b"\1")


def retry_for_nothing(hello):
    """Asks for a key share that is there already."""
    return server_hello(hello, RETRY, group=X25519, version=0x0304) + record(20, b"\1")


def downgrade(hello):
    """Chooses TLS 1.2, with the mark by which a server of TLS 1.3 says that it would have preferred that."""
    return server_hello(hello, os.urandom(24) + DOWNGRADED, suite=0xC02F)


ANSWERS = {one.__name__.replace("_", "-"): one for one in (retry_again, retry_for_nothing, downgrade)}


def read_record(connection):
    header = connection.recv(5, socket.MSG_WAITALL)
    if len(header) < 5:
        return None
    return header[0], header + connection.recv(struct.unpack(">H", header[3:])[0], socket.MSG_WAITALL)


def send(args):
    client = socket.create_connection((args.host, args.port), 5)
    client.sendall(HELLOS[args.kind](args.name))
    client.settimeout(0.5)
    try:
        while client.recv(65536):
            pass
    except OSError:
        pass
    client.close()


def answer(args):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("0.0.0.0", args.port))
    server.listen(8)
    while True:
        connection, _ = server.accept()
        try:
            while got := read_record(connection):
                if got[0] == 22:
                    connection.sendall(ANSWERS[args.kind](got[1]))
        except OSError:
            pass
        connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("send", "answer"))
    parser.add_argument("kind", choices=sorted({**HELLOS, **ANSWERS}))
    parser.add_argument("--host", default="198.51.100.80")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--name", default="www.example.com")
    args = parser.parse_args()
    send(args) if args.what == "send" else answer(args)


if __name__ == "__main__":
    main()
