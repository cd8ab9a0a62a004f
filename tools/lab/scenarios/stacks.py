"""The same handful of stories by many stacks: what works, a rejected certificate, a missing client certificate, versions that do
not meet, a client that gives up. Each as a client of OpenSSL's server, or as a server of OpenSSL's client."""
from ..pki import NAME
from ..programs import (
    DEMAND_CLIENT_CERTIFICATE,
    actor_server,
    openssl_client,
    openssl_server,
    python_script,
    with_client_certificate,
)
from ..scenario import add, ends, fails, scenario, works
from ..stacks import (
    go_client,
    go_server,
    haproxy_checks,
    haproxy_server,
    java_client,
    java_server,
    keepalived_checks,
    nginx_server,
    nss_client,
    nss_server,
)

TOPIC = "stacks"
BOTH = ("client", "server", "path")
OPTIONS = {"1.2": ("-tls1_2",), "1.3": ()}


def put(name, sentence, truth, server, client, **more):
    def play(lab):
        lab.serve(server)
        lab.connect(client)

    add(name, sentence, truth, play, TOPIC, **more)


# How each client says which versions it wants, whom it trusts, and how long it waits.


def _go(version, **more):
    return go_client("--min", version, "--max", version, **more)


def _java(version, **more):
    return java_client("--versions", f"TLSv{version}", **more)


def _nss(version, authority="rootCA.crt", **more):
    return nss_client(authority=authority.removesuffix(".crt"), versions=(version,), **more)


CLIENTS = {
    "go": ("Go", _go, go_client("--give-up", "1"), ("go",)),
    "java": ("Java", _java, java_client("--give-up", "1"), ("java", "javac")),
    "nss": ("NSS", _nss, nss_client(seconds=1.2), ("tstclnt", "certutil")),
}
CERTIFIED = {
    "go": go_client("--certificate", "client.crt", "--key", "client.key"),
    "java": java_client("--certificate", "client.crt", "--key", "client.key"),
    "nss": nss_client("-n", "client", store="nss-client"),
}
SERVERS = {
    "go": (
        "Go",
        lambda version: go_server("--min", version, "--max", version),
        lambda version: go_server("--min", version, "--max", version, "--client-authority", "clientCA.crt"),
        ("go",),
    ),
    "java": (
        "Java",
        lambda version: java_server("--versions", f"TLSv{version}"),
        lambda version: java_server("--versions", f"TLSv{version}", "--client-authority", "clientCA.crt"),
        ("java", "javac"),
    ),
    "nss": (
        "NSS",
        lambda version: nss_server(versions=(version,)),
        lambda version: nss_server("-rr", versions=(version,)),
        ("selfserv", "tstclnt", "certutil"),
    ),
    "nginx": (
        "nginx",
        lambda version: nginx_server((version,)),
        lambda version: nginx_server((version,), demand=True),
        ("nginx",),
    ),
    "haproxy": (
        "HAProxy",
        lambda version: haproxy_server((version,)),
        lambda version: haproxy_server((version,), demand=True),
        ("haproxy",),
    ),
}


def rejected(version, stack):
    """By a client that has its handshake keys when it looks at the certificate: in TLS 1.3 the alert cannot be read, and what can is
    that both close, whoever is first."""
    if (stack, version) == ("nss", "1.2"):  # it looks at the certificate while it goes on with the handshake
        return fails(
            "client", "client-finish|established", "alert|fin|rst", "client", status="failed|ok", alert="-", version="1.2"
        )
    if version == "1.2":
        return fails(
            "client", "server-flight", "alert", "client", alert="client:42|client:46|client:48", version="1.2", cause_from=BOTH
        )
    return fails(
        "client",
        "server-flight|client-finish",
        "alert|fin|rst",
        "client|server",
        version="1.3",
        alert="-",
    )


def unanswered(version, stack):
    """The server wants a certificate and the client has none: seen in TLS 1.2, not in 1.3."""
    if version == "1.2":
        codes = "|".join(f"server:{code}" for code in (40, 42, 50, 116))
        # Java sends its empty Certificate in a packet of its own: the refusal comes before the rest.
        stage = "server-flight|client-finish" if stack == "java" else "client-finish"
        return fails("server", stage, "alert", "server", alert=codes, version="1.2", cause_from=BOTH)
    return fails("server", "client-finish|established", "alert|fin|rst", "server|client", version="1.3", alert="-")


for stack, (title, client, impatient, needs) in CLIENTS.items():
    for version, option in OPTIONS.items():
        short = version.replace(".", "")
        put(
            f"{stack}-client-works-{short}",
            f"{title}'s client, TLS {version}",
            works(version),
            openssl_server(),
            client(version),
            needs=needs,
        )
        put(
            f"{stack}-client-rejects-{short}",
            f"{title}'s client does not know the server's authority, TLS {version}",
            rejected(version, stack),
            openssl_server(),
            client(version, authority="otherCA.crt"),
            needs=needs,
        )
        put(
            f"{stack}-client-without-certificate-{short}",
            f"{title}'s client has no certificate and OpenSSL's server wants one, TLS {version}",
            unanswered(version, stack),
            openssl_server(*option, *DEMAND_CLIENT_CERTIFICATE),
            client(version),
            needs=needs,
        )
        put(
            f"{stack}-client-certificate-{short}",
            f"{title}'s client has a certificate that is accepted, TLS {version}",
            works(version),
            openssl_server(*option, *DEMAND_CLIENT_CERTIFICATE),
            CERTIFIED[stack],
            needs=needs,
        )
    put(
        f"{stack}-client-too-old",
        f"{title}'s client speaks TLS 1.2 to a server of TLS 1.3",
        fails("server", "client-hello", "alert", "server", alert="server:70", cause_from=BOTH),
        openssl_server("-tls1_3"),
        client("1.2"),
        needs=needs,
    )
    put(
        f"{stack}-client-gives-up",
        f"{title}'s client gives up after a second without an answer to its ClientHello",
        fails("server", "client-hello", "alert|fin|rst|timeout", "client|-"),
        actor_server("silent"),
        impatient,
        needs=needs,
    )

HANG_UP = """
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = ssl.create_default_context(cafile="rootCA.crt").wrap_bio(incoming, outgoing, server_hostname=NAME)
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    pass
one = socket.create_connection((HOST, PORT), 5)
one.sendall(outgoing.read())
one.recv(16)
time.sleep(0.1)
one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
one.close()
"""

for stack, (title, server, demanding, needs) in SERVERS.items():
    for version, option in OPTIONS.items():
        short = version.replace(".", "")
        put(
            f"{stack}-server-works-{short}",
            f"{title}'s server, TLS {version}",
            works(version, sni=NAME),
            server(version),
            openssl_client(verify=True),
            needs=needs,
        )
        put(
            f"{stack}-server-is-rejected-{short}",
            f"OpenSSL's client does not know the authority of {title}'s server, TLS {version}",
            fails("client", "server-flight", "alert", "client", alert="client:48", version=version, cause_from=BOTH),
            server(version),
            openssl_client(authority="otherCA.crt", verify=True),
            needs=needs,
        )
        if stack == "nginx":
            put(
                f"nginx-server-wants-certificate-{short}",
                f"nginx takes a client without certificate through the handshake and tells it in HTTP (400), TLS {version}",
                ends("server", status="ok", stage="established", version=version, alert="-"),
                demanding(version),
                openssl_client(),
                needs=needs,
            )
        else:
            put(
                f"{stack}-server-wants-certificate-{short}",
                f"{title}'s server wants a certificate and OpenSSL's client has none, TLS {version}",
                unanswered(version, "server"),
                demanding(version),
                openssl_client(),
                needs=needs,
            )
        put(
            f"{stack}-server-certificate-{short}",
            f"{title}'s server accepts the client's certificate, TLS {version}",
            works(version),
            demanding(version),
            openssl_client(*with_client_certificate("client")),
            needs=needs,
        )
    put(
        f"{stack}-server-too-new",
        f"{title}'s server speaks TLS 1.3 only, the client TLS 1.2",
        fails("server", "client-hello", "alert", "server", alert="server:70|server:40", cause_from=BOTH),
        server("1.3"),
        openssl_client("-tls1_2"),
        needs=needs,
    )
    put(
        f"{stack}-server-too-old",
        f"{title}'s server speaks TLS 1.2 only, the client TLS 1.3",
        fails("server", "client-hello", "alert", "server", alert="server:70|server:40", cause_from=BOTH),
        server("1.2"),
        openssl_client("-tls1_3"),
        needs=needs,
    )
    put(
        f"{stack}-server-is-left",
        f"The client resets in the middle of the flight of {title}'s server",
        fails("client", "server-flight", "rst", "client"),
        server("1.2"),
        python_script(HANG_UP),
        needs=needs,
    )

# Stacks with themselves, and a client that refuses to go on without a certificate

for stack, server, client in (
    ("go", go_server(), go_client()),
    ("java", java_server(), java_client()),
    ("nss", nss_server(), nss_client()),
):
    needs = SERVERS[stack][3] + CLIENTS[stack][3]
    put(f"{stack}-both-sides", f"{CLIENTS[stack][0]} on both sides", works("1.3"), server, client, needs=needs)
put(
    "nss-client-rejects-at-once-12",
    "NSS's client looks at the certificate before it goes on, and does not know the authority, TLS 1.2",
    fails("client", "server-flight", "alert", "client", alert="client:42|client:46|client:48", version="1.2", cause_from=BOTH),
    openssl_server(),
    nss_client("-O", authority="otherCA", versions=("1.2",)),
    needs=("tstclnt", "certutil"),
)
for version, option in OPTIONS.items():
    put(
        f"go-client-strict-{version.replace('.', '')}",
        f"A client in Go that has no certificate and hangs up when one is asked for, TLS {version}",
        fails("client", "server-flight|client-finish", "alert|fin|rst", "client", version=version),
        openssl_server(*option, *DEMAND_CLIENT_CERTIFICATE),
        go_client("--strict"),
        needs=("go",),
    )


# Health checks


def check(lab, checks):
    """Until its time is over and no check is under way: none is cut short."""
    checker = lab.start(checks)
    lab.pause(checks.seconds)
    lab.wait_for_silence(checker)
    if checker.popen.poll() is not None:
        raise RuntimeError(f"{checks.stack} checks no more: {checker.text().strip()}")
    checker.end()


@scenario(
    "HAProxy checks that the port is open, every half second",
    fails("client", "syn|tcp-open", "rst", "client", each=True, sni="-", status="not-tls"),
    needs=("haproxy",),
)
def health_check_haproxy_tcp(lab):
    lab.serve(openssl_server())
    check(lab, haproxy_checks(("", "")))


@scenario(
    "HAProxy checks that TLS works, every half second, and hangs up when it does",
    ends("client", each=True, status="ok|failed", stage="established|client-finish|server-flight"),
    needs=("haproxy", "nginx"),
)
def health_check_haproxy_tls(lab):
    lab.serve(nginx_server())
    check(lab, haproxy_checks(("", "check-ssl verify none")))


@scenario(
    "HAProxy asks for a page over TLS, every half second",
    ends("none", each=True, status="ok", stage="established"),
    needs=("haproxy", "nginx"),
)
def health_check_haproxy_page(lab):
    lab.serve(nginx_server())
    check(lab, haproxy_checks(("option httpchk GET /", "check-ssl verify none")))


# The kernel's table of virtual servers is pretended (players/pretended_ipvs.cc); the checks are keepalived's own.
KEEPALIVED = ("keepalived", "g++")


@scenario(
    "keepalived checks that the port is open, every second",
    ends("client", each=True, status="not-tls", stage="tcp-open", apparent_sender="client", sni="-"),
    needs=KEEPALIVED,
)
def health_check_keepalived_tcp(lab):
    lab.serve(openssl_server())
    check(lab, keepalived_checks("TCP_CHECK { connect_timeout 1 }"))


@scenario(
    "keepalived asks for a page over TLS, every second",
    ends("none", each=True, status="ok", stage="established"),
    needs=KEEPALIVED + ("nginx",),
)
def health_check_keepalived_page(lab):
    lab.serve(nginx_server())
    check(lab, keepalived_checks("SSL_GET { url { path / status_code 200 } connect_timeout 1 }"))
