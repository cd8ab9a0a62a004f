#include "src/findings/outcome_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dissectors/icmp.h"
#include "dissectors/tls_dissect.h"
#include "src/findings/ending.h"
#include "src/findings/plain_answer.h"
#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

// RFC 8446 §6.2, RFC 5246 §7.2.2 and the extensions' own RFCs, in plain words.
constexpr std::array kAlerts = {
    AlertWords{0, "it said goodbye before the handshake was complete", ""},
    AlertWords{10, "it received a message that has no place at this point", ""},
    AlertWords{20, "a record did not decrypt: the keys differ, or bytes were changed on the way", ""},
    AlertWords{22, "a record was too long; often the other side does not speak TLS", ""},
    AlertWords{40, "no common cipher suite, group or signature algorithm, or a missing client certificate", ""},
    AlertWords{42, "it could not accept the certificate", "ssl_invalid_certificate"},
    AlertWords{43, "the certificate is of a kind it does not accept", "ssl_invalid_certificate"},
    AlertWords{44, "the certificate was revoked", "ssl_invalid_certificate"},
    AlertWords{45, "the certificate has expired or is not valid yet", "ssl_invalid_certificate"},
    AlertWords{46, "it did not accept the certificate, for a reason it does not name", "ssl_invalid_certificate"},
    AlertWords{47, "a field held a value that is not allowed", ""},
    AlertWords{48, "it does not know the authority that issued the certificate", "ssl_unknown_authority"},
    AlertWords{49, "the certificate is valid but access was denied", ""},
    AlertWords{50, "it could not decode a message", ""},
    AlertWords{51, "a signature, a Finished message or a pre-shared key did not verify", ""},
    AlertWords{70, "it does not support the protocol version offered", ""},
    AlertWords{71, "it requires stronger ciphers than were offered", ""},
    AlertWords{80, "an error inside it, unrelated to the peer", ""},
    AlertWords{86, "it sees a retry with a lower version than both sides support", ""},
    AlertWords{90, "its user cancelled the handshake", ""},
    AlertWords{109, "a required extension was missing", ""},
    AlertWords{110, "the answer held an extension that was not offered", ""},
    AlertWords{112, "it does not know the server name asked for", ""},
    AlertWords{113, "the certificate's status answer was not acceptable", "ssl_invalid_certificate"},
    AlertWords{115, "it does not know the pre-shared key's identity", ""},
    AlertWords{116, "it requires a client certificate and none was sent", ""},
    AlertWords{120, "no common application protocol (ALPN)", ""},
    AlertWords{121, "encrypted ClientHello was rejected", ""},
};

// When it happened, in terms of the handshake.
std::string_view when(const FlowReport& flow, const Outcome& o) {
  const auto& hello = flow.tls.server_hello;
  switch (o.stage) {
    case Stage::syn:
      return "while TCP was opening";
    case Stage::tcp_open:
      return "after TCP opened, before a ClientHello";
    case Stage::client_hello:
      return flow.tls.client_hello ? "after the ClientHello" : "after the first part of a ClientHello";
    case Stage::server_flight:
      if (!hello || hello->stamp.number > o.ending_frame.value_or(UINT64_MAX)) return "after a HelloRetryRequest";
      return flow.is_tls_reversed() ? "after the ServerHello" : "after the server's hello";
    case Stage::client_finish:
      return "while the handshake was being completed";
    case Stage::established:
      return "after the handshake was complete";
  }
  return "";
}

std::string address_of(std::optional<Side> side) {
  return side ? fmt::format("the {}'s address", to_text(*side)) : std::string("an unknown address");
}

constexpr std::size_t kUsualSentence = 96;             // bytes: room for most
constexpr std::int64_t kWorthTelling = 1'000'000'000;  // ns

std::string seconds(std::int64_t ns) { return fmt::format("{:.1f} s", static_cast<double>(ns) / 1e9); }

// "TLS 1.3" for "TLSv1.3"; the rest as it stands.
std::string spoken_version(std::uint16_t version) {
  std::string name = tls::version_name(version);
  if (name.starts_with("TLSv")) name.replace(0, 4, "TLS ");
  return name;
}

std::string completion(const FlowReport& flow) {
  if (!flow.tls.server_hello) {
    return "TLS data went both ways, so the handshake, which was not captured whole, had been completed";
  }
  const tls::ServerHello& hello = flow.tls.server_hello->hello;
  std::string what;
  what.reserve(kUsualSentence);
  const Answer answer = answer_to_finished(flow);
  if (answer == Answer::something) what = "Handshake completed: ";
  what += spoken_version(hello.version);
  what += ", ";
  what += tls::cipher_suite_name(hello.cipher_suite);
  switch (answer) {
    case Answer::none:
      return fmt::format("The client finished its handshake ({}); no answer to that was seen", what);
    case Answer::alert_sized:
      return fmt::format(
          "The client finished its handshake ({}); the only answer was a record of alert size, unreadable without keys",
          what);
    case Answer::something:
      break;
  }
  return what;
}

std::string ok_sentence(const FlowReport& flow, const Outcome& o) {
  std::string text = completion(flow);
  if (o.ended_by == EndedBy::rst && o.cause != Cause::none) {
    text += fmt::format("; later a reset carrying {} ended the connection", address_of(o.apparent_sender));
  } else if (o.ended_by == EndedBy::alert) {
    text += fmt::format("; later an alert carrying {} ended the connection", address_of(o.apparent_sender));
  }
  text += '.';
  return text;
}

// A FIN or reset carrying the address that `ending` carries came after it.
bool closed_after(const FlowReport& flow, const Event& ending) {
  return std::any_of(flow.events.begin(), flow.events.end(), [&](const Event& e) {
    return e.from == ending.from && e.frame >= ending.frame && (e.kind == EventKind::fin || e.kind == EventKind::rst);
  });
}

std::string alert_sentence(const FlowReport& flow, const Outcome& o, const Event& ending) {
  const std::string sender = address_of(o.apparent_sender);
  if (ending.kind == EventKind::encrypted_record) {
    return fmt::format(
        "After the client had finished, an encrypted record of alert size came from {}{}: most likely the server "
        "refused the client, which it had asked for a certificate.",
        sender, closed_after(flow, ending) ? ", then a FIN or reset without any data" : ", and no data");
  }
  if (ending.kind == EventKind::encrypted_alert) {
    return fmt::format(
        "An encrypted TLS alert carrying {} ended the handshake {}; its reason cannot be read without keys.", sender,
        when(flow, o));
  }
  const AlertWords* words = find_alert_words(ending.code_b);
  return fmt::format("A TLS alert carrying {} ended the handshake {}: {} ({}){}.", sender, when(flow, o),
                     tls::alert_name(ending.code_b), ending.code_b,
                     words != nullptr ? fmt::format(", meaning {}", words->meaning) : "");
}

std::string timeout_sentence(const FlowReport& flow, const Outcome& o) {
  if (o.stage == Stage::syn && !flow.tcp.syn_ack) {
    const std::uint32_t attempts = 1 + flow.tcp.syn_retransmissions;
    return fmt::format("No answer: {} SYN{} sent and {} came back {}.", attempts, attempts == 1 ? " was" : "s were",
                       flow.icmp.empty() ? "nothing" : "nothing but ICMP errors",
                       flow.quiet_ns >= kWorthTelling ? "for " + seconds(flow.quiet_ns) + " after the last"
                                                      : std::string("before the capture ended"));
  }
  if (o.stage == Stage::syn) return "TCP did not open: SYN and SYN, ACK were seen, the completing ACK was not.";
  return fmt::format("The connection fell silent {}; nothing more was captured for {}.", when(flow, o),
                     seconds(flow.quiet_ns));
}

// What stands beside a FIN or RST before the handshake was complete, and says more than it.
std::string circumstances(const FlowReport& flow, const Outcome& o, const Event& ending) {
  const TlsFacts& tls = flow.tls;
  if (tls.plaintext.tls_accepted && !*tls.plaintext.tls_accepted) {
    return fmt::format(" A request for {} before it had been refused.",
                       is_tunnel(tls.plaintext.protocol) ? "a tunnel" : "TLS");
  }
  if (o.stage == Stage::client_finish && flow.tls.established && ending.kind == EventKind::rst) {
    return " The client had finished and had been asked for a certificate; no answer to that was seen.";
  }
  if (o.stage == Stage::client_hello && tls.client_hello) {
    if (find_plain_answer(flow, UINT64_MAX) != nullptr) {
      return " The ClientHello had been answered with bytes that are not TLS.";
    }
    const std::int64_t waited = elapsed(tls.client_hello->stamp.time.ns, ending.time.ns);
    const bool silent = flow.facts(flow.side(opposite(flow.tls_client()))).bytes == 0;
    if (ending.from == flow.tls_client() && silent && waited >= kWorthTelling) {
      return fmt::format(" No answer to the ClientHello was seen in the {} before it.", seconds(waited));
    }
  }
  for (const TlsAlertFact& alert : tls.alerts) {
    if (alert.inferred && alert.stamp.number <= ending.frame && alert.from == ending.from) {
      return " An encrypted record of alert size came right before it: most likely an alert, unreadable without keys.";
    }
  }
  return "";
}

std::string closed_sentence(const FlowReport& flow, const Outcome& o, const Event& ending) {
  if (ending.kind == EventKind::rst) {
    if (o.stage == Stage::syn && !flow.tcp.syn_ack && o.apparent_sender == Side::server) {
      if (!flow.facts(Side::client).fast_open) {
        return "Connection refused: a reset carrying the server's address answered the SYN.";
      }
      return fmt::format(
          "Connection refused: a reset carrying the server's address answered the SYN, which had brought {} (TCP Fast "
          "Open). The port may be the reason, or what was asked for.",
          flow.tls.client_hello ? "the ClientHello" : "data");
    }
    return fmt::format("A reset carrying {} ended the connection {}.{}", address_of(o.apparent_sender), when(flow, o),
                       circumstances(flow, o, ending));
  }
  const bool between = o.stage == Stage::client_hello || o.stage == Stage::server_flight;
  return fmt::format("A FIN carrying {} closed the connection {}{}.{}", address_of(o.apparent_sender), when(flow, o),
                     between ? ", before the handshake was complete" : "", circumstances(flow, o, ending));
}

std::string icmp_sentence(const FlowReport& flow, const Outcome& o, const Event& ending) {
  return fmt::format("An ICMP error answered packets to the {}'s address {}: {}.", to_text(flow.side(ending.from)),
                     when(flow, o), icmp_text(ending.icmp_v6, ending.code_a, ending.code_b));
}

std::string failed_sentence(const FlowReport& flow, const Outcome& o, const Event* ending) {
  switch (o.ended_by) {
    case EndedBy::alert:
      return alert_sentence(flow, o, *ending);
    case EndedBy::icmp:
      return icmp_sentence(flow, o, *ending);
    case EndedBy::timeout:
      return timeout_sentence(flow, o);
    case EndedBy::rst:
    case EndedBy::fin:
      return closed_sentence(flow, o, *ending);
    case EndedBy::capture_end:
      break;
  }
  return "The handshake did not complete.";
}

std::string incomplete_sentence(const FlowReport& flow, const Outcome& o) {
  if (flow.midstream) return "The capture began in the middle of this connection: how it opened cannot be told.";
  if (flow.one_sided && !is_only_syns(flow)) {
    return fmt::format("Only one direction is in the capture (nothing from the {}): how it went cannot be told.",
                       to_text(*flow.one_sided));
  }
  if (flow.is_tls && misses_handshake(flow, o.ending_frame))
    return "Bytes of the handshake are missing from the capture: how it went cannot be told.";
  if (!flow.is_tls && o.stage != Stage::syn) {
    const SideFacts& client = flow.facts(Side::client);
    const SideFacts& server = flow.facts(Side::server);
    const bool missing = client.lost_bytes + server.lost_bytes > 0;
    const bool undecided = std::any_of(flow.events.begin(), flow.events.end(),
                                       [](const Event& e) { return e.tls_note == TlsEvent::Note::undecided; });
    if (undecided && !missing) {
      return fmt::format("TCP opened and {} bytes of data came, too few to tell whether TLS began.",
                         client.bytes + server.bytes);
    }
    if (missing || client.bytes + server.bytes > 0) {
      return "TCP opened and data was exchanged, but its first bytes are not in the capture: whether it was TLS cannot "
             "be told.";
    }
  }
  if (flow.cut_short == CutShort::evicted || flow.cut_short == CutShort::memory_limit) {
    return fmt::format("This connection was let go of {} to make room for others: how it went on cannot be told.",
                       when(flow, o));
  }
  if (flow.quiet_ns >= kWorthTelling) {
    return fmt::format("Nothing more of this connection was captured {}, for {}: how it went on cannot be told.",
                       when(flow, o), seconds(flow.quiet_ns));
  }
  return fmt::format("The capture ended {}: how it went on cannot be told.", when(flow, o));
}

std::string not_tls_sentence(const FlowReport& flow, const Outcome& o) {
  const bool data = flow.facts(Side::client).bytes + flow.facts(Side::server).bytes > 0;
  if (!data) return "TCP opened and was closed without a byte of data.";
  const PlaintextFacts& plain = flow.tls.plaintext;
  std::string text;
  text.reserve(kUsualSentence);
  text = "TCP opened and data was exchanged, but no TLS was spoken";
  if (flow.one_sided) {
    text = fmt::format("Only one direction is in the capture (nothing from the {}), and it holds no TLS",
                       to_text(*flow.one_sided));
  }
  if (plain.tls_accepted && !*plain.tls_accepted) {
    text += fmt::format(": the request for {} ({}) was refused", is_tunnel(plain.protocol) ? "a tunnel" : "TLS",
                        to_text(plain.protocol));
  }
  if (o.ended_by == EndedBy::rst && o.cause != Cause::none) {
    text += fmt::format("; a reset carrying {} ended the connection", address_of(o.apparent_sender));
  }
  text += '.';
  return text;
}

}  // namespace

const AlertWords* find_alert_words(std::uint8_t code) {
  const auto found =
      std::find_if(kAlerts.begin(), kAlerts.end(), [code](const AlertWords& w) { return w.code == code; });
  return found == kAlerts.end() ? nullptr : &*found;
}

std::string sentence_for(const FlowReport& flow, const Outcome& outcome, const Event* ending) {
  std::string text;
  switch (outcome.status) {
    case Status::ok:
      text = ok_sentence(flow, outcome);
      break;
    case Status::failed:
      text = failed_sentence(flow, outcome, ending);
      break;
    case Status::incomplete:
      text = incomplete_sentence(flow, outcome);
      break;
    case Status::not_tls:
      text = not_tls_sentence(flow, outcome);
      break;
  }
  if (flow.tcp.simultaneous_open) text += " Both sides had sent a SYN of their own: a simultaneous open.";
  if (flow.is_tls && flow.is_tls_reversed()) text += " In TLS the sides are exchanged: the TCP server is the client.";
  return text;
}

std::string ooni_failure_for(const FlowReport& flow, const Outcome& outcome, const Event* ending) {
  if (outcome.status != Status::failed) return "";
  const bool from_server = outcome.apparent_sender == Side::server;
  switch (outcome.ended_by) {
    case EndedBy::rst:
      if (!from_server) return "";
      return outcome.stage == Stage::syn && !flow.tcp.syn_ack ? "connection_refused" : "connection_reset";
    case EndedBy::timeout:
      return "generic_timeout_error";
    case EndedBy::fin:
      return from_server ? "eof_error" : "";
    case EndedBy::icmp:
      return "host_unreachable";
    case EndedBy::alert:
      break;
    case EndedBy::capture_end:
      return "";
  }
  if (from_server || ending == nullptr || ending->kind != EventKind::alert)
    return from_server ? "ssl_failed_handshake" : "";
  const AlertWords* words = find_alert_words(ending->code_b);
  return words != nullptr ? std::string(words->ooni_client) : "";
}

}  // namespace handlens
