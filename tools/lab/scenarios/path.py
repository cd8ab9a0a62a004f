"""Paths that lose, delay, shorten, forget or take over, by a device or without one. The statements are those of
tools/middlebox/README.md."""
from ..network import NOBODY
from ..pki import NAME
from ..programs import actor_client, actor_server, openssl_client, openssl_server
from ..scenario import blocked, fails, scenario, works
from .middlebox import HELLO, browse


@scenario(
    "Everything towards the client is lost after the ClientHello",
    blocked(
        "client-hello",
        "timeout|fin|capture-end",
        "-|client",
        status="failed|incomplete",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                stage="server-flight",
                ended_by="timeout|fin|rst|capture-end",
                apparent_sender="-|client",
                status="failed|incomplete",
            )
        },
    ),
    path="when first-server-data do blackhole to-client",
)
def blackhole_to_client(lab):
    browse(lab, seconds=5)


@scenario(
    "Everything towards the client is lost after the ClientHello, and the server gives up with a reset",
    blocked(
        "client-hello|server-flight",
        "timeout|fin|rst|capture-end",
        "-|client|server",
        status="failed|incomplete",
        sni=NAME,
        cause_from=("both",),
        at={"server": dict(stage="server-flight", ended_by="timeout", apparent_sender="server", status="failed")},
    ),
    path="when first-server-data do blackhole to-client",
)
def answer_lost_server_resets(lab):
    lab.serve(actor_server("impatient", "--seconds", "4", "--reset"))
    lab.connect(openssl_client(seconds=9))


@scenario(
    "Everything towards the server is lost once the handshake is under way",
    blocked(
        "server-flight|client-finish",
        "timeout|fin|rst|capture-end",
        "-|client|server",
        sni=NAME,
        cause_from=("both",),
        status="failed|incomplete|ok",
        at={"server": dict(stage="server-flight", ended_by="timeout|fin|rst|capture-end", status="failed|incomplete")},
    ),
    path="when first-server-data do blackhole to-server",
)
def blackhole_to_server(lab):
    lab.serve(openssl_server("-tls1_2"))
    lab.connect(openssl_client(seconds=5))


@scenario(
    "Packets of full size towards the client vanish and no ICMP says so",
    fails(
        "path",
        "client-hello|server-flight",
        "timeout|fin|capture-end",
        "-|client",
        status="failed|incomplete",
        sni=NAME,
        cause_from=("server", "both"),
    ),
    path="mtu to-client 1400 silent",
)
def pmtu_black_hole(lab):
    browse(lab, seconds=5)


@scenario(
    "Packets of full size are too big for a router that says so: the server sends smaller ones",
    works("1.3", sni=NAME),
    path="mtu to-client 1400",
)
def pmtu_discovery(lab):
    browse(lab)


@scenario("The same over IPv6: packet too big", works("1.3", sni=NAME), path="mtu to-client 1400")
def pmtu_discovery_ipv6(lab):
    lab.serve(openssl_server())
    lab.connect(openssl_client(host="2001:db8:5::80"))


@scenario("A device clamps the MSS to 1200", works("1.3", sni=NAME), path="mss 1200")
def mss_clamped(lab):
    browse(lab)


@scenario(
    "A device takes timestamps, SACK and window scale out of the handshake",
    works("1.3", sni=NAME),
    path="strip timestamps sack-permitted window-scale",
)
def options_stripped(lab):
    browse(lab)


@scenario(
    "A ClientHello of more than one packet is dropped; a smaller one would pass",
    blocked(
        "tcp-open|client-hello",
        "timeout|fin|capture-end",
        "-|client",
        cause_from=("both",),
        status="failed|incomplete",
        at={
            "server": dict(status="failed|incomplete|not-tls", stage="tcp-open|client-hello", ended_by="capture-end|fin|timeout")
        },
    ),
    path="when hello larger 1400 do drop",
)
def large_hello_dropped(lab):
    lab.serve(openssl_server())
    lab.connect(actor_client("split-hello", "--large", seconds=5))


@scenario(
    "The second packet of a ClientHello sets off a reset of both ends",
    blocked(
        "tcp-open|client-hello",
        "rst",
        "server",
        cause_from=("both",),
        status="failed|incomplete",
        at={"server": dict(stage="tcp-open|client-hello", apparent_sender="client")},
    ),
    path="when hello segments 1 do drop also reset both ttl 200",
)
def second_segment_reset(lab):
    lab.serve(openssl_server())
    lab.connect(actor_client("split-hello", "--pieces", "3"))


@scenario(
    "The device forgets a silent connection and resets both ends",
    blocked("established", "rst|fin|capture-end|timeout", "server|client|-", status="ok", version="1.3|1.2", sni=NAME, cause_from=("both",)),
    path="when expire 2s do drop-flow also reset both",
)
def idle_expiry_both(lab):
    lab.serve(openssl_server(page=False))
    lab.connect(openssl_client(send=b"hello\n", later=((3.0, b"again\n"), (0.5, b""))))


@scenario(
    "The device has forgotten a silent connection: the first packet after it is answered with a reset",
    blocked("established", "rst|fin|capture-end|timeout", "server|client|-", status="ok", version="1.3|1.2", sni=NAME, cause_from=("both",)),
    path="when idle 2s from client do drop-flow also reset client flags rst ttl 255 seq trigger-ack",
)
def idle_expiry_on_next_packet(lab):
    lab.serve(openssl_server(page=False))
    lab.connect(openssl_client(send=b"hello\n", later=((3.0, b"again\n"), (0.5, b""))))


@scenario(
    "The device has forgotten a silent connection and drops what comes after",
    works("1.3|1.2", sni=NAME, cause_from=("both",)),
    path="when idle 2s from client do drop-flow",
)
def idle_expiry_silent(lab):
    lab.serve(openssl_server(page=False))
    lab.connect(openssl_client(send=b"hello\n", later=((3.0, b"again\n"), (1.5, b"")), seconds=2))


@scenario(
    "A split proxy: TCP ends at the device on both sides, TLS goes through",
    works("1.3|1.2", sni=NAME),
    path="split ttl 255 window 14600 mss 1360",
)
def split_proxy(lab):
    browse(lab)


@scenario(
    "A split proxy answers the client although nothing listens behind it",
    blocked(
        "client-hello|tcp-open",
        "rst",
        "server",
        cause_from=("both",),
        at={"server": dict(stage="syn", sni="-"), "path": dict(stage="syn|client-hello|tcp-open")},
    ),
    path="split ttl 255 window 14600",
)
def split_proxy_refused(lab):
    lab.connect(openssl_client())


@scenario("Every frame is there twice", works("1.3", sni=NAME), path="duplicate to-client 100%\nduplicate to-server 100%")
def duplicate_frames(lab):
    browse(lab)


@scenario(
    "One packet in ten is lost in each direction; the handshake takes longer and is completed",
    works("1.3", sni=NAME),
    path="seed 4\nloss to-client 10%\nloss to-server 10%",
)
def lossy_path(lab):
    browse(lab, seconds=20)


@scenario(
    "A third of the packets come late and out of order",
    works("1.3", sni=NAME),
    path="seed 2\nreorder to-client 33% 6ms\nreorder to-server 33% 6ms",
)
def reordering_path(lab):
    browse(lab)


@scenario(
    "The ClientHello is held back for a second by the path",
    works("1.3", sni=NAME),
    path=HELLO.replace("do", "once do") + "hold 800ms",
)
def slow_hello(lab):
    browse(lab)


@scenario("Nothing answers at this address", fails("path", "syn", "timeout"))
def nobody_there(lab):
    lab.connect(openssl_client(host=NOBODY, seconds=4))
