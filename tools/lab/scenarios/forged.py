"""Packets in somebody else's name, by the fingerprints that devices leave: numbers, windows, TTLs, timing."""
from ..pki import NAME
from ..scenario import blocked, scenario, works
from .middlebox import HELLO, browse


@scenario(
    "A device beside the wire answers the SYN with a reset that comes before the real SYN, ACK",
    blocked("syn", "rst", "server", cause_from=("client", "both"), at={"server": dict(stage="syn", apparent_sender="client")}),
    path="mode on-path\nwhen syn do reset client ttl 255 id random",
)
def reset_on_syn_race(lab):
    browse(lab)


@scenario(
    "A device resets on the SYN, ACK: the client after it came, the server in the client's name",
    blocked(
        "syn|tcp-open",
        "rst",
        "server|client",
        cause_from=("both",),
        at={"server": dict(stage="syn|tcp-open", apparent_sender="client")},
    ),
    path="mode on-path\nwhen syn-ack do reset both window 3293+1 count 3 ttl 64 id counter",
)
def reset_on_syn_ack(lab):
    browse(lab)


@scenario(
    "A device beside the wire ends the connection with a FIN that carries a text, before the server's answer comes",
    blocked(
        "client-hello",
        "fin",
        "server",
        sni=NAME,
        cause_from=("client", "both"),
        at={
            "server": dict(
                status="failed|incomplete",
                stage="client-hello|server-flight|client-finish",
                ended_by="fin|rst|alert|capture-end",
                apparent_sender="-|client",
            )
        },
    ),
    path="mode on-path\n" + HELLO + 'fin client text "Middlebox v 1.0" ttl 61 id random',
)
def fin_with_text(lab):
    browse(lab)


@scenario(
    "A device answers with a plain-text page in the server's name and drops the rest",
    blocked(
        "client-hello",
        "fin|alert|rst",
        "server|client",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                status="failed|incomplete|not-tls",
                stage="tcp-open",
                sni="-",
                ended_by="fin|rst|capture-end",
                apparent_sender="-|client|server",
            )
        },
    ),
    path=HELLO + r'drop-flow also fin client text "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nblocked\n"',
)
def block_page(lab):
    browse(lab)


ALERT = r'text "\x15\x03\x03\x00\x02\x02\x31"'  # fatal, access_denied (49)


def answered_by_alert(cause_from=("both",), **more):
    return blocked(
        "client-hello",
        "alert",
        "server",
        sni=NAME,
        alert="server:49",
        cause_from=cause_from,
        at={
            "server": dict(
                status="failed|incomplete|not-tls",
                stage="tcp-open|client-hello|server-flight|client-finish",
                sni="-|" + NAME,
                alert="-",
                ended_by="fin|rst|alert|timeout|capture-end",
                apparent_sender="-|client|server",
            )
        },
        **more,
    )


@scenario(
    "A device drops the hello and answers with an alert in clear and a FIN, in the server's name",
    answered_by_alert(),
    path=HELLO + "drop-flow also fin client id random " + ALERT,
)
def alert_in_its_name(lab):
    browse(lab)


@scenario(
    "A device drops the hello and answers with an alert in clear that has the server's TTL and next IP-ID",
    answered_by_alert(),
    path=HELLO + "drop-flow also fin client ttl sender id sender " + ALERT,
)
def alert_with_its_ttl(lab):
    browse(lab)


@scenario(
    "A device beside the wire answers with an alert in clear before the server's answer comes",
    answered_by_alert(),
    path="mode on-path\n" + HELLO + "data client ttl 61 id random " + ALERT,
)
def alert_before_the_answer(lab):
    browse(lab)


def burst(fields):
    return "mode on-path\n" + HELLO + "reset client " + fields


BURST = dict(
    sni=NAME,
    cause_from=("client", "both"),
    at={
        "server": dict(
            status="failed|incomplete",
            stage="client-hello|server-flight|client-finish",
            ended_by="fin|rst|alert|capture-end",
            apparent_sender="-|client",
        )
    },
)


@scenario(
    "Three identical resets with the server's address, faster than the server can answer",
    blocked("client-hello", "rst", "server", **BURST),
    path=burst("count 3 id counter ttl 100"),
)
def triple_rst(lab):
    browse(lab)


@scenario(
    "Three resets whose windows count up: 1980, 1981, 1982",
    blocked("client-hello", "rst", "server", **BURST),
    path=burst("count 3 window 1980+1 ttl 64+1 id random"),
)
def windows_1980(lab):
    browse(lab)


@scenario(
    "A pair of resets, the second 12503 bytes further on, IP-ID two apart, window 10240",
    blocked("client-hello", "rst", "server", **BURST),
    path=burst("flags rst seq 0,12503 id 30000+2 window 10240 ttl 30 gap 100us"),
)
def pair_12503(lab):
    browse(lab)


@scenario(
    "Three resets that guess the sequence number: 0, +1460, +4380",
    blocked("client-hello", "rst", "server", **BURST),
    path=burst("flags rst seq 0,1460,4380 id 64 ttl 46 gap 50us"),
)
def guesses_1460_4380(lab):
    browse(lab)


@scenario(
    "A reset whose sequence number is wrong: the client ignores it, and the handshake is completed",
    works("1.3", sni=NAME),
    path=burst("flags rst seq +100000 ttl 40 id random"),
)
def rst_out_of_window(lab):
    browse(lab)


@scenario(
    "A reset with a timestamp option of another clock",
    blocked("client-hello", "rst", "server", **BURST),
    path=burst("options timestamps 100 100 ttl 120 id random"),
)
def rst_wrong_timestamp(lab):
    browse(lab)


@scenario(
    "A device turns the client's own packet round: same IP-ID, window, TTL and payload, with RST",
    blocked("client-hello", "rst", "server", **BURST),
    path=burst("mirror flags rst"),
)
def mirrored_trigger(lab):
    browse(lab)


@scenario(
    "A reset that arrives after the server's answer changed the numbers: too late, the connection goes on",
    works("1.3|1.2", sni=NAME, cause_from=("both",)),
    path="mode on-path\nwhen hello do reset client flags rst seq -1 after 30ms ttl 50",
)
def rst_too_late(lab):
    browse(lab)


@scenario(
    "The server's first answer is rewritten into a RST, ACK that copies its TTL and IP-ID",
    blocked(
        "client-hello",
        "rst",
        "server",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                stage="client-hello|server-flight",
                apparent_sender="-|client|server",
                ended_by="rst|capture-end|timeout|fin",
                status="failed|incomplete",
            )
        },
    ),
    path="when first-server-data do rewrite also blackhole to-client",
)
def answer_rewritten(lab):
    browse(lab)


@scenario(
    "A reset in the server's name comes from another machine of the same segment: its MAC address is another",
    blocked("client-hello", "rst", "server", **BURST),
    path=burst("own-mac ttl 64 id 0"),
)
def rst_other_mac(lab):
    browse(lab)
