"""How each client and server is started. A new stack is a new function here that returns a Program.

Every program runs in a folder that holds the files of pki.py, so that options name them plainly.
"""
import dataclasses
import pathlib
import sys

from .network import CLIENT, SERVER, SERVER6
from .pki import NAME

PORT = 8443
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
PYTHON = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else sys.executable
ACTORS = str(pathlib.Path(__file__).resolve().parent / "actors.py")


@dataclasses.dataclass(frozen=True)
class Program:
    stack: str  # "openssl", "gnutls", "curl", "python", ...
    argv: tuple
    port: int = PORT  # of a server: ready when it listens here
    send: bytes = b""  # to its standard input at once; the input stays open until it ends
    later: tuple = ()  # (seconds, bytes): more input, after a pause each
    close_input_after: float = None  # seconds; None: not before it ends
    seconds: float = 6.0  # a client that takes longer is ended
    environment: dict = dataclasses.field(default_factory=dict)
    kill: bool = False  # ... with SIGKILL


def make_program(stack, *argv, **more):
    return Program(stack, tuple(str(word) for word in argv), **more)


# OpenSSL


def openssl_server(*options, certificate="server", chain=True, page=True, port=PORT):
    """-www answers every request with a page and closes."""
    chain_options = ("-cert_chain", "intCA.crt") if chain else ()
    return make_program(
        "openssl",
        "openssl",
        "s_server",
        "-accept",
        port,
        "-cert",
        certificate + ".crt",
        "-key",
        certificate + ".key",
        *chain_options,
        *(("-www",) if page else ("-quiet",)),
        *options,
        port=port,
    )


def openssl_client(*options, host=SERVER, port=PORT, name=NAME, authority="rootCA.crt", verify=False, send=REQUEST, **more):
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    naming = ("-servername", name) if name else ("-noservername",)
    strict = ("-verify_return_error", "-verify_hostname", name) if verify else ()
    return make_program(
        "openssl",
        "openssl",
        "s_client",
        "-connect",
        target,
        *naming,
        "-CAfile",
        authority,
        "-quiet",
        *strict,
        *options,
        send=send,
        **more,
    )


def openssl_terminal(*later, options=()):
    """s_client as at a terminal, where a line of one letter is a command: R renegotiate, k renew keys, Q leave."""
    return make_program(
        "openssl",
        "openssl",
        "s_client",
        "-connect",
        f"{SERVER}:{PORT}",
        "-servername",
        NAME,
        "-CAfile",
        "rootCA.crt",
        *options,
        later=later,
    )


def with_client_certificate(name):
    return ("-cert", name + ".crt", "-key", name + ".key")


DEMAND_CLIENT_CERTIFICATE = ("-CAfile", "clientCA.crt", "-Verify", "5", "-verify_return_error")


# GnuTLS


def gnutls_server(*options, certificate="server"):
    return make_program(
        "gnutls",
        "gnutls-serv",
        "--port",
        PORT,
        "--x509certfile",
        certificate + ".chain",
        "--x509keyfile",
        certificate + ".key",
        "--http",
        "--quiet",
        *options,
    )


def gnutls_client(*options, authority="rootCA.crt", name=NAME, **more):
    return make_program(
        "gnutls",
        "gnutls-cli",
        "--port",
        PORT,
        "--x509cafile",
        authority,
        "--sni-hostname",
        name,
        "--verify-hostname",
        name,
        *options,
        SERVER,
        send=REQUEST,
        **more,
    )


# curl


def curl(*options, url=None, authority="rootCA.crt", name=NAME, port=PORT, seconds=5.0, address=SERVER):
    resolve = ("--resolve", f"{name}:{port}:{address}")
    return make_program(
        "curl",
        "curl",
        "--silent",
        "--show-error",
        "--output",
        "page",
        "--max-time",
        seconds,
        "--cacert",
        authority,
        *resolve,
        *options,
        url or f"https://{name}:{port}/",
        seconds=seconds + 2,
    )


# Python, by the roles of actors.py


def actor_server(role, *options, port=PORT, certificate="server", host="0.0.0.0"):
    return make_program(
        "python",
        PYTHON,
        "-B",
        ACTORS,
        role,
        "--host",
        host,
        "--port",
        port,
        "--certificate",
        certificate + ".chain",
        "--key",
        certificate + ".key",
        *options,
        port=port,
    )


def actor_client(role, *options, host=SERVER, port=PORT, authority="rootCA.crt", name=NAME, **more):
    return make_program(
        "python",
        PYTHON,
        "-B",
        ACTORS,
        role,
        "--host",
        host,
        "--port",
        port,
        "--authority",
        authority,
        "--name",
        name,
        *options,
        **more,
    )


def python_script(text, *arguments, stack="python", **more):
    """A few lines of Python of the scenario's own; HOST, PORT, NAME and CLIENT are set in them."""
    head = f"import os, select, signal, socket, ssl, struct, sys, time\nHOST, PORT, NAME, CLIENT = {SERVER!r}, {PORT}, {NAME!r}, {CLIENT!r}\n"
    return make_program(stack, PYTHON, "-B", "-c", head + text, *arguments, **more)


# Bytes and frames of our own making (players/)

PLAYERS = pathlib.Path(__file__).resolve().parent / "players"


def byte_client(kind, *, name=NAME):
    return make_program("python", PYTHON, "-B", PLAYERS / "hellos.py", "send", kind, "--port", PORT, "--name", name)


def byte_server(kind):
    return make_program("python", PYTHON, "-B", PLAYERS / "hellos.py", "answer", kind, "--port", PORT)


def frames(kind, interface, below, address):
    """The command line of a link in user space."""
    return [PYTHON, "-B", str(PLAYERS / "frames.py"), kind, interface, below, address]


# Scanners


def nmap(*options, ports=str(PORT), **more):
    return make_program("nmap", "nmap", "-n", "-Pn", *options, "-p", ports, SERVER, **{"seconds": 20.0, **more})


HOSTS = {"v4": SERVER, "v6": SERVER6}
