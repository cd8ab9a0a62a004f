"""A client, a path and a server: three network namespaces (four with a router) joined by veth pairs.

    client  c0 ---- m0  path  m1 ---- s0  server                 wire: the middlebox is the only thing between them
    client  c0 ---- m0  path  m1 ---- r0  router  r1 ---- s0  server

The veth pairs are made inside the namespaces, so that nothing of them is ever seen outside. Names hold the process that
made them, so that runs do not meet and leftovers of a killed run can be told (remove_leftovers).
"""
import itertools
import os
import re
import signal
import subprocess
import time

CLIENT, SERVER = "192.0.2.10", "198.51.100.80"
CLIENT6, SERVER6 = "2001:db8:c::10", "2001:db8:5::80"
ROUTER_C, ROUTER_S = "192.0.2.1", "198.51.100.1"
ROUTER_C6, ROUTER_S6 = "2001:db8:c::1", "2001:db8:5::1"
NOBODY = "198.51.100.99"  # an address on the server's side that nobody has
MACS = {
    "c0": "02:00:00:00:00:10",
    "s0": "02:00:00:00:00:80",
    "r0": "02:00:00:00:00:01",
    "r1": "02:00:00:00:00:02",
    "m0": "02:00:00:00:00:60",
    "m1": "02:00:00:00:00:61",
}
PREFIX = "hlab"

_numbers = itertools.count(1)


def ip(*arguments, check=True):
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True, timeout=30)


def batch(commands, namespace=None, check=True):
    where = ["-n", namespace] if namespace else []
    force = [] if check else ["-force"]
    return subprocess.run(
        ["ip", *where, *force, "-batch", "-"],
        input="\n".join(commands) + "\n",
        check=check,
        capture_output=True,
        text=True,
        timeout=60,
    )


def join(interface, namespace, peer):
    """Run where `interface` shall be; the other end appears in `namespace`."""
    return (
        f"link add address {MACS[interface]} name {interface} type veth peer address {MACS[peer]} name {peer} netns {namespace}"
    )


def address(interface, v4, v6):
    return [f"address add {v4}/24 dev {interface}", f"address add {v6}/64 dev {interface} nodad"]


class Network:
    """Use it in a with statement: the namespaces live inside it."""

    def __init__(self, router=False):
        base = f"{PREFIX}{os.getpid()}x{next(_numbers)}"
        self.client, self.path, self.server = base + "c", base + "p", base + "s"
        self.router = base + "r" if router else None
        self.namespaces = [self.client, self.path, self.server] + ([self.router] if router else [])

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_):
        self._remove()

    # Every namespace is set up by one shell and one batch of `ip`: starting programs is what takes time.

    def _build(self):
        batch(f"netns add {namespace}" for namespace in self.namespaces)
        after_path = self.router or self.server
        self._set_up(
            self.path,
            [join("m0", self.client, "c0"), join("m1", after_path, "r0" if self.router else "s0")],
            ("m0", "m1"),
            quiet=True,
        )
        if self.router:
            self._set_up(
                self.router,
                [join("r1", self.server, "s0"), *address("r0", ROUTER_C, ROUTER_C6), *address("r1", ROUTER_S, ROUTER_S6)],
                ("r0", "r1"),
                "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding",
            )
        self._set_up(self.client, address("c0", CLIENT, CLIENT6), ("c0",))
        self._set_up(self.server, address("s0", SERVER, SERVER6), ("s0",))
        self._routes(self.client, "c0", "198.51.100.0/24", "2001:db8:5::/64", ROUTER_C, ROUTER_C6)
        self._routes(self.server, "s0", "192.0.2.0/24", "2001:db8:c::/64", ROUTER_S, ROUTER_S6)

    def _set_up(self, namespace, commands, interfaces, more="", quiet=False):
        ups = [f"link set {name} up" for name in ("lo", *interfaces)]
        # No router solicitations of the kernel's own; on the path no IPv6 host at all.
        conf = "/proc/sys/net/ipv6/conf/default"
        script = [
            f"echo {int(quiet)} >{conf}/disable_ipv6; echo 0 >{conf}/accept_ra; echo 0 >{conf}/router_solicitations",
            f"for i in {' '.join(interfaces)}; do [ -e /proc/sys/net/ipv6/conf/$i ] && echo 0 >/proc/sys/net/ipv6/conf/$i/router_solicitations; done",
            more,
            "ip -batch - <<'END'\n" + "\n".join([*commands, *ups]) + "\nEND",
        ]
        # Offloads would put packets into the captures that no wire carries: too large, checksums not filled in.
        script += [f"ethtool -K {name} tso off gso off gro off tx off rx off" for name in interfaces if name not in ("m0", "m1")]
        self.run(namespace, "sh", "-e", "-c", "\n".join(script))

    def _routes(self, namespace, interface, v4, v6, gateway, gateway6):
        via, via6 = (f"via {gateway} ", f"via {gateway6} ") if self.router else ("", "")
        commands = [f"route add {v4} {via}dev {interface}", f"-6 route add {v6} {via6}dev {interface}"]
        if namespace == self.client and not self.router:  # SYNs to it are delivered and never answered
            commands.append(f"neighbour add {NOBODY} lladdr 02:00:00:00:00:99 dev c0")
        commands[1] = commands[1].replace("-6 ", "")
        batch(commands, namespace)

    @staticmethod
    def run(namespace, *command, **more):
        return subprocess.run(
            ["ip", "netns", "exec", namespace, *command], check=True, timeout=30, capture_output=True, text=True, **more
        )

    def _remove(self):
        for namespace in self.namespaces:
            end_processes(namespace)
        batch((f"netns delete {namespace}" for namespace in self.namespaces), check=False)


def processes_in(namespace):
    """Process ids by the namespace's inode, without starting a program for it."""
    try:
        inode = os.stat(f"/run/netns/{namespace}").st_ino
    except OSError:
        return []
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.stat(f"/proc/{entry}/ns/net").st_ino == inode:
                found.append(int(entry))
        except OSError:
            pass
    return found


def end_processes(namespace):
    """Only processes inside this namespace, which is ours alone."""
    for which in (signal.SIGTERM, signal.SIGKILL):
        pids = processes_in(namespace)
        for pid in pids:
            try:
                os.kill(pid, which)
            except ProcessLookupError:
                pass
        if not pids:
            return
        time.sleep(0.1)


def remove_leftovers():
    """Namespaces of runs whose process is gone. Returns their names."""
    removed = []
    for line in ip("netns", "list", check=False).stdout.splitlines():
        name = line.split()[0]
        match = re.fullmatch(PREFIX + r"(\d+)x\d+[cpsr]", name)
        if match and not os.path.exists(f"/proc/{match.group(1)}"):
            end_processes(name)
            ip("netns", "delete", name, check=False)
            removed.append(name)
    return removed
