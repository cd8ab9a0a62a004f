// The hellos of the record: `tls.client_hello`, `tls.server_hello` and what comes between them. Lists give names in
// wire order, so that what was chosen can be looked up in what was offered; a code point without a name is "0x1234".
#include <array>

#include "dissectors/digest.h"
#include "src/output/record.h"
#include "src/output/record_shared.h"

namespace handlens {
namespace {

template <class Out>
void visit_names(RecordVisitor::Key key, const std::vector<std::uint16_t>& codes, NameTable& names, Out& out) {
  if (codes.empty()) return;
  out.begin_array(key);
  for (const std::uint16_t code : codes) out.word("", names(code));
  out.end_array();
}

template <class Out>
void visit_numbers(RecordVisitor::Key key, const std::vector<std::uint8_t>& values, Out& out) {
  if (values.empty()) return;
  out.begin_array(key);
  for (const std::uint8_t value : values) out.number("", value);
  out.end_array();
}

template <class Out>
void visit_extensions(const std::vector<tls::Extension>& extensions, NameTable& names, Out& out) {
  out.begin_array("extensions");
  for (const tls::Extension& extension : extensions) out.word("", names(extension.type));
  out.end_array();
}

template <class Hello, class Out>
void visit_place(const SeenHello<Hello>& seen, RecordMemo& memo, Out& out) {
  out.number("frame", seen.stamp.number);
  if (seen.first_frame > 0 && seen.first_frame != seen.stamp.number) out.number("first_frame", seen.first_frame);
  out.number("size", seen.size);
  out.number("segments", seen.segments);
  out.number("records", seen.records);
  if (seen.record_version != 0) out.word("record_version", memo.versions(seen.record_version));
}

template <class Out>
void visit_psk_modes(const std::vector<std::uint8_t>& modes, Out& out) {
  if (modes.empty()) return;
  out.begin_array("psk_modes");  // RFC 8446 §4.2.9
  for (const std::uint8_t mode : modes) {
    out.word("", mode == 0 ? "psk_ke" : mode == 1 ? "psk_dhe_ke" : std::to_string(mode));
  }
  out.end_array();
}

template <class Out>
void visit_flags(const tls::ClientHello& hello, Out& out) {
  const std::pair<RecordVisitor::Key, bool> flags[] = {
      {"sslv2_format", hello.sslv2_format},
      {"pre_shared_key", hello.pre_shared_key},
      {"early_data", hello.early_data},
      {"status_request", hello.status_request},
      {"extended_master_secret", hello.extended_master_secret},
      {"encrypt_then_mac", hello.encrypt_then_mac},
      {"renegotiation_info", hello.renegotiation_info},
      {"fallback_scsv", hello.fallback_scsv},
      {"post_handshake_auth", hello.post_handshake_auth},
      {"grease", hello.grease},
      {"duplicate_extension", hello.duplicate_extension},
      {"pre_shared_key_not_last", hello.pre_shared_key_not_last},
      {"malformed", hello.extension_error.failed() || hello.trailing_bytes > 0},
      {"truncated", hello.lists_truncated},
  };
  for (const auto& [key, value] : flags) {
    if (value) out.boolean(key, true);
  }
}

template <std::size_t size, class Out>
void visit_random(const std::array<std::uint8_t, size>& random, Out& out) {
  std::array<char, 2 * size> text;  // not cleared
  out.word("random", {text.data(), static_cast<std::size_t>(tls::put_hex(random, text.data()) - text.data())});
}

// What a client offers is the same in all of its connections. All of it is part of ClientShape's key.
template <class Out>
void visit_lists(const tls::ClientHello& hello, RecordMemo& memo, Out& out) {
  visit_names("versions", hello.supported_versions, memo.versions, out);
  visit_names("cipher_suites", hello.cipher_suites, memo.cipher_suites, out);
  if (!hello.sslv2_cipher_specs.empty()) {
    out.begin_array("sslv2_cipher_specs");
    for (const std::uint32_t spec : hello.sslv2_cipher_specs) out.number("", spec);
    out.end_array();
  }
  visit_numbers("compression", hello.compression_methods, out);
  if (hello.has_extensions_block) visit_extensions(hello.extensions, memo.extensions, out);
  visit_names("groups", hello.groups, memo.groups, out);
  visit_numbers("point_formats", hello.point_formats, out);
  if (!hello.key_shares.empty()) {
    out.begin_array("key_shares");
    for (const tls::KeyShare& share : hello.key_shares) out.word("", memo.groups(share.group));
    out.end_array();
  }
  visit_names("signature_algorithms", hello.signature_algorithms, memo.schemes, out);
  visit_names("signature_algorithms_cert", hello.signature_algorithms_cert, memo.schemes, out);
  visit_psk_modes(hello.psk_modes, out);
}

// `shape`: the memo's; null: it has none.
template <class Out>
void visit_client_hello(RecordVisitor::Key key, const SeenHello<tls::ClientHello>& seen, ClientShape* shape,
                        RecordMemo& memo, Out& out) {
  const tls::ClientHello& hello = seen.hello;
  out.begin_object(key);
  visit_place(seen, memo, out);
  out.word("legacy_version", memo.versions(hello.legacy_version));
  visit_random(hello.random, out);
  if (shape != nullptr) {
    visit_shared(shape->lists, memo, out, [&hello, &memo](auto& to) { visit_lists(hello, memo, to); });
  } else {
    visit_lists(hello, memo, out);
  }
  out.number("session_id_length", hello.session_id.size());
  if (hello.session_ticket_length) out.number("session_ticket_length", *hello.session_ticket_length);
  if (hello.pre_shared_key) out.number("psk_identities", hello.psk_identities);
  if (hello.record_size_limit) out.number("record_size_limit", *hello.record_size_limit);
  if (hello.max_fragment_length) out.number("max_fragment_length", *hello.max_fragment_length);
  visit_flags(hello, out);
  out.end_object();
}

template <class Out>
void visit_retry_request(const SeenHello<tls::ServerHello>& seen, RecordMemo& memo, Out& out) {
  out.begin_object("hello_retry_request");
  visit_place(seen, memo, out);
  out.word("version", memo.versions(seen.hello.version));
  if (seen.hello.key_share) out.word("group", memo.groups(seen.hello.key_share->group));
  out.boolean("cookie", seen.hello.cookie);
  out.end_object();
}

template <class Out>
void visit_server_hello(const TlsFacts& tls, RecordMemo& memo, Out& out) {
  const SeenHello<tls::ServerHello>& seen = *tls.server_hello;
  const tls::ServerHello& hello = seen.hello;
  out.begin_object("server_hello");
  visit_place(seen, memo, out);
  out.word("legacy_version", memo.versions(hello.legacy_version));
  out.word("version", memo.versions(hello.version));
  visit_random(hello.random, out);
  out.word("cipher_suite", memo.cipher_suites(hello.cipher_suite));
  out.number("compression", hello.compression_method);
  visit_extensions(hello.extensions, memo.extensions, out);
  if (tls.client_hello) {
    const auto& offered = tls.client_hello->hello.session_id;
    out.boolean("session_id_echoed", !offered.empty() && offered == hello.session_id);
  }
  out.number("session_id_length", hello.session_id.size());
  if (hello.downgrade_sentinel) out.word("random_sentinel", *hello.downgrade_sentinel == 1 ? "tls12" : "tls11");
  if (hello.selected_identity) out.number("selected_identity", *hello.selected_identity);
  if (hello.encrypt_then_mac) out.boolean("encrypt_then_mac", true);
  if (hello.session_ticket) out.boolean("session_ticket", true);
  if (hello.status_request) out.boolean("status_request", true);
  if (hello.extension_error.failed() || hello.trailing_bytes > 0) out.boolean("malformed", true);
  if (hello.duplicate_extension) out.boolean("duplicate_extension", true);
  out.end_object();
}

}  // namespace

template <class Out>
void walk_hellos(const FlowReport& report, ClientShape* client, RecordMemo& memo, Out& out) {
  const TlsFacts& tls = report.tls;
  if (tls.client_hello) visit_client_hello("client_hello", *tls.client_hello, client, memo, out);
  if (tls.hello_retry_request) visit_retry_request(*tls.hello_retry_request, memo, out);
  if (tls.second_client_hello) visit_client_hello("second_client_hello", *tls.second_client_hello, nullptr, memo, out);
  if (tls.server_hello) visit_server_hello(tls, memo, out);
}

void visit_hellos(const FlowReport& report, ClientShape* client, RecordMemo& memo, RecordVisitor& out) {
  walk_hellos(report, client, memo, out);
}
void visit_hellos(const FlowReport& report, ClientShape* client, RecordMemo& memo, JsonWriter& out) {
  walk_hellos(report, client, memo, out);
}

}  // namespace handlens
