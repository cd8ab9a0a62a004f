#!/usr/bin/env python3
"""Links that this kernel may not have, made in user space over an Ethernet interface.

    frames.py tun INTERFACE OVER ADDRESS       raw IP, carried as frames of an experimental EtherType (0x88b5)
    frames.py vlan INTERFACE OVER ADDRESS      Ethernet whose frames carry the tag of VLAN 7 on OVER

Makes INTERFACE with the address and copies frames both ways until it is ended.
"""
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

TUNSETIFF, IFF_TUN, IFF_TAP, IFF_NO_PI = 0x400454CA, 1, 2, 0x1000
ETH_P_ALL, EXPERIMENTAL, TAG, VLAN = 3, 0x88B5, 0x8100, 7
SOL_PACKET, PACKET_AUXDATA, VLAN_VALID, OUTGOING = 263, 8, 1 << 4, 4
BROADCAST = b"\xff" * 6


def open_interface(kind, name, address):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), (IFF_TUN if kind == "tun" else IFF_TAP) | IFF_NO_PI))
    for command in (f"address add {address}/24 dev {name}", f"link set {name} mtu 1400 up"):
        subprocess.run(["ip", *command.split()], check=True)
    return device


def open_socket(over):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((over, 0))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return wire


def tagged(control):
    """Whether a frame came with our tag, which the kernel has taken out of it and put beside it."""
    for level, kind, data in control:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, tci = struct.unpack_from("I12xH", data)
            return bool(status & VLAN_VALID) and tci & 0xFFF == VLAN
    return False


def to_wire(kind, frame, own):
    if kind == "tun":
        return BROADCAST + own + struct.pack(">H", EXPERIMENTAL) + frame
    return frame[:12] + struct.pack(">HH", TAG, VLAN) + frame[12:]


def from_wire(kind, frame, control):
    """What goes to the interface, or nothing."""
    protocol = struct.unpack(">H", frame[12:14])[0]
    if kind == "tun":
        return frame[14:] if protocol == EXPERIMENTAL else b""
    if protocol == TAG and struct.unpack(">H", frame[14:16])[0] & 0xFFF == VLAN:
        return frame[:12] + frame[16:]
    return frame if tagged(control) else b""


def main():
    kind, name, over, address = sys.argv[1:]
    device, wire = open_interface(kind, name, address), open_socket(over)
    own = wire.getsockname()[4]
    while True:
        for ready in select.select([device, wire], [], [])[0]:
            if ready == device:
                wire.send(to_wire(kind, os.read(device, 65536), own))
                continue
            frame, control, _, source = wire.recvmsg(65536, 256)
            if source[2] != OUTGOING and len(frame) > 14 and (inner := from_wire(kind, frame, control)):
                os.write(device, inner)


if __name__ == "__main__":
    main()
