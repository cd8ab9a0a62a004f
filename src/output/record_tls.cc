// The `tls` object of the record: what was negotiated, and how far it got.
#include <algorithm>
#include <array>

#include "dissectors/digest.h"
#include "src/output/flow_timing.h"
#include "src/output/record.h"
#include "src/output/record_shared.h"

namespace handlens {
namespace {

bool is_tls13(const TlsFacts& tls) { return tls.server_hello && tls::is_tls13_family(tls.server_hello->hello.version); }

bool offers_tls13(const tls::ClientHello& hello) {
  return std::any_of(hello.supported_versions.begin(), hello.supported_versions.end(), tls::is_tls13_family);
}

bool offers_ticket(const tls::ClientHello& hello) { return hello.session_ticket_length.value_or(0) > 0; }

// A TLS 1.3 client sends a session id that names no session (RFC 8446 §4.1.2), so there it offers nothing.
bool offers_resumption(const tls::ClientHello& hello) {
  return hello.pre_shared_key || offers_ticket(hello) || (!hello.session_id.empty() && !offers_tls13(hello));
}

// Acceptance stands in EncryptedExtensions, which cannot be read. Some rejections show on the wire: a HelloRetryRequest
// (RFC 8446 §4.1.2), no pre-shared key chosen, or an older version. Acceptance shows by EndOfEarlyData, which a client
// sends only then (§4.5).
std::string_view early_data_state(const TlsFacts& tls) {
  if (tls.hello_retry_request) return "rejected";
  if (tls.server_hello && (!is_tls13(tls) || !tls.server_hello->hello.selected_identity)) return "rejected";
  return tls.end_of_early_data ? "accepted" : "offered";
}

template <class Out>
void visit_offer(const tls::ClientHello& hello, Out& out) {
  if (hello.server_name) out.text("sni", *hello.server_name);
  if (hello.has_alpn) {
    out.begin_array("alpn_offered");
    for (const std::string& name : hello.alpn) out.text("", name);
    out.end_array();
  }
}

template <class Out>
void visit_negotiated(const TlsFacts& tls, RecordMemo& memo, Out& out) {
  if (tls.server_hello) {
    const tls::ServerHello& hello = tls.server_hello->hello;
    out.word("version", memo.versions(hello.version));
    out.word("cipher_suite", memo.cipher_suites(hello.cipher_suite));
  }
  if (const auto group = negotiated_group(tls)) out.word("group", memo.groups(*group));
  if (tls.server_key_exchange && tls.server_key_exchange->dh_bits) {
    out.number("dh_bits", *tls.server_key_exchange->dh_bits);
  }
  if (tls.client_hello) visit_offer(tls.client_hello->hello, out);
  if (tls.server_hello && tls.server_hello->hello.alpn) out.text("alpn", *tls.server_hello->hello.alpn);
  if (tls.server_key_exchange && tls.server_key_exchange->signature_scheme) {
    out.word("signature_scheme", memo.schemes(*tls.server_key_exchange->signature_scheme));
  }
}

template <class Out>
void visit_session(const FlowReport& report, Out& out) {
  const TlsFacts& tls = report.tls;
  if (const auto resumed = is_resumed(report)) out.boolean("resumed", *resumed);
  const std::string_view kind = resumption_kind(report);
  if (!kind.empty()) out.word("resumption", kind);
  if (!tls.client_hello) return;
  const tls::ClientHello& hello = tls.client_hello->hello;
  out.boolean("resumption_offered", offers_resumption(hello));
  if (hello.early_data) out.word("early_data", early_data_state(tls));
}

template <class Out>
void visit_security(const TlsFacts& tls, Out& out) {
  if (tls.hello_retry_request || tls.server_hello) out.boolean("hello_retry", tls.hello_retry_request != nullptr);
  const tls::ClientHello* client = tls.client_hello ? &tls.client_hello->hello : nullptr;
  if (client != nullptr && client->ech) {
    out.word("ech", "grease-or-offered");
  } else if (client != nullptr && client->esni) {
    out.word("ech", "esni");
  }
  if (!tls.server_hello) return;
  const tls::ServerHello& server = tls.server_hello->hello;
  if (!is_tls13(tls)) {  // both are part of TLS 1.3 itself (RFC 8446 appendix D, RFC 7627 §5.4)
    out.boolean("extended_master_secret", server.extended_master_secret);
    out.boolean("secure_renegotiation", server.renegotiation_info);
  }
  // RFC 8446 §4.1.3: which better version the server could have spoken.
  if (server.downgrade_sentinel) out.word("downgrade_sentinel", *server.downgrade_sentinel == 1 ? "tls12" : "tls11");
}

template <class Out>
void word_if(Out& out, RecordVisitor::Key key, std::string_view word) {
  if (!word.empty()) out.word(key, word);
}

// A hello whose lists were cut has no fingerprints.
template <class Out>
void visit_fingerprints(const TlsFacts& tls, ClientShape* client, RecordMemo& memo, Out& out) {
  if (client != nullptr) {
    visit_shared(client->ja3_text, memo, out, [client](auto& to) {
      word_if(to, "ja3", client->ja3.hash);
      word_if(to, "ja3_full", client->ja3.full);
    });
  }
  if (tls.server_hello) {
    ServerShape& server = memo.server(tls.server_hello->hello);
    visit_shared(server.text, memo, out, [&server](auto& to) {
      word_if(to, "ja3s", server.ja3s.hash);
      word_if(to, "ja3s_full", server.ja3s.full);
    });
  }
  if (client != nullptr) {
    visit_shared(client->ja4_text, memo, out, [client](auto& to) {
      const tls::Ja4& print = client->ja4;
      if (!print.hash.empty()) to.text("ja4", print.hash);  // JA4 carries two characters of the client's ALPN
      if (!print.raw.empty()) to.text("ja4_r", print.raw);
    });
  }
}

template <class Out>
void visit_first_bytes(RecordVisitor::Key key, const FirstBytes& bytes, Out& out) {
  if (bytes.empty()) return;
  std::array<char, 2 * FirstBytes::kMost> text;  // not cleared
  const char* const end = tls::put_hex(bytes.view(), text.data());
  out.word(key, {text.data(), static_cast<std::size_t>(end - text.data())});
}

template <class Out>
void visit_alerts(const FlowReport& report, Out& out) {
  out.begin_array("alerts");
  for (const TlsAlertFact& alert : report.tls.alerts) {
    out.begin_object("");
    out.number("frame", alert.stamp.number);
    out.seconds("t", alert.stamp.time.ns - report.first.time.ns);
    out.word("from", to_text(report.side(alert.from)));
    if (!alert.encrypted && !alert.inferred) {
      out.word("level", tls::alert_level_name(alert.level));
      out.word("description", tls::alert_name(alert.code));
      out.number("code", alert.code);
    }
    out.boolean("encrypted", alert.encrypted);
    out.boolean("inferred", alert.inferred);
    out.end_object();
  }
  out.end_array();
}

template <class Out>
void visit_progress(const FlowReport& report, Out& out) {
  const TlsFacts& tls = report.tls;
  out.boolean("established", tls.established);
  out.boolean("decrypted", false);  // this version reads no secrets
  if (tls.gap) out.boolean("gap", true);
  if (tls.malformed) out.boolean("malformed", true);
  const Prelude prelude = tls.plaintext.protocol;
  if (prelude != Prelude::none && prelude != Prelude::unknown_text) {
    out.word(is_tunnel(prelude) ? "tunnel" : "starttls", to_text(prelude));
  }
  const FlowTiming timing = flow_timing(report);
  out.begin_object("timing");
  const auto put = [&out](RecordVisitor::Key key, const std::optional<std::int64_t>& value) {
    if (value) out.seconds(key, *value);
  };
  put("client_hello_to_server_hello", timing.client_hello_to_server_hello);
  put("client_hello_to_established", timing.client_hello_to_established);
  put("established_to_first_response", timing.established_to_first_response);
  out.end_object();
}

}  // namespace

// TLS 1.3: the server chose one of the offered keys (RFC 8446 §4.2.11; an external key looks the same). Before: a full
// handshake shows a certificate or a key exchange; an abbreviated one goes from the ServerHello straight to the
// server's ChangeCipherSpec (RFC 5246 §7.3). Absence proves nothing where bytes are missing.
std::optional<bool> is_resumed(const FlowReport& report) {
  const TlsFacts& tls = report.tls;
  if (!tls.server_hello) return std::nullopt;
  if (is_tls13(tls)) return tls.server_hello->hello.selected_identity.has_value();
  const std::size_t server = index(opposite(report.tls_client()));
  if (tls.chains[server].seen || tls.server_key_exchange || tls.server_hello_done || tls.client_key_exchange) {
    return false;
  }
  const bool missing = tls.gap || report.facts(report.side(opposite(report.tls_client()))).lost_bytes > 0;
  if (missing) return std::nullopt;
  if (tls.change_cipher_spec[server]) return true;
  return std::nullopt;
}

// With a ticket the client invents a session id only to see it echoed (RFC 5077 §3.4), so the ticket is the stronger
// sign.
std::string_view resumption_kind(const FlowReport& report) {
  const TlsFacts& tls = report.tls;
  if (!is_resumed(report).value_or(false)) return "";
  if (is_tls13(tls)) return "psk";
  if (!tls.client_hello) return "";
  const tls::ClientHello& client = tls.client_hello->hello;
  if (offers_ticket(client)) return "ticket";
  if (!client.session_id.empty() && client.session_id == tls.server_hello->hello.session_id) return "session-id";
  return "";
}

std::optional<std::uint16_t> negotiated_group(const TlsFacts& tls) {
  if (tls.server_hello && tls.server_hello->hello.key_share) return tls.server_hello->hello.key_share->group;
  if (tls.server_key_exchange) return tls.server_key_exchange->named_group;
  return std::nullopt;
}

template <class Out>
void walk_tls(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, Out& out) {
  const TlsFacts& tls = report.tls;
  out.begin_object("tls");
  if (tls.start_frame > 0) out.number("start_frame", tls.start_frame);
  visit_negotiated(tls, memo, out);
  visit_session(report, out);
  visit_security(tls, out);
  // The SSLv2 form has no place in the definitions: its cipher specs are 24 bits and it has no extensions.
  const bool has_shape = tls.client_hello && !tls.client_hello->hello.sslv2_format;
  ClientShape* const client = has_shape ? &memo.client(tls.client_hello->hello) : nullptr;
  visit_fingerprints(tls, client, memo, out);
  visit_hellos(report, client, memo, out);
  visit_certificates(report, options, memo, out);
  visit_alerts(report, out);
  visit_progress(report, out);
  out.end_object();
}

template <class Out>
void walk_plaintext(const FlowReport& report, Out& out) {
  const PlaintextFacts& facts = report.tls.plaintext;
  const bool has_bytes = !facts.first_bytes[0].empty() || !facts.first_bytes[1].empty();
  if (facts.protocol == Prelude::none && (report.is_tls || !has_bytes)) return;
  out.begin_object("plaintext");
  if (facts.protocol != Prelude::none) out.word("protocol", to_text(facts.protocol));
  out.boolean("requested", facts.tls_requested);
  if (facts.tls_accepted) out.boolean("accepted", *facts.tls_accepted);
  if (!facts.target.empty()) out.text("target", facts.target);
  if (!facts.reply.empty()) out.text("reply", facts.reply);
  if (has_bytes) {
    out.begin_object("first_bytes");
    const std::size_t client = index(report.client_direction);
    visit_first_bytes("client", facts.first_bytes[client], out);
    visit_first_bytes("server", facts.first_bytes[1 - client], out);
    out.end_object();
  }
  out.end_object();
}

void visit_tls(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, RecordVisitor& out) {
  walk_tls(report, options, memo, out);
}
void visit_tls(const FlowReport& report, const RecordOptions& options, RecordMemo& memo, JsonWriter& out) {
  walk_tls(report, options, memo, out);
}
void visit_plaintext(const FlowReport& report, RecordVisitor& out) { walk_plaintext(report, out); }
void visit_plaintext(const FlowReport& report, JsonWriter& out) { walk_plaintext(report, out); }

}  // namespace handlens
