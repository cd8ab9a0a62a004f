"""Whole systems of five texts on handshakes, run as their authors describe them: a measurement of reachability with its six
follow-ups, a collector of ClientHellos, a mutual TLS laboratory with its table of troubles, a client that waits for a key between its
steps, and a customer whose client cannot connect while others can."""
import dataclasses

from ..network import NOBODY
from ..pki import NAME, OTHER_NAME
from ..programs import (
    actor_client,
    actor_server,
    curl,
    gnutls_client,
    openssl_client,
    openssl_server,
    python_script,
    with_client_certificate,
)
from ..scenario import add, blocked, ends, fails, scenario, works
from ..stacks import go_client, go_server, java_client, nss_client

BOTH = ("client", "server", "path")


# A measurement: the client writes down what it saw itself (measurement.json), read by read, and names its failure.


def put_measured(name, sentence, truth, *options, server=openssl_server("-alpn", "h2,http/1.1"), **more):
    def play(lab):
        if server:
            lab.serve(server)
        lab.connect(go_client("--measure", "measurement.json", "--give-up", "3", *options, seconds=8.0))
        lab.keep("measurement.json")

    add(f"measured-{name}", sentence, truth, play, "systems", needs=("go",), **more)


def rejected(**more):
    """In TLS 1.3 Go's alert cannot be read; both close after it, whoever is first."""
    return fails("client", "server-flight|client-finish", "alert|fin|rst", "client|server", version="1.3", alert="-", **more)


put_measured("ok", "A measurement of what works", works("1.3", sni=NAME))
put_measured(
    "timeout-connecting",
    "Follow-up 1: a measurement of a port that does not answer",
    fails("path", "syn", "timeout"),
    "--host",
    NOBODY,
    server=None,
)
put_measured(
    "wrong-name",
    "Follow-up 2: a measurement with a name that the server does not have",
    rejected(sni=OTHER_NAME),
    "--name",
    OTHER_NAME,
)
put_measured(
    "self-signed",
    "Follow-up 3: a measurement of a server with a self-signed certificate",
    rejected(sni=NAME),
    server=openssl_server("-alpn", "h2,http/1.1", certificate="selfsigned", chain=False),
)
put_measured(
    "expired",
    "Follow-up 4: a measurement of a server with an expired certificate",
    rejected(sni=NAME),
    server=openssl_server("-alpn", "h2,http/1.1", certificate="expired"),
)
KEYWORD = f"-m string --string {NAME} --algo bm"
put_measured(
    "reset",
    "Follow-up 5: a measurement whose connection a router resets when it sees the name",
    blocked(
        "client-hello",
        "rst",
        "server",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                status="failed|incomplete", stage="tcp-open", sni="-", ended_by="capture-end|fin|timeout", apparent_sender="-|server"
            )
        },
    ),
    router=f"iptables -A FORWARD -p tcp {KEYWORD} -j REJECT --reject-with tcp-reset",
)
put_measured(
    "timeout-in-handshake",
    "Follow-up 6: a measurement whose packets a router drops when they hold the name",
    blocked(
        "client-hello",
        "timeout|fin|capture-end",
        "-|client",
        status="failed|incomplete",
        sni=NAME,
        cause_from=("both",),
        at={
            "server": dict(
                status="failed|incomplete", stage="tcp-open", sni="-", ended_by="capture-end|fin|timeout", apparent_sender="-|client"
            )
        },
    ),
    router=f"iptables -A FORWARD -p tcp {KEYWORD} -j DROP",
)


# A collector of ClientHellos: what it says of each (hello.json) is the truth for what is read from the capture.


@scenario(
    "A server in Go writes down the ClientHello of every client it has: Go, OpenSSL, curl, GnuTLS, Java, NSS, Python",
    ends("none", each=True, status="ok", stage="established"),
    needs=("go", "java", "javac", "tstclnt", "certutil", "gnutls-cli", "curl"),
)
def collected_hellos(lab):
    lab.serve(go_server("--hellos", "hello.json"))
    lab.connect(go_client("--line"))
    lab.connect(openssl_client("-alpn", "h2,http/1.1", send=b"hello\n", seconds=1.5))
    lab.connect(openssl_client("-tls1_2", "-no_ticket", send=b"hello\n", seconds=1.5))
    lab.connect(curl("--http0.9", seconds=1.5))
    lab.connect(gnutls_client(seconds=1.5))
    lab.connect(java_client("--give-up", "1"))
    lab.connect(nss_client(seconds=1.5))
    lab.connect(actor_client("pause-before-hello", "--pause", "0", "--seconds", "1", seconds=1.5))
    lab.keep("hello.json")


# The mutual TLS laboratory: the server as its author starts it, and each row of the table of troubles.

STRICT = openssl_server(
    "-cert_chain",
    "chain.crt",
    "-build_chain",
    "-CAfile",
    "clientCA.crt",
    "-Verify",
    "10",
    "-verify_return_error",
    "-tls1_3",
    "-strict",
    "-ciphersuites",
    "TLS_CHACHA20_POLY1305_SHA256",
    chain=False,
)
KNOWN = with_client_certificate("client")
CURL_KNOWN = ("--key", "client.key", "--cert", "client.crt")


def put_trouble(name, sentence, truth, client, **more):
    def play(lab):
        lab.file("chain.crt", b"".join((lab.work / f"{one}.crt").read_bytes() for one in ("rootCA", "intCA")))
        lab.serve(STRICT)
        lab.connect(client)

    add(f"mutual-{name}", sentence, truth, play, "systems", **{"needs": ("curl",), **more})


def refused(code):
    return fails("server", "client-hello", "alert", "server", alert=f"server:{code}", cause_from=BOTH)


UNSATISFIED = fails("server", "client-finish|established", "alert|fin|rst", "server|client", version="1.3", alert="-")
put_trouble("works", "curl and its certificate are welcome", works("1.3", sni=NAME), curl(*CURL_KNOWN))
put_trouble(
    "no-common-version",
    "Trouble 1: disconnected right after the ClientHello, for there is no common version",
    refused(70),
    curl(*CURL_KNOWN, "--tls-max", "1.2"),
)
put_trouble(
    "no-common-cipher",
    "Trouble 1: disconnected right after the ClientHello, for there is no common cipher suite",
    refused(40),
    curl(*CURL_KNOWN, "--tls13-ciphers", "TLS_AES_256_GCM_SHA384"),
)
put_trouble(
    "unknown-root",
    "Trouble 2: the client closes after the server's hello, for it does not know the root",
    fails("client", "server-flight", "alert", "client", alert="client:48", version="1.3", cause_from=BOTH),
    curl(*CURL_KNOWN, authority="otherCA.crt"),
)
put_trouble(
    "wrong-name",
    "Trouble 3: the client closes, for the certificate is for another name",
    ends("client", sni=OTHER_NAME, version="1.3"),
    curl(*CURL_KNOWN, name=OTHER_NAME),
)
put_trouble(
    "strict-client",
    "Trouble 4: the client aborts after the server's hello, for it has no certificate to give",
    fails("client", "server-flight|client-finish", "alert|fin|rst", "client", version="1.3"),
    go_client("--strict"),
    needs=("go",),
)
put_trouble("no-certificate", "Trouble 5: the server closes, for the client gave no certificate", UNSATISFIED, curl())
put_trouble(
    "unknown-client-authority",
    "Trouble 6: the server closes, for it does not know the authority of the client's certificate",
    UNSATISFIED,
    curl("--key", "clientother.key", "--cert", "clientother.crt"),
)


# A client that waits for a key between its steps: TCP handshake, pause, TLS handshake, pause, end.


@scenario(
    "A client in Python that pauses after the TCP handshake and after the TLS handshake, and ends both ways at once",
    ends("none", status="ok", stage="established", version="1.3", sni=NAME, ended_by="fin", apparent_sender="client"),
)
def paused_steps(lab):
    lab.serve(openssl_server())
    lab.connect(
        python_script(
            """
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations("rootCA.crt")
context.verify_mode = ssl.CERT_REQUIRED
context.check_hostname = True
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sock.connect((HOST, PORT))
input("After making TCP connection.")
ssock = context.wrap_socket(sock, server_hostname=NAME, do_handshake_on_connect=False)
ssock.do_handshake()
print(ssock.cipher(), ssock.getpeercert())
input("After TLS handshake.")
ssock.shutdown(socket.SHUT_RDWR)
ssock.close()
""",
            later=((1.2, b"\n"), (0.8, b"\n"), (0.5, b"")),
        )
    )


# The customer: others connect, with full and with resumed handshakes; this client is reset as soon as TCP is open.


@scenario(
    "Others connect to the server, with full and with resumed handshakes; the customer's client resets after the TCP handshake",
    dataclasses.replace(
        fails("client", "tcp-open", "rst", "client"),
        flows=(
            dict(status="ok", stage="established", version="1.2", resumed="false", ended_by="fin", apparent_sender="client|server"),
            dict(status="ok", stage="established", version="1.2", resumed="true", ended_by="fin", apparent_sender="client|server"),
            dict(status="failed", sni="-"),
        ),
    ),
)
def customer_without_device(lab):
    lab.serve(openssl_server("-tls1_2", "-no_ticket"))
    lab.connect(openssl_client("-no_ticket", "-sess_out", "session"))
    lab.connect(openssl_client("-no_ticket", "-sess_in", "session"))
    lab.connect(actor_client("reset-at-once"))


@scenario(
    "The same, as it was: a device in front of the customer's client resets the server in its name when TCP is open",
    dataclasses.replace(
        blocked("tcp-open|client-hello", "rst|timeout", "server|client", location="near-client", cause_from=("both",)),
        flows=(dict(sni=f"-|{NAME}"),),
        at={"server": dict(flows=(dict(stage="tcp-open", apparent_sender="client", ended_by="rst", sni=f"-|{NAME}"),))},
    ),
    path="when ack do reset server ttl 253 id 9 also reset client ttl 254",
)
def customer_with_device(lab):
    lab.serve(openssl_server("-tls1_2", "-no_ticket"))
    lab.connect(openssl_client("-no_ticket", seconds=3))
