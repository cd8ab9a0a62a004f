"""Hellos that no program at hand sends, written byte by byte (players/hellos.py): how real peers answer them."""
from ..pki import NAME
from ..programs import byte_client, byte_server, openssl_client, openssl_server
from ..scenario import add, fails

BOTH = ("client", "server", "path")


def put_sent(name, kind, sentence, truth, server=openssl_server()):
    def play(lab):
        lab.serve(server)
        lab.connect(byte_client(kind))

    add(name, sentence, truth, play, "hellos")


def put_answered(name, kind, sentence, truth, *options):
    def play(lab):
        lab.serve(byte_server(kind))
        lab.connect(openssl_client(*options))

    add(name, sentence, truth, play, "hellos")


def left(version="1.3", **more):
    """The server answers; the client, which can only write, goes."""
    return fails("client", "server-flight", "fin|rst", "client", version=version, **more)


def refused(codes, **more):
    alert = "|".join(f"server:{code}" for code in codes.split("|"))
    return fails("server", "client-hello", "alert", "server", alert=alert, cause_from=BOTH, **more)


def given_up(codes, **more):
    alert = "|".join(f"client:{code}" for code in codes.split("|"))
    return fails("client", "client-hello|server-flight", "alert", "client", alert=alert, cause_from=BOTH, **more)


put_sent("hello-grease", "grease", "Values that mean nothing (GREASE) all over the ClientHello; the server ignores them", left(sni=NAME))
put_sent(
    "hello-encrypted",
    "encrypted-hello",
    "An encrypted ClientHello: the name that can be read is the public one",
    left(sni="public.example.com"),
)
put_sent(
    "hello-post-quantum",
    "post-quantum",
    "A post-quantum key share makes the ClientHello two packets long; the server takes the other share",
    left(sni=NAME),
)
put_sent("hello-extension-twice", "twice", "An extension stands twice in the ClientHello", refused("47|50", sni=NAME))
put_sent("hello-of-the-future", "future", "The ClientHello offers only a version that does not exist yet", refused("70", sni=NAME))
put_sent(
    "hello-ssl2-form",
    "ssl2",
    "A ClientHello in the form of SSL 2, for TLS 1.2",
    left("1.2", sni="-"),
    openssl_server("-tls1_2", "-cipher", "ALL:@SECLEVEL=0"),
)
put_answered(
    "hello-retry-again",
    "retry-again",
    "The server asks for another key share a second time",
    given_up("10|47", sni=NAME),
    "-groups",
    "X25519:P-256",
)
put_answered(
    "hello-retry-for-nothing",
    "retry-for-nothing",
    "The server asks for a key share that was there",
    given_up("47", sni=NAME),
    "-groups",
    "X25519:P-256",
)
put_answered(
    "downgrade-mark",
    "downgrade",
    "The server chooses TLS 1.2 and marks that it knows 1.3: something took that out of the ClientHello, or the server is broken",
    given_up("47", sni=NAME),
)
