"""Handshakes that work, and those that the two ends refuse each other: versions, suites, groups, names, certificates."""
from ..network import SERVER6
from ..pki import NAME, OTHER_NAME
from ..programs import (
    actor_client,
    actor_server,
    curl,
    gnutls_client,
    gnutls_server,
    openssl_client,
    openssl_server,
    openssl_terminal,
)
from ..scenario import add, ends, fails, scenario, works

TOPIC = "tls"
BOTH = ("client", "server", "path")
ANY_SUITE = "ALL:@SECLEVEL=0"


def talk(server, client):
    def play(lab):
        lab.serve(server)
        lab.connect(client)

    return play


def put(name, sentence, truth, server, client, **more):
    add(name, sentence, truth, talk(server, client), TOPIC, **more)


# 1-6: what works

for number, suite in enumerate(("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"), 1):
    short = suite.removeprefix("TLS_").lower().replace("_", "-")
    put(
        f"tls13-{short}",
        f"TLS 1.3 with {suite}",
        works("1.3", sni=NAME, resumed="false"),
        openssl_server("-tls1_3", "-ciphersuites", suite),
        openssl_client(verify=True),
        keylog=True,
    )
for short, suite in (
    ("gcm", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("chacha", "ECDHE-RSA-CHACHA20-POLY1305"),
    ("cbc", "ECDHE-RSA-AES128-SHA256"),
    ("ccm", "DHE-RSA-AES128-CCM"),
    ("ccm8", "DHE-RSA-AES128-CCM8"),
    ("dhe", "DHE-RSA-AES256-GCM-SHA384"),
    ("rsa-key-exchange", "AES128-GCM-SHA256"),
):
    put(
        f"tls12-{short}",
        f"TLS 1.2 with {suite}",
        works("1.2", sni=NAME),
        openssl_server("-tls1_2", "-cipher", suite + ":@SECLEVEL=0"),
        openssl_client("-cipher", ANY_SUITE, verify=True),
        keylog=True,
    )
put(
    "tls13-alpn",
    "TLS 1.3 with ALPN",
    works("1.3"),
    openssl_server("-tls1_3", "-alpn", "h2"),
    openssl_client("-alpn", "h2,http/1.1", verify=True),
)
put(
    "tls12-cbc-mac-then-encrypt",
    "TLS 1.2, GnuTLS without encrypt-then-MAC",
    works("1.2"),
    gnutls_server("--priority", "NORMAL:%NO_ETM:-VERS-TLS1.3:-ECDHE-ECDSA:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1"),
    openssl_client("-cipher", ANY_SUITE, verify=True),
    needs=("gnutls-serv",),
)
put(
    "tls11",
    "TLS 1.1 with old settings on both sides",
    works("1.1"),
    openssl_server("-cipher", ANY_SUITE),
    openssl_client("-tls1_1", "-cipher", ANY_SUITE),
)
put(
    "tls13-ecdsa",
    "TLS 1.3 with an ECDSA certificate",
    works("1.3"),
    openssl_server(certificate="serverec"),
    openssl_client(verify=True),
)
put(
    "tls13-gnutls",
    "TLS 1.3, GnuTLS on both sides",
    works("1.3", sni=NAME),
    gnutls_server(),
    gnutls_client(),
    needs=("gnutls-serv",),
)
put(
    "tls12-gnutls",
    "TLS 1.2, GnuTLS on both sides",
    works("1.2", sni=NAME),
    gnutls_server(),
    gnutls_client("--priority", "NORMAL:-VERS-TLS1.3"),
    needs=("gnutls-serv",),
)
put("tls13-curl", "TLS 1.3, curl", works("1.3", sni=NAME), openssl_server(), curl(), needs=("curl",))
put("tls13-python", "TLS 1.3, Python's ssl", works("1.3", sni=NAME), openssl_server(), actor_client("pause-before-hello"))
put("tls13-ipv6", "TLS 1.3 over IPv6", works("1.3", sni=NAME), openssl_server(), openssl_client(host=SERVER6, verify=True))
put(
    "hello-retry",
    "The server asks for another key share (HelloRetryRequest)",
    works("1.3"),
    openssl_server("-groups", "P-384"),
    openssl_client("-groups", "X25519:P-384", verify=True),
)
put(
    "no-sni",
    "The client sends no server name and is served by the default certificate",
    works("1.3", sni="-"),
    openssl_server(),
    openssl_client(name=None),
)

# 7-15: the client rejects the server's certificate


def rejects(code, version="1.3", **more):
    return fails("client", "server-flight", "alert", "client", alert=f"client:{code}", version=version, cause_from=BOTH, **more)


# OpenSSL and curl (which uses it here), TLS 1.2 and 1.3
for version, option in (("1.3", ()), ("1.2", ("-tls1_2",))):
    short = version.replace(".", "")
    put(
        f"unknown-ca-{short}",
        f"Unknown authority, TLS {version}, openssl",
        rejects(48, version),
        openssl_server(*option),
        openssl_client(authority="otherCA.crt", verify=True),
    )
    put(
        f"unknown-ca-{short}-curl",
        f"Unknown authority, TLS {version}, curl",
        rejects(48, version),
        openssl_server(*option),
        curl(authority="otherCA.crt"),
    )
    put(
        f"unknown-ca-{short}-python",
        f"Unknown authority, TLS {version}, Python",
        rejects(48, version),
        openssl_server(*option),
        actor_client("pause-before-hello", authority="otherCA.crt"),
    )
    put(
        f"wrong-hostname-{short}-python",
        f"The certificate is for another name, TLS {version}, Python",
        rejects(42, version, sni=OTHER_NAME),
        openssl_server(*option),
        actor_client("pause-before-hello", name=OTHER_NAME),
    )
    put(
        f"wrong-hostname-{short}",
        f"The certificate is for another name, TLS {version}, openssl",
        rejects(42, version, sni=OTHER_NAME),
        openssl_server(*option),
        openssl_client(name=OTHER_NAME, verify=True),
    )
    put(
        f"self-signed-{short}",
        f"A self-signed certificate, TLS {version}",
        rejects(48, version),
        openssl_server(*option, certificate="selfsigned", chain=False),
        openssl_client(verify=True),
    )
    put(
        f"expired-{short}",
        f"An expired certificate, TLS {version}",
        rejects(45, version),
        openssl_server(*option, certificate="expired"),
        openssl_client(verify=True),
    )
    put(
        f"not-yet-valid-{short}",
        f"A certificate that is not valid yet, TLS {version}",
        rejects(42, version),
        openssl_server(*option, certificate="notyet"),
        openssl_client(verify=True),
    )
    put(
        f"missing-intermediate-{short}",
        f"The server does not send the intermediate, TLS {version}",
        rejects(48, version),
        openssl_server(*option, chain=False),
        openssl_client(verify=True),
    )
    put(
        f"weak-rsa-1024-{short}",
        f"A 1024-bit RSA key, TLS {version}",
        rejects("42|client:46|client:47|client:40", version),
        openssl_server(*option, "-cipher", "DEFAULT@SECLEVEL=0", certificate="weak1024"),
        openssl_client(verify=True),
    )
# curl checks the name after the handshake: TLS is complete, then it hangs up.
for version, option in (("1.3", ()), ("1.2", ("-tls1_2",))):
    put(
        f"wrong-hostname-{version.replace('.', '')}-curl",
        f"The certificate is for another name, TLS {version}, curl: complete, then closed without a request",
        ends("client", sni=OTHER_NAME, version=version, alert="-|client:42"),
        openssl_server(*option),
        curl(name=OTHER_NAME),
    )
put(
    "unknown-ca-gnutls-13",
    "Unknown authority, TLS 1.3, GnuTLS: an encrypted alert",
    fails("client", "server-flight|client-finish", "alert|fin", "client", version="1.3", alert="-"),
    gnutls_server(),
    gnutls_client(authority="otherCA.crt"),
    needs=("gnutls-serv",),
)
put(
    "unknown-ca-gnutls-12",
    "Unknown authority, TLS 1.2, GnuTLS",
    fails("client", "server-flight|client-finish", "alert|fin", "client", version="1.2"),
    gnutls_server("--priority", "NORMAL:-VERS-TLS1.3"),
    gnutls_client(authority="otherCA.crt"),
    needs=("gnutls-serv",),
)

# 24-32: the server refuses the hello


def refuses(code, **more):
    return fails("server", "client-hello", "alert", "server", alert=f"server:{code}", cause_from=BOTH, **more)


put("version-too-low", "A TLS 1.3 server, a client of TLS 1.2", refuses(70), openssl_server("-tls1_3"), openssl_client("-tls1_2"))
put(
    "version-too-high",
    "A TLS 1.2 server, a client of TLS 1.3 only",
    refuses(70),
    openssl_server("-tls1_2"),
    openssl_client("-tls1_3"),
)
put(
    "no-common-suite-13",
    "No common cipher suite, TLS 1.3",
    refuses(40),
    openssl_server("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"),
    openssl_client("-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"),
)
put(
    "no-common-suite-12",
    "No common cipher suite, TLS 1.2",
    refuses(40),
    openssl_server("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
    openssl_client("-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"),
)
put(
    "no-common-group-13",
    "No common group, TLS 1.3: no retry is asked for",
    refuses(40),
    openssl_server("-tls1_3", "-groups", "P-521"),
    openssl_client("-tls1_3", "-groups", "X25519"),
)
put(
    "no-common-group-12",
    "No common group, TLS 1.2",
    refuses(40),
    openssl_server("-tls1_2", "-groups", "P-521", "-cipher", "ECDHE"),
    openssl_client("-tls1_2", "-groups", "X25519", "-cipher", "ECDHE"),
)
put(
    "no-signature-algorithm",
    "No common signature algorithm",
    refuses(40),
    openssl_server(),
    openssl_client("-sigalgs", "ECDSA+SHA256"),
)
put(
    "alpn-mismatch",
    "No common application protocol",
    refuses(120),
    openssl_server("-alpn", "h2"),
    openssl_client("-alpn", "imap"),
)
put(
    "sni-unrecognized-fatal",
    "The server does not know the name and says so",
    refuses(112, sni=OTHER_NAME),
    openssl_server("-servername", NAME, "-servername_fatal", "-cert2", "server.crt", "-key2", "server.key"),
    openssl_client(name=OTHER_NAME),
)
put(
    "sni-unrecognized-warning",
    "The server does not know the name, warns, and goes on",
    works("1.2", sni=OTHER_NAME, alert="server:112|-"),
    openssl_server("-tls1_2", "-servername", NAME, "-cert2", "server.crt", "-key2", "server.key"),
    openssl_client(name=OTHER_NAME),
)
put(
    "fallback-scsv",
    "A fallback to TLS 1.2 that was not needed",
    refuses(86),
    openssl_server(),
    openssl_client("-fallback_scsv", "-tls1_2"),
)
put(
    "no-sni-refused",
    "A server that insists on a name refuses a client without one",
    refuses(112, sni="-"),
    actor_server("insist-on-name"),
    openssl_client(name=None),
)
put(
    "server-internal-error",
    "The server cannot make the OCSP answer it was asked for",
    refuses("80", version="-|1.3"),
    openssl_server("-status_file", "/dev/null", page=False),
    openssl_client("-status"),
)

# 55, 56, 60, 64, 69


@scenario("The client asks for a new handshake and the server declines (TLS 1.2)", works("1.2"))
def renegotiation_refused(lab):
    lab.serve(openssl_server("-tls1_2", "-no_renegotiation", page=False))
    lab.connect(openssl_terminal((0.5, b"R\n"), (0.5, b"Q\n")))


@scenario("The client renews its keys (KeyUpdate, TLS 1.3)", works("1.3"))
def key_update(lab):
    lab.serve(openssl_server(page=False))
    lab.connect(openssl_terminal((0.5, b"k\n"), (0.5, b"Q\n")))


@scenario(
    "The client connects, completes the handshake and leaves without a request",
    ends("client", status="ok", stage="established", version="1.3"),
)
def client_leaves_without_request(lab):
    lab.serve(openssl_server(page=False))
    lab.connect(openssl_client("-no_ign_eof", send=b"", close_input_after=0.3))


@scenario("A certificate chain of more than 14 kB needs more than the first flight", works("1.3"))
def long_chain(lab):
    lab.file(
        "chain.pem", b"".join((lab.work / f"{name}.crt").read_bytes() for name in ("intCA", "rootCA", "clientCA", "otherCA") * 4)
    )
    lab.serve(openssl_server("-cert_chain", "chain.pem", chain=False))
    lab.connect(openssl_client())


@scenario("The server stands still for 800 ms after the ClientHello and then goes on", works("1.3"))
def slow_server(lab):
    server = lab.serve(openssl_server())
    lab.stop(server)
    client = lab.start(openssl_client(verify=True))
    lab.pause(0.8)
    lab.resume(server)
    client.wait(5)


@scenario("The client needs 700 ms to check the server's certificate", works("1.3|1.2"))
def slow_client(lab):
    lab.serve(openssl_server())
    lab.connect(actor_client("split-hello", "--think", "0.7"))


@scenario("The client starts TLS 1.5 s after TCP was open", works("1.3"))
def pause_before_hello(lab):
    lab.serve(openssl_server())
    lab.connect(actor_client("pause-before-hello", "--pause", "1.5"))


@scenario("The client starts TLS a minute after TCP was open", works("1.3"), slow=True)
def pause_before_hello_minute(lab):
    lab.serve(openssl_server())
    lab.connect(actor_client("pause-before-hello", "--pause", "60", "--seconds", "70", seconds=70.0))


@scenario("The ClientHello is split into two packets by a small MTU on the client's route", works("1.3", sni=NAME))
def split_hello_by_mtu(lab):
    lab.on_client("ip", "route", "change", "198.51.100.0/24", "dev", "c0", "mtu", "lock", "280")
    lab.serve(openssl_server())
    lab.connect(openssl_client())


@scenario("A ClientHello whose every byte comes in a packet of its own", works("1.3", sni=NAME))
def hello_in_single_bytes(lab):
    lab.serve(openssl_server())
    lab.connect(actor_client("split-hello", "--pieces", "1000", seconds=30.0))


@scenario("A ClientHello of several kilobytes in three packets", works("1.3"))
def large_hello(lab):
    lab.serve(openssl_server())
    lab.connect(actor_client("split-hello", "--large"))


@scenario(
    "A server that reads once and takes the first piece of a split ClientHello for all of it",
    fails("server", "tcp-open|client-hello", "fin|rst", "server|client", status="failed|incomplete|not-tls"),
)
def split_hello_intolerant(lab):
    lab.serve(actor_server("read-once-and-close"))
    lab.connect(actor_client("split-hello", "--pieces", "3"))
