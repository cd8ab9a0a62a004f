"""The same handshake on other links: what tcpdump sees on "any", on the loopback interface, on a tunnel and behind tags."""
import dataclasses

from ..network import CLIENT, SERVER
from ..pki import NAME
from ..programs import frames, openssl_client, openssl_server
from ..scenario import add, works

# Addresses on the links that lie over the usual one.
OVER_C, OVER_S = "203.0.113.10", "203.0.113.80"
UNSEEN = dict(flows=())


def seen(*places, version="1.3"):
    """Works, and only these places see it."""
    truth = works(version, sni=NAME)
    return dataclasses.replace(truth, at={place: UNSEEN for place in ("client", "server", "path") if place not in places})


def put(name, sentence, truth, play=None, **more):
    def browse(lab):
        lab.serve(openssl_server())
        lab.connect(openssl_client())

    add(name, sentence, truth, play or browse, "links", **more)


def over(lab):
    lab.serve(openssl_server())
    lab.connect(openssl_client(host=OVER_S))


def made_of_frames(kind):
    def setup(lab):
        for namespace, interface, address in ((lab.network.client, "c0", OVER_C), (lab.network.server, "s0", OVER_S)):
            lab.beside(namespace, frames(kind, "l0", interface, address), interface="l0")

    return setup


def vxlan(lab):
    for run, own, peer, interface, address in (
        (lab.on_client, CLIENT, SERVER, "c0", OVER_C),
        (lab.on_server, SERVER, CLIENT, "s0", OVER_S),
    ):
        link = f"link add l0 mtu 1400 type vxlan id 7 local {own} remote {peer} dstport 4789 dev {interface} noudpcsum"
        for command in (link, f"address add {address}/24 dev l0", "link set l0 up"):
            run("ip", *command.split())


def on_loopback(lab):
    lab.serve(openssl_server(), on_client=True)
    lab.connect(openssl_client(host="127.0.0.1"))


put(
    "link-any",
    "tcpdump on every interface at once: cooked headers, version 2",
    seen("client", "server", "path"),
    capture=dict(interface="any"),
)
put(
    "link-any-version-1",
    "tcpdump on every interface at once: cooked headers, version 1",
    seen("client", "server", "path"),
    capture=dict(interface="any", link="LINUX_SLL"),
)
put(
    "link-loopback",
    "Client and server on one host: the loopback interface, with packets as large as it takes",
    seen("client"),
    on_loopback,
    capture=dict(interface="lo"),
)
put(
    "link-tunnel",
    "A tunnel interface: raw IP without any link header",
    seen("client", "server"),
    over,
    setup=made_of_frames("tun"),
    capture=dict(interface="l0"),
    needs=("/dev/net/tun",),
)
put(
    "link-vlan",
    "Frames with a VLAN tag, which the device passes and does not write down",
    seen("client", "server"),
    over,
    setup=made_of_frames("vlan"),
    capture=dict(packets=""),
    needs=("/dev/net/tun",),
)
put(
    "link-vxlan",
    "The connection inside VXLAN, captured outside of it",
    seen("client", "server", "path"),
    over,
    setup=vxlan,
    capture=dict(packets="udp port 4789"),
)
