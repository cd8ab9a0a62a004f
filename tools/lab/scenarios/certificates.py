"""Certificates that are odd, revoked, or issued by somebody who looks into TLS."""
import dataclasses

from ..network import SERVER
from ..pki import INSPECTED, NAME, OTHER_NAME
from ..programs import actor_server, curl, gnutls_client, openssl_client, openssl_server
from ..scenario import add, ends, fails, scenario, works
from ..stacks import go_client

BOTH = ("client", "server", "path")
TLS12 = ("-tls1_2",)  # its certificates can be read


def rejects(codes="42|46|47|48", version="1.2", **more):
    alert = "|".join(f"client:{code}" for code in codes.split("|"))
    return fails("client", "server-flight", "alert", "client", alert=alert, version=version, cause_from=BOTH, **more)


def put(name, sentence, truth, server, client, files=None, **more):
    def play(lab):
        for file, parts in (files or {}).items():
            lab.file(file, b"".join((lab.work / f"{part}.crt").read_bytes() for part in parts))
        lab.serve(server)
        lab.connect(client)

    add(name, sentence, truth, play, "certificates", **more)


# 65: chains, names

put(
    "chain-in-wrong-order",
    "The server sends its chain in the wrong order, root before intermediate; OpenSSL sorts it out",
    works("1.2", sni=NAME),
    openssl_server(*TLS12, "-cert_chain", "chain.pem", chain=False),
    openssl_client(verify=True),
    files={"chain.pem": ("rootCA", "intCA")},
)
put(
    "chain-with-strangers",
    "The server's chain holds two certificates that have nothing to do with it",
    works("1.2", sni=NAME),
    openssl_server(*TLS12, "-cert_chain", "chain.pem", chain=False),
    openssl_client(verify=True),
    files={"chain.pem": ("otherCA", "intCA", "clientCA")},
)
put(
    "name-only-in-subject",
    "The certificate names the server in its subject only: OpenSSL takes it",
    works("1.2", sni=NAME),
    openssl_server(*TLS12, certificate="cnonly"),
    openssl_client(verify=True),
)
put(
    "name-only-in-subject-go",
    "The certificate names the server in its subject only: Go does not take it",
    rejects("42", sni=NAME),
    openssl_server(*TLS12, certificate="cnonly"),
    go_client(),
    needs=("go",),
)
put(
    "address-in-certificate",
    "The server is asked for by its address, which its certificate names; there is no server name",
    works("1.2", sni="-"),
    openssl_server(*TLS12),
    openssl_client("-verify_return_error", "-verify_ip", SERVER, name=None),
)
put(
    "address-not-in-certificate",
    "The server is asked for by its address, which its certificate does not name",
    rejects("42|46", sni="-"),
    openssl_server(*TLS12, certificate="wildcard"),
    openssl_client("-verify_return_error", "-verify_ip", SERVER, name=None),
)
for name, verdict in (("www.example.com", True), ("a.b.example.com", False), ("example.com", False)):
    put(
        f"wildcard-{name.replace('.', '-')}",
        f"A certificate for *.example.com and a client that asks for {name}",
        works("1.2", sni=name) if verdict else rejects("42", sni=name),
        openssl_server(*TLS12, certificate="wildcard"),
        openssl_client(name=name, verify=True),
    )
put(
    "name-outside-constraints",
    "The authority may only issue for example.org and issued for www.example.com",
    rejects(sni=NAME),
    openssl_server(*TLS12, "-cert_chain", "constrainedCA.crt", certificate="constrained", chain=False),
    openssl_client(verify=True),
)

# 58: OCSP answers stapled to the handshake


def staple(lab, certificate, revoked):
    """Writes answer.der, as the authority's own responder would answer for this certificate."""
    serial = lab.output_of("openssl", "x509", "-in", f"{certificate}.crt", "-noout", "-serial").strip().partition("=")[2]
    state = "R\t450101000000Z\t260101000000Z,keyCompromise" if revoked else "V\t450101000000Z\t"
    lab.file("states", f"{state}\t{serial}\tunknown\t/CN={NAME}\n".encode())
    responder = ("-index", "states", "-rsigner", "intCA.crt", "-rkey", "intCA.key", "-CA", "intCA.crt", "-ndays", "30")
    lab.run_in_work(
        "openssl", "ocsp", *responder, "-issuer", "intCA.crt", "-cert", f"{certificate}.crt", "-respout", "answer.der", "-noverify"
    )


def put_stapled(name, sentence, truth, client, version="1.2", revoked=True, **more):
    certificate = "revoked" if revoked else "server"
    option = TLS12 if version == "1.2" else ()

    def play(lab):
        staple(lab, certificate, revoked)
        lab.serve(openssl_server(*option, "-status_file", "answer.der", certificate=certificate))
        lab.connect(client)

    add(name, sentence, truth, play, "certificates", **more)


ASKING = openssl_client("-status", verify=True)
put_stapled("stapled-good-12", "A stapled OCSP answer says good, TLS 1.2", works("1.2", sni=NAME), ASKING, revoked=False)
put_stapled("stapled-good-13", "A stapled OCSP answer says good, TLS 1.3", works("1.3", sni=NAME), ASKING, "1.3", revoked=False)
put_stapled(
    "stapled-revoked-12",
    "A stapled OCSP answer says revoked, and the client does not mind (s_client only prints it), TLS 1.2",
    works("1.2", sni=NAME),
    ASKING,
)
put_stapled(
    "stapled-revoked-curl-12",
    "A stapled OCSP answer says revoked; curl looks at it when TLS is complete, and closes, TLS 1.2",
    ends("client", stage="established", sni=NAME, version="1.2"),
    curl("--cert-status"),
    needs=("curl",),
)
put_stapled(
    "stapled-revoked-gnutls-12",
    "A stapled OCSP answer says revoked; GnuTLS rejects the certificate, TLS 1.2",
    rejects("42|44|46", sni=NAME),
    gnutls_client("--priority", "NORMAL:-VERS-TLS1.3"),
    needs=("gnutls-cli",),
)

# 66: one authority issues what clients ask for


def inspect(lab, authority, verify=True):
    lab.serve(actor_server("issue-by-name", "--tls12", certificate="inspected1"))
    for name in INSPECTED:
        lab.connect(openssl_client(name=name, authority=authority, verify=verify))


def named(truth):
    return dataclasses.replace(truth, flows=tuple(dict(sni=name) for name in INSPECTED))


@scenario(
    "A device that looks into TLS issues certificates for four names, and the client trusts its authority",
    named(works("1.2")),
)
def inspection_trusted(lab):
    inspect(lab, "inspectionCA.crt")


@scenario(
    "A device that looks into TLS issues certificates for four names, and the client does not know its authority",
    named(rejects("48")),
)
def inspection_not_trusted(lab):
    inspect(lab, "rootCA.crt")


@scenario(
    "A certificate for another name and of an unknown authority: the client complains of one of both",
    rejects("42|48", sni=OTHER_NAME),
)
def two_faults(lab):
    lab.serve(openssl_server(*TLS12))
    lab.connect(openssl_client(name=OTHER_NAME, authority="otherCA.crt", verify=True))
