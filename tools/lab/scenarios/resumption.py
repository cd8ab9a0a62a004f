"""Sessions taken up again, with and without early data, accepted and not."""
from ..programs import openssl_client, openssl_server
from ..scenario import scenario, works

FRESH, AGAIN = dict(resumed="false"), dict(resumed="true")


def twice(*flows, version):
    base = works(version)
    return base.__class__(base.cause, base.facts, cause_from=base.cause_from, flows=flows)


def play_twice(lab, server, *options, between=None):
    running = lab.serve(server)
    lab.connect(openssl_client(*options, "-sess_out", "session"))
    if between:
        between(running)
    lab.connect(openssl_client(*options, "-sess_in", "session"))


@scenario("TLS 1.2 taken up by session id", twice(FRESH, AGAIN, version="1.2"))
def resumed_12_session_id(lab):
    play_twice(lab, openssl_server("-tls1_2", "-no_ticket"), "-no_ticket")


@scenario("TLS 1.2 taken up by ticket", twice(FRESH, AGAIN, version="1.2"))
def resumed_12_ticket(lab):
    play_twice(lab, openssl_server("-tls1_2"))


@scenario("TLS 1.3 taken up by pre-shared key", twice(FRESH, AGAIN, version="1.3"))
def resumed_13(lab):
    play_twice(lab, openssl_server())


@scenario("TLS 1.3 with early data that is accepted", twice(FRESH, AGAIN, version="1.3"))
def early_data_accepted(lab):
    lab.file("early", b"GET / HTTP/1.0\r\n\r\n")
    lab.serve(openssl_server("-early_data", page=False))
    lab.connect(openssl_client("-no_ign_eof", "-sess_out", "session", close_input_after=0.4))
    lab.connect(openssl_client("-no_ign_eof", "-sess_in", "session", "-early_data", "early", close_input_after=0.4))


@scenario("The server was restarted and does not know the ticket: a full handshake", twice(FRESH, FRESH, version="1.3"))
def resumption_rejected_13(lab):
    def restart(running):
        running.end()
        lab.serve(openssl_server())

    play_twice(lab, openssl_server(), between=restart)


@scenario("The server was restarted and does not know the ticket, TLS 1.2: a full handshake", twice(FRESH, FRESH, version="1.2"))
def resumption_rejected_12(lab):
    def restart(running):
        running.end()
        lab.serve(openssl_server("-tls1_2"))

    play_twice(lab, openssl_server("-tls1_2"), between=restart)


@scenario("Early data that a restarted server cannot accept", twice(FRESH, FRESH, version="1.3"))
def early_data_rejected(lab):
    lab.file("early", b"GET / HTTP/1.0\r\n\r\n")
    server = lab.serve(openssl_server("-early_data", page=False))
    lab.connect(openssl_client("-no_ign_eof", "-sess_out", "session", close_input_after=0.4))
    server.end()
    lab.serve(openssl_server("-early_data", page=False))
    lab.connect(openssl_client("-no_ign_eof", "-sess_in", "session", "-early_data", "early", close_input_after=0.4))
