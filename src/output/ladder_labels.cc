#include "src/output/ladder_labels.h"

#include <fmt/format.h>

#include <algorithm>

#include "dissectors/icmp.h"
#include "dissectors/tls_dissect.h"
#include "src/output/record.h"
#include "src/output/text_escape.h"
#include "src/output/text_words.h"

namespace handlens {
namespace {

void add(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

bool is_unreadable(EventKind kind) {
  return kind == EventKind::encrypted_handshake || kind == EventKind::encrypted_record ||
         kind == EventKind::encrypted_alert;
}

// "server-hello-done" -> "ServerHelloDone": the message names of the RFCs are the kinds in camel case.
std::string message_name(EventKind kind) {
  std::string out;
  bool upper = true;
  for (const char c : to_text(kind)) {
    if (c == '-') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return out;
}

std::string offered_versions(const tls::ClientHello& hello) {
  std::string out;
  for (const std::uint16_t version : hello.supported_versions) {
    if (tls::is_grease(version)) continue;
    std::string name = version_text(version);
    if (name.starts_with("TLS ")) name.erase(0, 4);
    add(out, name);
  }
  return "offers " + (out.empty() ? version_text(hello.legacy_version) : out);
}

LadderLabel client_hello(const FlowReport& report, const Event& event) {
  const TlsFacts& tls = report.tls;
  const auto* seen = tls.second_client_hello && tls.second_client_hello->stamp.number == event.frame
                         ? tls.second_client_hello.get()
                         : tls.client_hello.get();
  if (seen == nullptr) return {"ClientHello", "", Stroke::plain};
  LadderLabel label{"ClientHello", offered_versions(seen->hello), Stroke::plain};
  if (seen->hello.server_name) label.on += "  " + escape_terminal(*seen->hello.server_name);
  if (!seen->hello.alpn.empty()) label.on += "  " + escape_terminal(seen->hello.alpn.front());
  if (seen->segments > 1) add(label.beside, count_text(seen->segments, "segment"));
  return label;
}

LadderLabel server_hello(const FlowReport& report) {
  const TlsFacts& tls = report.tls;
  LadderLabel label{"ServerHello", "", Stroke::plain};
  if (!tls.server_hello) return label;
  if (tls.server_hello->hello.key_share) label.on += ", " + tls::group_name(tls.server_hello->hello.key_share->group);
  label.beside = version_text(tls.server_hello->hello.version);
  if (is_resumed(report).value_or(false)) label.beside += ", resumed";
  return label;
}

LadderLabel retry_request(const FlowReport& report) {
  LadderLabel label{"HelloRetryRequest", "", Stroke::plain};
  const auto& seen = report.tls.hello_retry_request;
  if (seen && seen->hello.key_share) label.on += ", " + tls::group_name(seen->hello.key_share->group);
  return label;
}

LadderLabel certificate(const FlowReport& report, const Event& event) {
  const auto& chain = report.tls.chains[index(event.from)].certificates;
  LadderLabel label{"Certificate", "", Stroke::plain};
  if (chain.empty()) {
    label.beside = "empty: it has none";
  } else if (chain.front()->decoded) {
    label.beside = escape_terminal(chain.front()->subject);
  }
  return label;
}

LadderLabel reset(const AnalyzedFlow& flow, const Event& event) {
  LadderLabel label{"RST", "", Stroke::plain};
  for (const RstFact& rst : flow.report.tcp.rst) {
    if (rst.frame != event.frame) continue;
    if (rst.ack_flag) label.on = "RST, ACK";
    label.beside = fmt::format("TTL {}", rst.ttl);
    if (rst.ip_id) label.beside += fmt::format("  ID {:#06x}", *rst.ip_id);
  }
  if (const RstVerdict* verdict = verdict_of(flow, event.frame)) {
    if (verdict->role == RstRole::teardown) add(label.beside, "ordinary clean-up");
    if (verdict->role == RstRole::consequence) add(label.beside, "a consequence");
    if (verdict->role == RstRole::ignored) add(label.beside, "ignored");
  }
  return label;
}

LadderLabel alert(const Event& event) {
  return {fmt::format("Alert: {}", tls::alert_name(event.code_b)),
          fmt::format("{} ({})", tls::alert_level_name(event.code_a), event.code_b), Stroke::plain};
}

LadderLabel opening(const FlowReport& report, const Event& event, std::string_view name) {
  LadderLabel label{std::string(name), "", Stroke::plain};
  const auto& ttl = report.facts(report.side(event.from)).ttl;
  if (ttl) label.beside = fmt::format("TTL {}", *ttl);
  return label;
}

// Before TLS the client asks, for a tunnel or for TLS, and the server answers.
bool is_answer(const FlowReport& report, const Event& event) { return report.side(event.from) == Side::server; }

// The words are those of the last answer: an earlier one asked for a password, or for patience.
std::string reply_text(const FlowReport& report, const Event& event) {
  const bool is_last = std::none_of(report.events.begin(), report.events.end(), [&event](const Event& e) {
    return e.kind == event.kind && e.from == event.from && e.frame > event.frame;
  });
  return is_last ? escape_terminal(report.tls.plaintext.reply) : std::string();
}

LadderLabel by_kind(const AnalyzedFlow& flow, const Event& event) {
  const FlowReport& report = flow.report;
  switch (event.kind) {
    case EventKind::syn:
      return opening(report, event, "SYN");
    case EventKind::syn_ack:
      return opening(report, event, "SYN, ACK");
    case EventKind::ack:
      return {"ACK", "", Stroke::plain};
    case EventKind::fin:
      return {"FIN", "", Stroke::plain};
    case EventKind::rst:
      return reset(flow, event);
    case EventKind::syn_retransmission:
      return {report.side(event.from) == Side::server ? "SYN, ACK again" : "SYN again", "", Stroke::plain};
    case EventKind::retransmission:
      return {"sent again", fmt::format("{} B", event.size), Stroke::plain};
    case EventKind::zero_window:
      return {"window full", "", Stroke::plain};
    case EventKind::gap:
      return {fmt::format("{} B {}", event.size,
                          event.note == Event::Note::unacknowledged ? "that never arrived" : "missing"),
              "", Stroke::none};
    case EventKind::limit_reached:
      return {"limit reached, not followed further", "", Stroke::none};
    case EventKind::icmp_unreachable:
      return {"ICMP error",
              icmp_text(event.icmp_v6, event.code_a, event.code_b) +
                  (event.size > 0 ? fmt::format(", MTU {}", event.size) : std::string()),
              Stroke::none};
    case EventKind::client_hello:
      return client_hello(report, event);
    case EventKind::server_hello:
      return server_hello(report);
    case EventKind::hello_retry_request:
      return retry_request(report);
    case EventKind::certificate:
      return certificate(report, event);
    case EventKind::alert:
      return alert(event);
    case EventKind::application_data:
      return {"application data", "", Stroke::data};
    case EventKind::plaintext:
      return {"not TLS", fmt::format("{} B", event.size), Stroke::plain};
    case EventKind::starttls:
      if (is_answer(report, event)) return {"STARTTLS answer", reply_text(report, event), Stroke::plain};
      return {"STARTTLS", "", Stroke::plain};
    case EventKind::proxy_connect:
      if (is_answer(report, event)) return {"proxy answer", reply_text(report, event), Stroke::plain};
      return {"proxy request", escape_terminal(report.tls.plaintext.target), Stroke::plain};
    case EventKind::encrypted_handshake:
    case EventKind::encrypted_record:
    case EventKind::encrypted_alert: {
      const std::string what = event.kind == EventKind::encrypted_alert       ? "encrypted alert"
                               : event.kind == EventKind::encrypted_handshake ? "encrypted handshake"
                                                                              : "encrypted record";
      return {fmt::format("{} ({} B)", what, event.size), "", Stroke::encrypted};
    }
    default:
      return {message_name(event.kind), "", Stroke::plain};
  }
}

}  // namespace

const RstVerdict* verdict_of(const AnalyzedFlow& flow, std::uint64_t frame) {
  for (std::size_t i = 0; i < std::min(flow.report.tcp.rst.size(), flow.rst_verdicts.size()); ++i) {
    if (flow.report.tcp.rst[i].frame == frame) return &flow.rst_verdicts[i];
  }
  return nullptr;
}

LadderLabel ladder_label(const AnalyzedFlow& flow, const Event& event) {
  LadderLabel label = by_kind(flow, event);
  if (event.likely != TlsEvent::Likely::none) add(label.beside, "likely " + spaced(to_text(event.likely)));
  if (event.note != Event::Note::none) add(label.beside, spaced(to_text(event.note)));
  if (event.tls_note != TlsEvent::Note::none) add(label.beside, spaced(to_text(event.tls_note)));
  if (event.decode_failed) add(label.beside, is_unreadable(event.kind) ? "cut" : "malformed");
  return label;
}

}  // namespace handlens
