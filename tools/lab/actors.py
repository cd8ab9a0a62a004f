#!/usr/bin/env python3
"""Small servers and clients with the manners that OpenSSL's, GnuTLS's and curl's programs do not have.

    actors.py ROLE [options]

Servers serve one connection at a time until they are killed; clients do one thing and end.
"""
import argparse
import select
import socket
import ssl
import struct
import sys
import time


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def listen(args):
    server = socket.socket(family(args.host), socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((args.host, args.port))
    server.listen(8)
    while True:
        connection, _ = server.accept()
        yield connection


def connect(args):
    client = socket.socket(family(args.host), socket.SOCK_STREAM)
    client.settimeout(args.seconds)
    client.connect((args.host, args.port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def reset(connection):
    """Closes with a RST instead of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_record(connection):
    header = connection.recv(5, socket.MSG_WAITALL)
    if len(header) == 5:
        connection.recv(struct.unpack(">H", header[3:5])[0], socket.MSG_WAITALL)


def server_context(args):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(args.certificate, args.key)
    if args.tls12:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def client_context(args):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(args.authority)
    if args.tls12:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def relay(one, other):
    """Copies both ways until one side ends."""
    while True:
        for source in select.select([one, other], [], [])[0]:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


# Servers


def fin_after_hello(args):
    for connection in listen(args):
        read_record(connection)
        connection.close()


def rst_after_hello(args):
    for connection in listen(args):
        read_record(connection)
        reset(connection)


def fin_at_once(args):
    for connection in listen(args):
        connection.close()


def silent(args):
    held = []
    for connection in listen(args):
        held.append(connection)


def impatient(args):
    """TLS that waits --seconds for each part of the handshake and the request, then closes; --reset: with a RST."""
    for connection in listen(args):
        connection.settimeout(args.seconds)
        if args.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            with server_context(args).wrap_socket(connection, server_side=True) as tls:
                tls.recv(4096)
                tls.sendall(b"HTTP/1.0 200 OK\r\n\r\nthat was all\n")
                tls.unwrap()
        except OSError:
            connection.close()


def insist_on_name(args):
    """TLS with an alert for clients that send no server name."""
    def check(_tls, name, _context):
        return None if name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context = server_context(args)
    context.sni_callback = check
    for connection in listen(args):
        try:
            with context.wrap_socket(connection, server_side=True) as tls:
                tls.recv(4096)
        except OSError:
            connection.close()


def issue_by_name(args):
    """TLS with one certificate for each name that is asked for: inspected1 to inspected4, as pki.py made them."""
    contexts = {}
    for number in range(1, 5):
        args.certificate, args.key = f"inspected{number}.crt", f"inspected{number}.key"
        with open(args.certificate, encoding="ascii") as file:
            contexts[number] = (server_context(args), ssl.PEM_cert_to_DER_cert(file.read()))

    def choose(tls, name, _context):
        for context, text in contexts.values():
            if name and name.encode() in text:
                tls.context = context

    first = contexts[1][0]
    first.sni_callback = choose
    for connection in listen(args):
        try:
            with first.wrap_socket(connection, server_side=True) as tls:
                tls.recv(4096)
                tls.sendall(b"HTTP/1.0 200 OK\r\n\r\nthat was all\n")
                tls.unwrap()
        except OSError:
            connection.close()


def read_once_and_close(args):
    """Takes what one read gives for a whole ClientHello, and hangs up if it is not."""
    for connection in listen(args):
        first = connection.recv(65536)
        if len(first) >= 5 and len(first) >= 5 + struct.unpack(">H", first[3:5])[0]:
            time.sleep(1)
        connection.close()


def slow_talker(args):
    """Answers a request in pieces, one every 80 ms, whether or not anybody still listens."""
    for connection in listen(args):
        try:
            with server_context(args).wrap_socket(connection, server_side=True) as tls:
                tls.recv(4096)
                for _ in range(6):
                    tls.sendall(b"one more piece\n" * 10)
                    time.sleep(0.08)
        except OSError:
            connection.close()


def reset_unless_named(args):
    """Serves clients that ask for --name and resets the others before any answer."""
    for connection in listen(args):
        head = connection.recv(65536, socket.MSG_PEEK)
        if args.name.encode() not in head:
            reset(connection)
            continue
        with server_context(args).wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(b"HTTP/1.0 200 OK\r\n\r\nserved\n")
            tls.unwrap()


def plain_http(args):
    for connection in listen(args):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.close()


def banner(args):
    for connection in listen(args):
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        time.sleep(0.3)
        connection.close()


def no_goodbye(args):
    """Answers one request and closes TCP without a close_notify."""
    for connection in listen(args):
        with server_context(args).wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(b"HTTP/1.0 200 OK\r\n\r\nthat was all\n")


def smtp(args):
    """Just enough of RFC 5321 and RFC 3207 for one client; --refuse answers 454 to STARTTLS."""
    for connection in listen(args):
        lines = connection.makefile("rwb", buffering=0)
        encrypted = False
        lines.write(b"220 mail.example.com ESMTP\r\n")
        while True:
            command = lines.readline().strip().upper()
            if command.startswith(b"EHLO"):
                lines.write(b"250-mail.example.com\r\n" + (b"" if encrypted else b"250-STARTTLS\r\n") + b"250 SIZE 1000000\r\n")
            elif command == b"STARTTLS" and args.refuse:
                lines.write(b"454 4.7.0 TLS not available due to temporary reason\r\n")
            elif command == b"STARTTLS":
                lines.write(b"220 2.0.0 Ready to start TLS\r\n")
                lines.close()
                connection = server_context(args).wrap_socket(connection, server_side=True)
                lines = connection.makefile("rwb", buffering=0)
                encrypted = True
            elif command == b"QUIT":
                lines.write(b"221 2.0.0 Bye\r\n")
                break
            elif not command:
                break
            else:
                lines.write(b"502 5.5.2 Not implemented\r\n")
        lines.close()
        connection.close()


# (what is said first, [(what a client's turn contains, the answer)], the answer to the request for TLS, a refusal of it).
# RFC 2595 (IMAP, POP3), 4217 (FTP), 4642 (NNTP), 5804 (ManageSieve), 2033 with 3207 (LMTP), 6120 (XMPP), 4511 (LDAP);
# PostgreSQL's SSLRequest is answered with one byte. MySQL's server speaks first and offers TLS with a bit of its capabilities
# (CLIENT_SSL 0x0800); the client's SSLRequest is the head of a login, with 23 zeros, and nothing answers it.
MYSQL_LOGIN = b"abcdefgh\0%b\x21\2\0%b\x15" + bytes(10) + b"ijklmnopqrst\0mysql_native_password\0"
MYSQL_REQUEST = 4 + 32  # of the client's; its ClientHello may follow in the same packet


def mysql_greeting(capabilities):
    low, high = struct.pack("<I", capabilities)[:2], struct.pack("<I", capabilities)[2:]
    body = b"\x0a8.0.0-example\0" + struct.pack("<I", 7) + MYSQL_LOGIN % (low, high)
    return struct.pack("<I", len(body))[:3] + b"\0" + body


STREAM = (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' "
          b"from='www.example.com' version='1.0'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")
LDAP_OID = b"1.3.6.1.4.1.1466.20037"
DIALOGUES = {
    "imap": (b"* OK ready\r\n", [(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK done\r\n")], b"STARTTLS", b". OK begin\r\n",
             b". NO not now\r\n"),
    "pop3": (b"+OK ready\r\n", [], b"STLS", b"+OK begin\r\n", b"-ERR not now\r\n"),
    "ftp": (b"220 ready\r\n", [(b"FEAT", b"211-Features\r\n AUTH TLS\r\n211 end\r\n")], b"AUTH TLS", b"234 begin\r\n", b"534 not now\r\n"),
    "nntp": (b"200 ready\r\n", [(b"CAPABILITIES", b"101 list\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n")], b"STARTTLS", b"382 begin\r\n",
             b"580 not now\r\n"),
    "sieve": (b'"IMPLEMENTATION" "example"\r\n"STARTTLS"\r\nOK\r\n', [], b"STARTTLS", b"OK\r\n", b"NO\r\n"),
    "lmtp": (b"220 mail.example.com LMTP\r\n", [(b"LHLO", b"250-mail.example.com\r\n250 STARTTLS\r\n")], b"STARTTLS", b"220 begin\r\n",
             b"454 not now\r\n"),
    "xmpp": (b"", [(b"<stream:stream", STREAM)], b"<starttls", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
             b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"),
    "ldap": (b"", [], LDAP_OID, b"0\x0c\x02\x01\x01x\x07\n\x01\x00\x04\x00\x04\x00", b"0\x0c\x02\x01\x01x\x07\n\x01\x34\x04\x00\x04\x00"),
    "mysql": (mysql_greeting(0x8088A00), [], bytes(23), b"", b""),
    "mysql-refused": (mysql_greeting(0x8088200), [], bytes(23), b"", b""),
    "postgres": (b"", [], b"\x04\xd2\x16\x2f", b"S", b"N"),
}


def starttls(args):
    """One client of --protocol up to TLS, then a page and goodbye; --refuse says no to TLS and waits for what comes."""
    name = args.protocol + "-refused"
    greeting, answers, wanted, yes, no = DIALOGUES[name if args.refuse and name in DIALOGUES else args.protocol]
    most = MYSQL_REQUEST if args.protocol == "mysql" else 4096
    for connection in listen(args):
        connection.settimeout(5)
        connection.sendall(greeting)
        while turn := connection.recv(most):
            if wanted in turn:
                break
            for word, answer in answers:
                if word in turn:
                    connection.sendall(answer)
        if answer := no if args.refuse else yes:
            connection.sendall(answer)
        try:
            if args.refuse or not turn:
                connection.recv(4096)
                connection.close()
                continue
            with server_context(args).wrap_socket(connection, server_side=True) as tls:
                tls.recv(4096)
                tls.sendall(b"that was all\r\n")
                tls.unwrap()
        except OSError:
            connection.close()


def connect_proxy(args):
    """CONNECT to anything leads to --target; --refuse answers 407."""
    for connection in listen(args):
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        if args.refuse:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                               b"Proxy-Authenticate: Basic realm=\"example\"\r\nContent-Length: 0\r\n\r\n")
        else:
            target = socket.create_connection((args.host, args.target))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relay(connection, target)
            target.close()
        connection.close()


def socks5_proxy(args):
    """RFC 1928 without authentication; every CONNECT leads to --target."""
    for connection in listen(args):
        methods = connection.recv(2, socket.MSG_WAITALL)[1]
        connection.recv(methods, socket.MSG_WAITALL)
        connection.sendall(b"\x05\x00")
        kind = connection.recv(4, socket.MSG_WAITALL)[3]
        size = {1: 4, 4: 16}.get(kind) or connection.recv(1, socket.MSG_WAITALL)[0]
        connection.recv(size + 2, socket.MSG_WAITALL)
        if args.refuse:  # RFC 1928 section 6: connection not allowed by ruleset
            connection.sendall(b"\x05\x02\x00\x01" + bytes(6))
            connection.close()
            continue
        target = socket.create_connection((args.host, args.target))
        connection.sendall(b"\x05\x00\x00\x01" + socket.inet_aton("192.0.2.80") + struct.pack(">H", args.target))
        relay(connection, target)
        target.close()
        connection.close()


# Clients


def reset_at_once(args):
    reset(connect(args))


def hello_then_wait(args):
    """Sends a ClientHello, gives the server --seconds to answer, and closes."""
    client, (_, outgoing) = connect(args), split_handshake(args)[1:]
    client.sendall(outgoing.read())
    try:
        client.recv(1)
    except socket.timeout:
        pass
    client.close()


def split_handshake(args):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = client_context(args)
    if args.large:  # names enough to need three segments
        context.set_alpn_protocols(["http/1.1"] + ["x-%03d-%s" % (n, "p" * 120) for n in range(24)])
    tls = context.wrap_bio(incoming, outgoing, server_hostname=args.name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return tls, incoming, outgoing


def split_hello(args):
    """A whole exchange whose ClientHello is sent in --pieces segments."""
    client = connect(args)
    tls, incoming, outgoing = split_handshake(args)
    hello = outgoing.read()
    step = -(-len(hello) // args.pieces)
    for start in range(0, len(hello), step):
        client.sendall(hello[start:start + step])
        time.sleep(0.02 if args.pieces > 1 else 0)
    time.sleep(args.pause)

    def until_done(action):
        while True:
            try:
                result = action()
                client.sendall(outgoing.read())
                return result
            except ssl.SSLWantReadError:
                client.sendall(outgoing.read())
                incoming.write(client.recv(65536))

    think(args, client, incoming)
    until_done(tls.do_handshake)
    until_done(lambda: tls.write(b"GET / HTTP/1.0\r\n\r\n"))
    until_done(lambda: tls.read(4096))
    try:
        tls.unwrap()
    except (ssl.SSLWantReadError, ssl.SSLError):
        pass
    client.sendall(outgoing.read())
    client.close()


def think(args, client, incoming):
    """Lets --think pass between the server's flight and the answer to it."""
    if args.think:
        incoming.write(client.recv(65536))
        time.sleep(args.think)


def pause_before_hello(args):
    """Connects, and lets --pause pass before it starts TLS."""
    client = connect(args)
    time.sleep(args.pause)
    with client_context(args).wrap_socket(client, server_hostname=args.name) as tls:
        tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while tls.recv(4096):
            pass


ROLES = {role.__name__.replace("_", "-"): role for role in (
    fin_after_hello, rst_after_hello, fin_at_once, silent, impatient, insist_on_name, issue_by_name, read_once_and_close, slow_talker,
    reset_unless_named, starttls, plain_http, banner, no_goodbye, smtp, connect_proxy, socks5_proxy,
    reset_at_once, hello_then_wait, split_hello, pause_before_hello)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=sorted(ROLES))
    parser.add_argument("--host", default="192.0.2.80")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--target", type=int, default=8443, help="the port behind a proxy")
    parser.add_argument("--name", default="www.example.com", help="the server name to ask for")
    parser.add_argument("--certificate", default="server.crt")
    parser.add_argument("--key", default="server.key")
    parser.add_argument("--authority", default="ca.crt")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long a client, or an impatient server, waits")
    parser.add_argument("--reset", action="store_true", help="an impatient server gives up with a RST")
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--think", type=float, default=0.0)
    parser.add_argument("--protocol", choices=sorted(DIALOGUES), default="imap", help="of the role starttls")
    parser.add_argument("--pieces", type=int, default=1)
    parser.add_argument("--tls12", action="store_true")
    parser.add_argument("--large", action="store_true", help="a ClientHello of several kilobytes")
    parser.add_argument("--refuse", action="store_true")
    args = parser.parse_args()
    try:
        ROLES[args.role](args)
    except (OSError, KeyboardInterrupt) as problem:
        print(f"{args.role}: {problem}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
