"""What looks like a device on the path and is none: scans, health checks, impatient clients, firewalls that say no for the host."""
from ..pki import NAME
from ..programs import actor_server, nmap, openssl_client, openssl_server, python_script
from ..scenario import ends, fails, scenario, works


@scenario(
    "A connect scan: handshake and reset, port after port (nmap -sT)",
    fails("client", "tcp-open", "rst", "client", each=True, sni="-", status="not-tls"),
    needs=("nmap",),
)
def connect_scan_nmap(lab):
    lab.serve(openssl_server())
    lab.connect(nmap("-sT", "--unprivileged", ports="8440-8446"))


@scenario(
    "A connect scan in Python: six connections that are reset at once",
    fails("client", "tcp-open", "rst", "client", each=True, sni="-"),
)
def connect_scan(lab):
    lab.serve(actor_server("silent"))
    lab.connect(
        python_script(
            """
for _ in range(6):
    one = socket.create_connection((HOST, PORT), 2)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
    time.sleep(0.05)
"""
        )
    )


@scenario(
    "A half-open scan: SYN, SYN, ACK, and a reset by the client's kernel (nmap -sS)",
    fails("client", "syn|tcp-open", "rst", "client", each=True, sni="-", status="not-tls"),
    needs=("nmap",),
)
def half_open_scan_nmap(lab):
    lab.serve(openssl_server())
    lab.connect(nmap("-sS", ports="8440-8446"))


@scenario(
    "Half-open probes in the manner of fast scanners: SYN without options, IP-ID 54321, from a raw socket",
    fails("client", "syn|tcp-open", "rst", "client", each=True, sni="-", status="not-tls"),
)
def half_open_scan_raw(lab):
    lab.serve(openssl_server())
    lab.connect(
        python_script(
            """
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)


def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total > 65535:
        total = (total & 65535) + (total >> 16)
    return ~total & 65535


for number in range(6):
    source, target = socket.inet_aton(CLIENT), socket.inet_aton(HOST)
    fields = (40000 + number, PORT, 1000 * number + 7, 0, 0x5002, 65535, 0, 0)
    tcp = struct.pack(">HHIIHHHH", *fields)
    pseudo = source + target + struct.pack(">HH", 6, len(tcp))
    tcp = struct.pack(">HHIIHHHH", *fields[:6], checksum(pseudo + tcp), 0)
    raw.sendto(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, 54321, 0, 255, 6, 0, source, target) + tcp, (HOST, 0))
    time.sleep(0.05)
time.sleep(0.3)
"""
        )
    )


def checks(lab, ending):
    lab.serve(openssl_server())
    lab.connect(
        python_script(
            f"""
for _ in range(4):
    one = socket.socket()
    one.settimeout(2)
    {ending}
    time.sleep(0.5)
"""
        )
    )


@scenario(
    "Health checks that open TCP and reset it, every half second",
    fails("client", "tcp-open", "rst", "client", each=True, sni="-", status="not-tls"),
)
def health_check_reset(lab):
    checks(
        lab,
        'one.connect((HOST, PORT)); one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); one.close()',
    )


@scenario(
    "Health checks that open TCP and close it, every half second",
    ends("client", status="not-tls", stage="tcp-open", ended_by="fin", apparent_sender="client", each=True, sni="-"),
)
def health_check_fin(lab):
    checks(lab, "one.connect((HOST, PORT)); one.close()")


@scenario(
    "Health checks without the last ACK (TCP_QUICKACK off, as HAProxy does): SYN, SYN, ACK, RST, ACK",
    fails("client", "tcp-open|syn", "rst", "client", each=True, sni="-", status="not-tls"),
)
def health_check_no_ack(lab):
    checks(
        lab,
        "one.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0); one.connect((HOST, PORT)); "
        'one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); one.close()',
    )


@scenario(
    "Happy eyeballs: IPv6 is opened first and wins, the IPv4 attempt is dropped when it is answered",
    ends(
        "none",
        flows=(
            dict(status="ok", stage="established", sni=NAME),
            dict(stage="syn|tcp-open", ended_by="rst", apparent_sender="client", sni="-"),
        ),
    ),
    path="delay server 40ms",
)
def happy_eyeballs_loser(lab):
    lab.serve(openssl_server())
    lab.connect(
        python_script(
            """
first = socket.socket(socket.AF_INET6)
first.setblocking(False)
first.connect_ex(("2001:db8:5::80", PORT))
time.sleep(0.06)
second = socket.socket()
second.setblocking(False)
second.connect_ex((HOST, PORT))
select.select([], [first], [], 2)
second.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
second.close()
first.setblocking(True)
context = ssl.create_default_context(cafile="rootCA.crt")
tls = context.wrap_socket(first, server_hostname=NAME)
tls.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
while tls.recv(4096):
    pass
tls.close()
"""
        )
    )


@scenario("The client cancels while the handshake is under way", fails("client", "client-hello", "rst", "client"))
def client_cancels(lab):
    lab.serve(actor_server("silent"))
    lab.connect(
        python_script(
            """
context = ssl.create_default_context(cafile="rootCA.crt")
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname=NAME)
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    pass
one = socket.create_connection((HOST, PORT), 5)
one.sendall(outgoing.read())
time.sleep(0.3)
one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
one.close()
"""
        )
    )


@scenario("A reset after both sides have closed is ordinary clean-up", works("1.3|1.2", sni=NAME))
def rst_after_fin(lab):
    lab.serve(actor_server("slow-talker"))
    lab.connect(
        python_script(
            """
context = ssl.create_default_context(cafile="rootCA.crt")
tls = context.wrap_socket(socket.create_connection((HOST, PORT), 5), server_hostname=NAME)
tls.sendall(b"x")
tls.recv(100)
tls.shutdown(socket.SHUT_WR)
time.sleep(0.1)
tls.close()
time.sleep(0.5)
"""
        )
    )


@scenario(
    "The server's own firewall says no with a reset (iptables REJECT on the host): like refused by the server",
    fails("server", "syn", "rst", "server"),
    needs=("iptables",),
)
def host_firewall_reject(lab):
    lab.serve(openssl_server())
    lab.on_server("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "8443", "-j", "REJECT", "--reject-with", "tcp-reset")
    lab.connect(openssl_client())


@scenario("The server's own firewall says no with ICMP port unreachable", fails("server", "syn", "icmp"), needs=("iptables",))
def host_firewall_icmp(lab):
    lab.serve(openssl_server())
    lab.on_server(
        "iptables", "-A", "INPUT", "-p", "tcp", "--dport", "8443", "-j", "REJECT", "--reject-with", "icmp-port-unreachable"
    )
    lab.connect(openssl_client(seconds=4))


@scenario(
    "A server that takes clients by their name and resets the others: in time and TTL it is the server itself",
    fails(
        "server",
        "client-hello",
        "rst",
        "server",
        flows=(
            dict(sni="other.example.net"),
            dict(status="ok", stage="established", ended_by="fin", apparent_sender="client|server", sni=NAME),
        ),
    ),
)
def server_resets_unknown_name(lab):
    lab.serve(actor_server("reset-unless-named"))
    lab.connect(openssl_client(name="other.example.net"))
    lab.connect(openssl_client(name=NAME))


@scenario(
    "The client stands behind a router with address translation; both ends see an ordinary handshake",
    works("1.3", sni=NAME),
    router="iptables -t nat -A POSTROUTING -o r1 -j MASQUERADE",
    needs=("iptables",),
)
def nat_in_front(lab):
    lab.serve(openssl_server())
    lab.connect(openssl_client())
