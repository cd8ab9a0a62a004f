"""A capture with its key log inside: pcapng with a decryption secrets block (draft-ietf-opsawg-pcapng, type 10)."""
import struct

from .wire import packets

_TLS_KEY_LOG = 0x544C534B


def _block(kind, body):
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _records(path):
    """(time in nanoseconds, frame) of a capture as the lab writes it."""
    data, at = path.read_bytes(), 24
    for _, frame in packets(path):
        seconds, nanoseconds = struct.unpack_from("<II", data, at)
        yield seconds * 10**9 + nanoseconds, frame
        at += 16 + len(frame)


def put_into(capture, keys, output):
    """Writes `output`: the capture's packets, and before them the key log's lines."""
    link = struct.unpack_from("<I", capture.read_bytes(), 20)[0]
    text = keys.read_bytes()
    nanoseconds = struct.pack("<HHB3x", 9, 1, 9) + struct.pack("<HH", 0, 0)  # if_tsresol
    blocks = [
        _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        _block(10, struct.pack("<II", _TLS_KEY_LOG, len(text)) + text),
        _block(1, struct.pack("<HHI", link, 0, 0) + nanoseconds),
    ]
    for when, frame in _records(capture):
        head = struct.pack("<IIIII", 0, when >> 32, when & 0xFFFFFFFF, len(frame), len(frame))
        blocks.append(_block(6, head + frame + bytes(-len(frame) % 4)))
    output.write_bytes(b"".join(blocks))
