"""Devices that decide by name, keyword or address and reset, drop or refuse. The rules are those of tools/middlebox/README.md."""
from ..pki import NAME, OTHER_NAME
from ..programs import actor_server, curl, openssl_client, openssl_server
from ..scenario import blocked, scenario, works


HELLO = f"when hello sni {NAME} do "


def browse(lab, **more):
    lab.serve(openssl_server())
    lab.connect(openssl_client(**more))


def refused_by_reset(client="client-hello", server="tcp-open", **more):
    """Each end is told by a reset that the other one hung up; the server may not have seen a ClientHello."""
    return blocked(
        client,
        "rst",
        "server",
        at={"server": dict(stage=server, apparent_sender="client", sni="-" if server == "tcp-open" else NAME)},
        sni=NAME,
        **more,
    )


@scenario(
    "A device drops the ClientHello for this name and resets both ends; the server never saw the name",
    refused_by_reset(cause_from=("both",)),
    path=HELLO + "drop also reset both id random",
)
def reset_on_sni_both(lab):
    browse(lab)


@scenario(
    "A device beside the wire sees the name and resets both ends while the ClientHello passes",
    refused_by_reset(server="client-hello|server-flight", cause_from=("both",)),
    path="mode on-path\n" + HELLO + "reset both id random",
)
def reset_on_sni_on_path(lab):
    browse(lab)


@scenario(
    "A device resets only the client; the server hears nothing more until the client's last words",
    blocked(
        "client-hello",
        "rst",
        "server",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                status="failed|incomplete",
                stage="tcp-open",
                sni="-",
                ended_by="capture-end|fin|timeout",
                apparent_sender="-|server",
            )
        },
    ),
    path=HELLO + "drop also reset client ttl 128 id random",
)
def reset_on_sni_client_only(lab):
    browse(lab)


@scenario(
    "A device swallows the ClientHello and resets only the server, in the client's name; the client keeps trying",
    blocked(
        "client-hello",
        "timeout|fin|capture-end",
        "-|client",
        status="failed|incomplete",
        sni=NAME,
        cause_from=("both",),
        at={"server": dict(status="failed", stage="tcp-open", ended_by="rst", apparent_sender="client", sni="-")},
    ),
    path=HELLO + "drop-flow also reset server ttl 255 id 9",
)
def reset_on_sni_server_only(lab):
    browse(lab, seconds=4)


@scenario(
    "Right after the handshake's ACK the server gets a reset with the client's address; the client knows nothing of it",
    blocked(
        "tcp-open|client-hello",
        "rst|timeout",
        "server|client",
        at={"server": dict(stage="tcp-open", apparent_sender="client", sni=f"-|{NAME}", ended_by="rst")},
        cause_from=("both",),
        location="near-client",
    ),
    path="when ack do reset server ttl 253 id 9",
)
def rst_after_handshake_to_server(lab):
    browse(lab)


@scenario(
    "The customer's story: the policy in front of the client takes the ClientHello and resets the server in the client's name",
    blocked(
        "client-hello",
        "rst",
        "server",
        location="near-client",
        cause_from=("both",),
        sni=NAME,
        at={"server": dict(stage="tcp-open", apparent_sender="client", sni="-")},
    ),
    path=HELLO + "drop-flow also reset server seq sent ttl 253 id 9 also reset client ttl 254",
)
def founding_story(lab):
    browse(lab)


@scenario(
    "Right after the handshake's ACK the client gets a reset with the server's address",
    blocked(
        "tcp-open|client-hello",
        "rst",
        "server",
        cause_from=("both",),
        at={
            "server": dict(
                status="failed|incomplete",
                stage="tcp-open|client-hello|server-flight",
                ended_by="rst|capture-end|fin|alert",
                apparent_sender="-|client|server",
            )
        },
    ),
    path="when ack do reset client ttl 60 id random",
)
def rst_after_handshake_to_client(lab):
    browse(lab)


@scenario(
    "The ClientHello for this name is dropped each time it is sent",
    blocked(
        "client-hello",
        "timeout|fin|capture-end",
        "-|client",
        status="failed|incomplete",
        sni=NAME,
        at={"server": dict(status="failed|incomplete|not-tls", stage="tcp-open", sni="-", ended_by="capture-end|fin|timeout")},
        cause_from=("both",),
    ),
    path=HELLO + "drop",
)
def drop_on_sni(lab):
    browse(lab, seconds=5)


def hello_never_arrives(closed_by):
    """What the server closes with is the end only where the ClientHello was not seen."""
    return blocked(
        "client-hello",
        "timeout",
        "server",
        sni=NAME,
        at={"server": dict(status="failed|not-tls", stage="tcp-open", ended_by=closed_by, sni="-")},
        cause_from=("both",),
    )


@scenario(
    "The ClientHello for this name is dropped, and the server is the first to give up", hello_never_arrives("fin"), path=HELLO + "drop"
)
def drop_on_sni_server_closes(lab):
    lab.serve(actor_server("impatient", "--seconds", "4"))
    lab.connect(openssl_client(seconds=9))


@scenario("The same, and the server gives up with a reset", hello_never_arrives("rst"), path=HELLO + "drop")
def drop_on_sni_server_resets(lab):
    lab.serve(actor_server("impatient", "--seconds", "4", "--reset"))
    lab.connect(openssl_client(seconds=9))


@scenario("The control: another name passes the device that drops the first", works("1.3", sni=OTHER_NAME), path=HELLO + "drop")
def drop_on_sni_control(lab):
    browse(lab, name=OTHER_NAME)


def jafar(verdict):
    return f"iptables -A FORWARD -p tcp -m string --string {NAME} --algo bm -j {verdict}"


@scenario(
    "A router resets the client when the keyword passes (iptables string match, REJECT with tcp-reset)",
    blocked(
        "client-hello",
        "rst",
        "server",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                status="failed|incomplete|not-tls",
                stage="tcp-open",
                sni="-",
                ended_by="rst|capture-end|fin",
                apparent_sender="-|client|server",
            )
        },
    ),
    router=jafar("REJECT --reject-with tcp-reset"),
    needs=("iptables",),
)
def reset_on_keyword_iptables(lab):
    browse(lab)


@scenario(
    "A router drops every packet that holds the keyword (iptables string match)",
    blocked(
        "client-hello",
        "timeout|fin|capture-end",
        "-|client",
        status="failed|incomplete",
        sni=NAME,
        cause_from=("both",),
        at={"server": dict(status="failed|incomplete|not-tls", stage="tcp-open", sni="-", ended_by="capture-end|fin|timeout")},
    ),
    router=jafar("DROP"),
    needs=("iptables",),
)
def drop_on_keyword_iptables(lab):
    browse(lab, seconds=5)


@scenario(
    "The same rule by our own device: reset the client when the keyword passes",
    blocked(
        "client-hello",
        "rst",
        "server",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                status="failed|incomplete|not-tls",
                stage="tcp-open",
                sni="-",
                ended_by="rst|capture-end|fin",
                apparent_sender="-|client|server",
            )
        },
    ),
    path=f'when keyword "{NAME}" from client do drop also reset client',
)
def reset_on_keyword(lab):
    browse(lab)


@scenario(
    "The same rule by our own device: drop every packet that holds the keyword",
    blocked(
        "client-hello",
        "timeout|fin|capture-end",
        "-|client",
        status="failed|incomplete",
        sni=NAME,
        cause_from=("both",),
        at={"server": dict(status="failed|incomplete|not-tls", stage="tcp-open", sni="-", ended_by="capture-end|fin|timeout")},
    ),
    path=f'when keyword "{NAME}" from client do drop',
)
def drop_on_keyword(lab):
    browse(lab, seconds=5)


@scenario(
    "A router with nftables rejects the connection to this port with a TCP reset: it looks refused by the server",
    blocked("syn", "rst", "server", cause_from=("both",), at={"server": dict(flows=())}, location="near-server"),
    router="nft 'add table ip lab; add chain ip lab f { type filter hook forward priority 0; }; add rule ip lab f tcp dport 8443 reject with tcp reset'",
    needs=("nft",),
)
def refused_by_firewall(lab):
    browse(lab)


@scenario(
    "A router with nftables drops the SYN to this port",
    blocked("syn", "timeout", cause_from=("both",), at={"server": dict(flows=())}, location="near-server"),
    router="nft 'add table ip lab; add chain ip lab f { type filter hook forward priority 0; }; add rule ip lab f tcp dport 8443 drop'",
    needs=("nft",),
)
def syn_dropped_by_firewall(lab):
    browse(lab, seconds=5)


@scenario(
    "A device answers the SYN with a reset and takes it away",
    blocked("syn", "rst", "server", cause_from=("both",), at={"server": dict(flows=())}),
    path="when syn do drop also reset client ttl 255 id 0",
)
def reset_on_syn(lab):
    browse(lab)


@scenario(
    "A firewall answers the SYN with ICMP: administratively prohibited",
    blocked("syn", "icmp", cause_from=("client", "path", "both"), at={"server": dict(flows=())}),
    path="router 203.0.113.13\nwhen syn do drop also icmp admin-prohibited",
)
def icmp_prohibited(lab):
    browse(lab)


@scenario(
    "A firewall answers the SYN over IPv6 with ICMPv6: administratively prohibited",
    blocked("syn", "icmp", cause_from=("client", "path", "both"), at={"server": dict(flows=())}),
    path="router 2001:db8:f::13\nwhen syn do drop also icmp admin-prohibited",
)
def icmpv6_prohibited(lab):
    lab.serve(openssl_server())
    lab.connect(openssl_client(host="2001:db8:5::80", seconds=3))


@scenario(
    "After a forbidden name every new connection of this client to this port is dropped for a while",
    blocked(
        "syn",
        "timeout",
        cause_from=("both",),
        flows=(
            dict(stage="client-hello", ended_by="rst", apparent_sender="server", sni=NAME),
            dict(stage="syn", ended_by="timeout", apparent_sender="-"),
        ),
        at={
            "server": dict(
                flows=(dict(status="failed|incomplete", stage="tcp-open", ended_by="capture-end|timeout", apparent_sender="-"),)
            )
        },
    ),
    path=HELLO + "drop also reset client ttl 90 also block 60s",
)
def residual_block(lab):
    browse(lab)
    lab.connect(openssl_client(name=OTHER_NAME, seconds=5))


@scenario(
    "After a forbidden name every new connection is answered with resets for a while",
    blocked(
        "syn",
        "rst",
        "server",
        cause_from=("both",),
        flows=(dict(stage="client-hello", sni=NAME), dict(stage="syn")),
        at={
            "server": dict(
                flows=(dict(status="failed|incomplete", stage="tcp-open", ended_by="capture-end|timeout", apparent_sender="-"),)
            )
        },
    ),
    path=HELLO + "drop also reset client ttl 90 also block 60s reset ttl 90",
)
def residual_reset(lab):
    browse(lab)
    lab.connect(openssl_client(name=OTHER_NAME))


@scenario(
    "The same device over IPv6",
    blocked(
        "client-hello",
        "rst",
        "server",
        sni=NAME,
        cause_from=("both",),
        at={"server": dict(stage="tcp-open", apparent_sender="client", sni="-")},
    ),
    path=HELLO + "drop also reset both ttl 250",
)
def reset_on_sni_ipv6(lab):
    lab.serve(openssl_server())
    lab.connect(openssl_client(host="2001:db8:5::80"))


@scenario(
    "The first connection is reset by name; the client falls back to another name and is served",
    blocked(
        "client-hello",
        "rst",
        "server",
        cause_from=("both",),
        flows=(
            dict(sni=NAME),
            dict(status="ok", stage="established", ended_by="fin", apparent_sender="client|server", sni=OTHER_NAME),
        ),
        at={
            "server": dict(
                flows=(
                    dict(stage="tcp-open", apparent_sender="client"),
                    dict(status="ok", stage="established", ended_by="fin", apparent_sender="client|server", sni=OTHER_NAME),
                )
            )
        },
    ),
    path=HELLO + "drop also reset both ttl 77",
)
def retry_with_other_name(lab):
    browse(lab)
    lab.connect(openssl_client(name=OTHER_NAME))


@scenario(
    "A device resets curl on the name; curl's words are kept in truth.json",
    blocked(
        "client-hello",
        "rst",
        "server",
        sni=NAME,
        cause_from=("both",),
        at={"server": dict(stage="tcp-open", apparent_sender="client", sni="-")},
    ),
    path=HELLO + "drop also reset both",
)
def reset_on_sni_curl(lab):
    lab.serve(openssl_server())
    lab.connect(curl())
