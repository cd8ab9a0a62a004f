#include "src/findings/stories.h"

#include <fmt/format.h>

#include <array>

#include "src/findings/flow_brief.h"

namespace handlens {
namespace {

constexpr std::array<Rule, 20> kStories = {{
    {"tcp-connect-timeout", Severity::error, "No answer to the SYN",
     "The client asked for a connection and nothing came back. Nothing is known to have reached a server.",
     "One or more SYNs, no packet with the server's address, and the capture goes on for seconds after them.",
     "The address or port is wrong; the host is down; a firewall drops without a word; the answer takes another way "
     "than the one that was captured.",
     "RFC 9293 §3.8.3, RFC 6298 §5.7", nullptr},
    {"tcp-connect-refused", Severity::error, "The SYN was answered by a reset",
     "Something with the server's address refused the connection. Usually nothing listens on the port; a firewall that "
     "rejects looks nearly the same.",
     "SYN, then a reset with the server's address, and no SYN-ACK.",
     "A firewall on the host or before it answers in its name; the evidence says whether the reset came from as far as "
     "the host's other packets.",
     "RFC 9293 §3.10.7.1", nullptr},
    {"tcp-unreachable", Severity::error, "An ICMP error ended the attempt",
     "A router, a firewall or the host itself said that the packet cannot or may not be delivered. The error's sender "
     "names itself by its address.",
     "An ICMP or ICMPv6 error that quotes a packet of the flow, and nothing but repetitions after it.",
     "Anyone who sees the packets can forge such an error.", "RFC 792, RFC 4443, RFC 1812 §5.2.7.1", nullptr},
    {"synack-unanswered", Severity::error, "The SYN-ACK was not answered",
     "The server agreed and the client's ACK never came by. The server is not at fault.",
     "SYN, SYN-ACK (mostly several times), no ACK.",
     "The SYN-ACK or the ACK takes another way; a firewall drops one of them; the SYN was forged.", "RFC 9293 §3.5",
     nullptr},
    {"syn-ack-reset", Severity::warning, "The SYN-ACK was answered by a reset with the client's address",
     "The server agreed to the connection and a reset with the client's address refused it.",
     "SYN, SYN-ACK, a reset with the client's address, no ACK.",
     "A port probe, a health check, a connection given up or raced and lost; a device in front of the client.",
     "RFC 9293 §3.5", nullptr},
    {"client-closed-before-hello", Severity::warning, "The client closed the connection before it asked for anything",
     "TCP opened and the client's side closed it in order, without a byte of a request.",
     "Handshake, then a FIN with the client's address, no payload.",
     "A port check, a health check, a connection opened in advance and not needed.", "RFC 9293 §3.6", nullptr},
    {"server-closed-before-hello", Severity::error, "The server's side ended the connection before any request",
     "TCP opened and then a FIN or reset with the server's address ended it before a byte of a request.",
     "Handshake, then a FIN or reset with the server's address, no payload from the client before it.",
     "An access list (TCP wrappers, a ban), too many connections, a load balancer without a backend, the wrong port.",
     "RFC 9293 §3.6", nullptr},
    {"server-closed-after-clienthello", Severity::error,
     "The server's side closed after the ClientHello without an answer",
     "The ClientHello was complete and the answer was a FIN, without a byte of TLS.",
     "ClientHello, then a FIN with the server's address, no TLS record of the server.",
     "A server or load balancer that does not serve the name; a service that does not speak TLS; a device on the path "
     "that forges a FIN.",
     "RFC 8446 §6.1", nullptr},
    {"reset-after-clienthello", Severity::error, "A reset with the server's address answered the ClientHello",
     "TCP worked and the reset came after the ClientHello and before any answer to it.",
     "ClientHello complete, then a reset with the server's address, no payload of the server before it.",
     "The server or its load balancer refuses (unknown name, no common version, rate limit); a device on the path "
     "forges the reset. The evidence says which.",
     "RFC 9293 §3.10.5; Sundara Raman et al., SIGCOMM 2023", nullptr},
    {"client-reset-in-handshake", Severity::error, "A reset with the client's address during the handshake",
     "A reset with the client's address came after it had sent data and before the TLS handshake was complete.",
     "Payload of the client, then a reset with its address, handshake not complete.",
     "The client's program gave up (timeout, cancelled, refused certificate); a device in front of it forges the "
     "reset.",
     "RFC 9293 §3.10.5", nullptr},
    {"server-reset-in-handshake", Severity::error, "A reset with the server's address in the middle of the handshake",
     "The server had begun to answer, and then a reset with its address ended the handshake.",
     "ServerHello, then a reset with the server's address, handshake not complete.",
     "The server's program crashed or refused the client; a device on the path forges the reset.", "RFC 9293 §3.10.5",
     nullptr},
    {"handshake-timeout-after-clienthello", Severity::error, "Nothing answered the ClientHello",
     "TCP worked, the ClientHello was sent, and no answer to it came. If not even an ACK for it came, it is lost on "
     "the way; if it was acknowledged, whatever accepted the connection said nothing.",
     "ClientHello complete, no payload of the server, silence.",
     "A filter that drops by name or size; a path that drops large packets; a server that hangs.", "RFC 9293 §3.8.3",
     nullptr},
    {"handshake-timeout", Severity::error, "The handshake fell silent",
     "The handshake had begun and then nothing more came.", "TLS was recognised, not completed, and then silence.",
     "Either side hangs; packets are dropped on the way; the capture lost them.", "RFC 9293 §3.8.3", nullptr},
    {"pmtu-blackhole", Severity::error, "Large packets vanish on the path",
     "Small packets pass both ways and segments of full size do not, without the ICMP error that would ask for smaller "
     "ones. The path is at fault, neither client nor server.",
     "A segment of full size that is sent again and again, or a hole of that size, and smaller ones that pass.",
     "Ordinary loss that happened to hit only large packets; then a repetition would pass sooner or later.",
     "RFC 1191, RFC 2923 §2.1, RFC 8201", nullptr},
    {"connection-reset-mid-data", Severity::warning, "A reset ended a connection in use",
     "Data had been exchanged and then a reset, not a FIN, ended the connection.",
     "Payload both ways, no FIN before the reset.",
     "A cancelled request, a program that was stopped, an idle timer of a device on the path.", "RFC 9293 §3.10.5",
     nullptr},
    {"reset-ignored", Severity::notice, "A reset that the connection outlived",
     "A reset was captured and the connection went on after it: it took effect on nobody that mattered.",
     "Packets after the reset that a host without the connection would not send.",
     "A device that forges resets too late or with numbers that do not fit.", "RFC 5961 §3", nullptr},
    {"reset-in-another-network", Severity::notice, "A reset in another VLAN or tunnel than its connection",
     "A reset bears the ends and the numbers of a connection that passes in another VLAN or tunnel, as if it "
     "was made where that connection does not pass.",
     "A flow of nothing but resets; a connection between the same ends, open at that time, in another VLAN or tunnel; "
     "no other packet with that address in the reset's own.",
     "A mirror port that shows what a router passes on in both networks; a path that is not the same for all packets.",
     "IEEE 802.1Q", nullptr},
    {"injected-content", Severity::error, "Content in one side's name that may come from elsewhere",
     "Payload with one side's address came from another distance than its other packets; mostly the real content "
     "follows for the same bytes.",
     "Different bytes for one place of a stream, or an answer to the ClientHello that is no TLS; and a number of hops "
     "that is not that side's.",
     "A capture in which frames were joined or changed; a proxy that answers for the server; a test tool.",
     "RFC 9293 §3.10.7.4; Weaver, Sommer, Paxson, NDSS 2009", nullptr},
    {"tcp-terminating-proxy", Severity::info, "Something may accept connections in the server's name",
     "The SYN-ACK and the acknowledgement of the ClientHello come soon and with one TTL, the content much later and "
     "with another.",
     "SYN-ACK and ACK after about the same time and with one TTL; the ServerHello five times later, 100 ms at least, "
     "with another TTL.",
     "A load balancer whose parts answer with different TTLs, in front of a slow server; a route that changed.",
     "RFC 3135", nullptr},
    {"tls-terminating-proxy", Severity::info, "Something nearer than the server may open TLS in its name",
     "The connection was accepted far away, and what acknowledges the ClientHello and answers it is much nearer: fewer "
     "routers away, and sooner than the way to the server allows. Proxies that inspect TLS do so.",
     "From the acknowledgement of the ClientHello on the server's packets have passed three hops fewer at least than "
     "its SYN-ACK, and that came in less than half of the SYN-ACK's time.",
     "A protection service that accepts connections far away and hands them to a server nearby; a route that changed.",
     "RFC 3135", nullptr},
}};

bool has_client_data(const FlowReport& flow) { return flow.facts(Side::client).bytes > 0; }

std::string_view reset_story(const FlowReport& flow, const Outcome& o) {
  const bool server = o.apparent_sender == Side::server;
  switch (o.stage) {
    case Stage::syn:
      if (flow.tcp.syn_ack) return server ? "server-closed-before-hello" : "syn-ack-reset";
      return server ? "tcp-connect-refused" : "";
    case Stage::tcp_open:
      if (flow.facts(Side::server).bytes > 0) return "connection-reset-mid-data";
      if (has_client_data(flow)) return server ? "connection-reset-mid-data" : "client-reset-in-handshake";
      return server ? "server-closed-before-hello" : "client-reset-before-hello";
    case Stage::client_hello:
      return server ? "reset-after-clienthello" : "client-reset-in-handshake";
    case Stage::server_flight:
    case Stage::client_finish:
      return server ? "server-reset-in-handshake" : "client-reset-in-handshake";
    case Stage::established:
      break;
  }
  return o.cause == Cause::none ? "" : "connection-reset-mid-data";
}

std::string_view fin_story(const FlowReport& flow, const Outcome& o) {
  if (o.status != Status::failed && o.status != Status::not_tls) return "";
  const bool server = o.apparent_sender == Side::server;
  if (o.status == Status::failed && o.stage == Stage::client_hello && server) return "server-closed-after-clienthello";
  // What came later crossed it on the way.
  const bool early = o.status == Status::failed && o.stage == Stage::tcp_open && server;
  const bool used = flow.facts(Side::client).bytes + flow.facts(Side::server).bytes > 0;
  if (!early && used && !is_closed_unused(flow, o)) return "";
  return server ? "server-closed-before-hello" : "client-closed-before-hello";
}

std::string server_text(const FlowReport& flow) {
  return fmt::format("{}:{}", to_text(flow.server.ip), flow.server.port);
}

}  // namespace

std::span<const Rule> story_cards() { return kStories; }

std::string_view story_of(const FlowReport& flow, const Outcome& o) {
  switch (o.ended_by) {
    case EndedBy::rst:
      return reset_story(flow, o);
    case EndedBy::fin:
      return fin_story(flow, o);
    case EndedBy::icmp:
      return o.status == Status::failed ? "tcp-unreachable" : "";
    case EndedBy::timeout:
      if (o.status != Status::failed) return "";
      if (o.stage == Stage::syn) return flow.tcp.syn_ack ? "synack-unanswered" : "tcp-connect-timeout";
      return o.stage == Stage::client_hello ? "handshake-timeout-after-clienthello" : "handshake-timeout";
    case EndedBy::alert:
    case EndedBy::capture_end:
      break;
  }
  return "";
}

std::vector<std::string> next_steps_for(std::string_view story, const FlowReport& flow, const Outcome& o,
                                        bool is_of_both_ends) {
  const std::string server = server_text(flow);
  if (o.cause == Cause::middlebox) {
    std::vector<std::string> out;
    if (o.location == Location::near_client) {
      out.push_back(
          "Network team on the client's side: look for a firewall, proxy or filter close to the client, and for "
          "security software on it, with a rule for " +
          server + ".");
    } else if (o.location == Location::near_server) {
      out.push_back(
          "Network team on the server's side: look for a firewall, load balancer or protection service in front of " +
          server + ".");
    } else {
      out.push_back("Network teams of both sides: look for a firewall, proxy, load balancer or filter on the way to " +
                    server + ", security software and VPN on the hosts included.");
    }
    if (!is_of_both_ends) {
      out.emplace_back(
          "Capture on both hosts at the same time: the packet that one receives and the other never sent is the "
          "proof.");
    }
    return out;
  }
  if (story == "tcp-connect-refused") {
    return {"Owner of " + server +
            ": check that the service runs and listens on this port and address, and what the host's "
            "firewall says."};
  }
  if (story == "tcp-connect-timeout" || story == "synack-unanswered") {
    // No address: floods are made of these, and what is told of all of them alike is worked out once.
    return {
        "Network team: check the server's address and port, routes both ways and firewalls that drop silently; try "
        "from elsewhere."};
  }
  if (story == "pmtu-blackhole") {
    return {
        "Network team: lower the MTU or clamp the MSS on the tunnel or link, and let ICMP \"fragmentation needed\" "
        "pass."};
  }
  if (story == "tcp-unreachable") {
    return {"Network team: ask the sender of the ICMP error, by its address, which route or rule it follows."};
  }
  if (o.cause == Cause::client) return {"On the client: look at the program's log and its timeouts at this moment."};
  if (story == "client-reset-in-handshake") {
    return {"On the client: look at the program's log, its timeouts, and security software at this moment."};
  }
  if (story == "handshake-timeout") {
    return {
        "Network teams of both sides: capture at both ends at the same time. Which packets does one send and the "
        "other not get?"};
  }
  if (story == "handshake-timeout-after-clienthello" && o.cause == Cause::server) {
    return {"Owner of " + server + ": the ClientHello arrived; what did the program do, and whom did it wait for?"};
  }
  if (story == "handshake-timeout-after-clienthello") {
    return {"Try another server name, and a smaller ClientHello, with the same server: does it pass?",
            "Owner of " + server + ": did the ClientHello arrive?"};
  }
  return {"Owner of " + server +
          ": look at the logs of the service and of what stands in front of it (load balancer, firewall) "
          "at this moment."};
}

std::vector<std::string> seen_as_for(std::string_view story) {
  if (story == "tcp-connect-refused") return {"connection refused (ECONNREFUSED, 10061)"};
  if (story == "tcp-connect-timeout") return {"connection timed out (ETIMEDOUT, 10060)"};
  if (story == "tcp-unreachable") return {"no route to host (EHOSTUNREACH), network is unreachable (ENETUNREACH)"};
  if (story == "reset-after-clienthello" || story == "server-reset-in-handshake" ||
      story == "connection-reset-mid-data") {
    return {"client: connection reset by peer (ECONNRESET, 10054)"};
  }
  if (story == "server-closed-after-clienthello") return {"client: unexpected EOF during the handshake"};
  return {};
}

}  // namespace handlens
