"""TLS that begins inside another protocol, or does not begin: STARTTLS, proxies, the wrong protocol on a port."""
from ..network import SERVER
from ..pki import NAME
from ..programs import actor_server, curl, openssl_client, openssl_server
from ..scenario import add, ends, fails, scenario, works

MAIL = "mail.example.com"


def mail_client(**more):
    return openssl_client(
        "-starttls",
        "smtp",
        "-name",
        "client.example.com",
        port=25,
        name=MAIL,
        send=b"EHLO client.example.com\r\nQUIT\r\n",
        **more,
    )


PORTS = {
    "imap": 143,
    "pop3": 110,
    "ftp": 21,
    "nntp": 119,
    "sieve": 4190,
    "lmtp": 24,
    "xmpp": 5222,
    "ldap": 389,
    "postgres": 5432,
    "mysql": 3306,
}


def put_starttls(protocol, port, refuse):
    def play(lab):
        lab.serve(actor_server("starttls", "--protocol", protocol, *(("--refuse",) if refuse else ()), port=port))
        lab.connect(openssl_client("-starttls", protocol, port=port, seconds=4.0))

    if refuse:
        truth = ends("server", stage="tcp-open|client-hello", version="-")
        add(f"starttls-{protocol}-refused", f"{protocol.upper()} refuses TLS", truth, play, "starttls_proxy", port=port)
    else:
        add(
            f"starttls-{protocol}", f"{protocol.upper()} with STARTTLS", works("1.3", sni=NAME), play, "starttls_proxy", port=port
        )


for one in PORTS.items():
    put_starttls(*one, refuse=False)
    put_starttls(*one, refuse=True)


@scenario("SMTP with STARTTLS", works("1.3", sni=MAIL), port=25)
def smtp_starttls(lab):
    lab.serve(actor_server("smtp", port=25))
    lab.connect(mail_client())


@scenario(
    "SMTP refuses STARTTLS; the client sends its ClientHello all the same",
    fails("server", "tcp-open|client-hello", "fin|alert|rst", "client|server", status="failed|not-tls"),
    port=25,
)
def smtp_starttls_refused(lab):
    lab.serve(actor_server("smtp", "--refuse", port=25))
    lab.connect(mail_client())


def behind(lab, role, port, *options):
    lab.serve(openssl_server())
    lab.serve(actor_server(role, *options, port=port))


@scenario("TLS through an HTTP proxy (CONNECT)", works("1.3", sni=NAME), port=3128, needs=("curl",))
def connect_proxy(lab):
    behind(lab, "connect-proxy", 3128)
    lab.connect(curl("-x", f"http://{SERVER}:3128"))


@scenario(
    "The HTTP proxy wants a password (407)",
    ends("server", status="not-tls|failed", stage="tcp-open", sni="-"),
    port=3128,
    needs=("curl",),
)
def connect_proxy_refuses(lab):
    lab.serve(actor_server("connect-proxy", "--refuse", port=3128))
    lab.connect(curl("-x", f"http://{SERVER}:3128"))


@scenario("TLS through a SOCKS5 proxy", works("1.3", sni=NAME), port=1080, needs=("curl",))
def socks5_proxy(lab):
    behind(lab, "socks5-proxy", 1080)
    lab.connect(curl("--socks5-hostname", f"{SERVER}:1080"))


@scenario(
    "The SOCKS5 proxy does not allow the connection",
    ends("server", status="not-tls|failed", stage="tcp-open", sni="-"),
    port=1080,
    needs=("curl",),
)
def socks5_refused(lab):
    lab.serve(actor_server("socks5-proxy", "--refuse", port=1080))
    lab.connect(curl("--socks5-hostname", f"{SERVER}:1080"))


@scenario("TLS to a server that speaks plain HTTP", fails("server", "client-hello", "alert|fin|rst", "client|server", sni=NAME))
def tls_to_http(lab):
    lab.serve(actor_server("plain-http"))
    lab.connect(openssl_client())


@scenario(
    "Plain HTTP to a server that speaks TLS", ends("client", status="not-tls|failed", stage="tcp-open", sni="-"), needs=("curl",)
)
def http_to_tls(lab):
    lab.serve(openssl_server())
    lab.connect(curl(url=f"http://{NAME}:8443/"))


@scenario("TLS to a server that greets as SSH does", fails("server", "client-hello", "alert|fin|rst", "client|server", sni=NAME))
def tls_to_ssh(lab):
    lab.serve(actor_server("banner"))
    lab.connect(openssl_client())
