"""Mutual TLS: the client's certificate is asked for, and is right, missing, unknown, expired, of the wrong kind."""
from ..programs import (
    DEMAND_CLIENT_CERTIFICATE,
    curl,
    gnutls_client,
    gnutls_server,
    openssl_client,
    openssl_server,
    with_client_certificate,
)
from ..scenario import add, fails, works

VERSIONS = (("13", "1.3", ()), ("12", "1.2", ("-tls1_2",)))


def put(name, sentence, truth, server, client, **more):
    def play(lab):
        lab.serve(server)
        lab.connect(client)

    add(name, sentence, truth, play, "mtls", **more)


def refused(version, code):
    """In TLS 1.2 the server's alert can be read; in 1.3 it is encrypted and comes after the client believes to be done."""
    if version == "1.2":
        return fails(
            "server",
            "client-finish",
            "alert",
            "server",
            alert=f"server:{code}",
            version="1.2",
            cause_from=("client", "server", "path"),
        )
    return fails("server", "client-finish|established", "alert|fin|rst", "server|client", version="1.3", alert="-")


for short, version, option in VERSIONS:
    demanding = openssl_server(*option, *DEMAND_CLIENT_CERTIFICATE)
    put(
        f"mtls-ok-{short}",
        f"The client's certificate is accepted, TLS {version}",
        works(version),
        demanding,
        openssl_client(*with_client_certificate("client")),
        keylog=True,
    )
    put(
        f"mtls-ok-ecdsa-{short}",
        f"An ECDSA client certificate is accepted, TLS {version}",
        works(version),
        demanding,
        openssl_client(*with_client_certificate("clientec")),
    )
    put(
        f"mtls-none-{short}",
        f"The client has no certificate, TLS {version}, OpenSSL server",
        refused(version, 40),
        demanding,
        openssl_client(),
    )
    put(f"mtls-none-curl-{short}", f"curl has no certificate, TLS {version}", refused(version, 40), demanding, curl())
    put(
        f"mtls-unknown-ca-{short}",
        f"The client's certificate is of an unknown authority, TLS {version}",
        refused(version, 48),
        demanding,
        openssl_client(*with_client_certificate("clientother")),
    )
    put(
        f"mtls-expired-{short}",
        f"The client's certificate has expired, TLS {version}",
        refused(version, 45),
        demanding,
        openssl_client(*with_client_certificate("clientexpired")),
    )
    put(
        f"mtls-wrong-purpose-{short}",
        f"The client's certificate is one for servers, TLS {version}",
        refused(version, 43),
        demanding,
        openssl_client(*with_client_certificate("clientwrongeku")),
    )
    put(
        f"mtls-optional-{short}",
        f"A certificate is asked for and not insisted on, TLS {version}",
        works(version),
        openssl_server(*option, "-CAfile", "clientCA.crt", "-verify", "5"),
        openssl_client(),
    )
    priority = ("--priority", "NORMAL:-VERS-TLS1.3") if option else ()
    put(
        f"mtls-none-gnutls-{short}",
        f"The client has no certificate, TLS {version}, GnuTLS server",
        fails("server", "client-finish|established", "alert|fin|rst", "server|client", version=version),
        gnutls_server(*priority, "--x509cafile", "clientCA.crt", "--require-client-cert"),
        openssl_client(),
        needs=("gnutls-serv",),
    )
    put(
        f"mtls-gnutls-client-{short}",
        f"GnuTLS on both sides with a client certificate, TLS {version}",
        works(version),
        gnutls_server(*priority, "--x509cafile", "clientCA.crt", "--require-client-cert"),
        gnutls_client("--x509certfile", "client.crt", "--x509keyfile", "client.key"),
        needs=("gnutls-serv",),
    )
