// Claim: TCP opened, nothing was asked, and a reset carrying the client's address ended it.
// Why it matters: the server gets blamed for it ("connection reset") although nothing shows that it got a request.
// Evidence needed: SYN, SYN-ACK, ACK; no payload in either direction, none acknowledged either; no FIN before the
// reset;
//   a connection that did not go on after it.
// What else could explain it: see the card's alternatives. The sequence alone never says who sent the reset.
// See pcaps/founding_story.pcap.
#pragma once
#include "src/findings/rule.h"

namespace handlens {

void evaluate_client_reset_before_hello(const FlowReport& flow, const Outcome& outcome, std::vector<Finding>& out);

inline constexpr Rule kClientResetBeforeHello = {
    "client-reset-before-hello",
    Severity::warning,
    "A reset carrying the client's address after TCP opened, before any request",
    "The three-way handshake completed and then a reset carrying the client's address ended the connection; no byte of "
    "a request was captured. Whatever sent the reset, nothing with the server's address refused anything.",
    "SYN, SYN-ACK and ACK are in the capture before the reset, no payload in either direction, none acknowledged that "
    "was not captured, no FIN before the reset, and the connection did not go on after it.",
    "The client program itself gave up (its own timeout, a cancelled request, a connection that lost a race); a port "
    "scanner or a health check, which open and reset by design; security software or a proxy on the client's host; a "
    "filter on the path that resets with the client's address. The sequence of packets alone does not tell them apart.",
    "RFC 9293 section 3.10.5 (ABORT), section 3.5.2 (reset generation)",
    &evaluate_client_reset_before_hello,
    false,  // the handshake must have completed
};

}  // namespace handlens
