"""How one of the two ends ends a connection by itself, and how a path without a device fails."""
import signal

from ..pki import NAME
from ..programs import actor_client, actor_server, gnutls_server, openssl_client, openssl_server, python_script
from ..scenario import ends, fails, scenario, works


@scenario("Nothing listens on the port: refused", fails("server", "syn", "rst", "server"))
def refused(lab):
    lab.connect(openssl_client())


@scenario("The server closes right after the ClientHello", fails("server", "client-hello", "fin", "server", sni=NAME))
def fin_after_hello(lab):
    lab.serve(actor_server("fin-after-hello"))
    lab.connect(openssl_client())


@scenario("The server resets right after the ClientHello", fails("server", "client-hello", "rst", "server", sni=NAME))
def rst_after_hello(lab):
    lab.serve(actor_server("rst-after-hello"))
    lab.connect(openssl_client())


@scenario(
    "The server closes before any ClientHello came", ends("server", stage="tcp-open", ended_by="fin", apparent_sender="server")
)
def fin_before_hello(lab):
    lab.serve(actor_server("fin-at-once"))
    lab.connect(actor_client("pause-before-hello", "--pause", "0.3"))


@scenario(
    "The server acknowledges the ClientHello and says nothing; the client gives up after three seconds",
    fails("server", "client-hello", "fin|timeout", "-|client", sni=NAME),
)
def silent_server(lab):
    lab.serve(actor_server("silent"))
    lab.connect(actor_client("hello-then-wait", "--seconds", "3"))


@scenario("The client resets right after the handshake", fails("client", "tcp-open", "rst", "client"))
def client_reset_before_hello(lab):
    lab.serve(actor_server("silent"))
    lab.connect(actor_client("reset-at-once"))


@scenario("The server is killed in the middle of its flight", ends("server", stage="client-hello|server-flight", sni=NAME))
def server_killed(lab):
    server = lab.serve(openssl_server("-tls1_2"))
    lab.stop(server)
    client = lab.start(openssl_client())
    lab.pause(0.5)
    server.send_signal(signal.SIGKILL)
    client.wait(3)


@scenario("The client is killed while it waits for the server", fails("client", "client-hello", "fin|rst", "client", sni=NAME))
def client_killed(lab):
    lab.serve(actor_server("silent"))
    client = lab.start(openssl_client())
    lab.pause(0.8)
    client.send_signal(signal.SIGKILL)
    client.wait(3)


@scenario("The server ends TCP without saying goodbye in TLS", works("1.2", sni=NAME))
def close_without_close_notify(lab):
    lab.serve(actor_server("no-goodbye", "--tls12"))
    lab.connect(openssl_client())


@scenario(
    "The client closes with unread data in its socket: the kernel sends a reset",
    ends("client", status="ok", stage="established", sni=NAME),
)
def close_with_unread_data(lab):
    lab.serve(openssl_server())
    lab.connect(
        python_script(
            """
context = ssl.create_default_context(cafile="rootCA.crt")
tls = context.wrap_socket(socket.create_connection((HOST, PORT), 5), server_hostname=NAME)
tls.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
time.sleep(0.4)
os.close(tls.detach())
"""
        )
    )


@scenario(
    "The client leaves first; what the server still sends is answered with resets",
    ends("client", status="ok", stage="established", sni=NAME),
)
def late_data_to_closed_socket(lab):
    lab.serve(actor_server("slow-talker"))
    lab.connect(
        python_script(
            """
context = ssl.create_default_context(cafile="rootCA.crt")
tls = context.wrap_socket(socket.create_connection((HOST, PORT), 5), server_hostname=NAME)
tls.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
tls.recv(100)
tls.close()
time.sleep(0.6)
"""
        )
    )


@scenario(
    "The server was killed and its host forgot the connection: the next packet is answered with a reset",
    works("1.3", sni=NAME, cause_from=()),
)
def server_restarted(lab):
    server = lab.serve(openssl_server(page=False))
    client = lab.start(openssl_client(send=b"hello\n"))
    lab.pause(0.6)
    # The host loses the connection without a word, as when it is restarted: its goodbye is dropped.
    lab.on_server("sh", "-c", "ip link set s0 down")
    server.send_signal(signal.SIGKILL)
    server.wait(3)
    lab.on_server("ss", "-K", "sport", "=", ":8443")
    lab.on_server("sh", "-c", "ip link set s0 up && ip route replace 192.0.2.0/24 dev s0")
    lab.serve(openssl_server(page=False))
    client.write(b"again\n")
    client.wait(3)


@scenario(
    "The listen queue is full of connections from the server's own host: no handshake gets through to the program",
    ends("server", sni="-", each=True),
)
def listen_overflow(lab):
    lab.serve(
        python_script(
            """
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("0.0.0.0", PORT))
server.listen(0)
filling = socket.create_connection(("127.0.0.1", PORT))
time.sleep(30)
"""
        )
    )
    lab.connect(
        python_script(
            """
held = []
for _ in range(3):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex((HOST, PORT))
    held.append(one)
    time.sleep(0.1)
time.sleep(2.5)
"""
        )
    )


@scenario(
    "The server stands still after its hello and is killed four seconds later",
    ends("server", stage="client-hello|server-flight|client-finish", sni=NAME),
    needs=("gnutls-serv",),
)
def server_stalls(lab):
    server = lab.serve(gnutls_server())
    lab.stop(server)
    client = lab.start(openssl_client())
    lab.pause(2)
    lab.resume(server)
    server.send_signal(signal.SIGKILL)
    client.wait(3)
