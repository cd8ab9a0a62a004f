#include "dissectors/tls_extensions.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace handlens::tls {
namespace {

// The u16 values of a frame, at most kMaxListEntries of them.
void read_u16_list(ByteReader list, std::vector<std::uint16_t>& out, bool& truncated, const char* field) {
  const ByteView bytes = list.rest();
  if (bytes.size() % 2 != 0) list.fail(ParseReason::bad_length, field);
  const std::size_t count = bytes.size() / 2;
  if (count > kMaxListEntries) truncated = true;
  out.reserve(std::min(count, kMaxListEntries));
  for (std::size_t i = 0; i < std::min(count, kMaxListEntries); ++i) out.push_back(read_u16(bytes.data() + 2 * i));
}

// The u8 values of a frame: its length is one byte, so the wire itself bounds it.
void read_u8_list(ByteReader list, std::vector<std::uint8_t>& out) {
  const ByteView values = list.rest();
  out.assign(values.begin(), values.end());
}

std::string to_name(ByteView bytes, bool& truncated) {
  if (bytes.size() > kMaxNameBytes) truncated = true;
  const ByteView kept = bytes.first(std::min(bytes.size(), kMaxNameBytes));
  return {kept.begin(), kept.end()};
}

// ---- ClientHello ----------------------------------------------------------------------------------------------

// RFC 6066 §3: ServerName list<1..>, of which only host_name (0) was ever defined.
void client_server_name(ByteReader& body, ClientHello& hello) {
  hello.has_server_name = true;
  ByteReader list = body.vec16("server_name_list");
  if (body.ok() && list.empty()) list.fail(ParseReason::bad_length, "server_name_list");
  while (!list.empty()) {
    const std::uint8_t name_type = list.u8("name_type");
    const ByteView name = list.vec16("host_name").rest();
    if (!list.ok()) return;
    if (name.empty()) {
      list.fail(ParseReason::bad_length, "host_name");
    } else if (name_type == 0 && !hello.server_name) {
      hello.server_name = to_name(name, hello.lists_truncated);
    }
  }
}

void client_max_fragment_length(ByteReader& body, ClientHello& hello) {  // RFC 6066 §4
  const std::uint8_t code = body.u8("max_fragment_length");
  if (body.ok()) hello.max_fragment_length = code;
}

void client_status_request(ByteReader& body, ClientHello& hello) {  // RFC 6066 §8
  hello.status_request = true;
  const std::uint8_t status_type = body.u8("status_type");
  if (status_type != 1) {  // only ocsp is defined; the rest of another type is not ours to judge
    body.skip(body.remaining(), "status_request");
    return;
  }
  (void)body.vec16("responder_id_list");
  (void)body.vec16("request_extensions");
}

void client_supported_groups(ByteReader& body, ClientHello& hello) {  // RFC 8446 §4.2.7
  read_u16_list(body.vec16("named_group_list"), hello.groups, hello.lists_truncated, "named_group_list");
}

void client_ec_point_formats(ByteReader& body, ClientHello& hello) {  // RFC 8422 §5.1.2
  read_u8_list(body.vec8("ec_point_format_list"), hello.point_formats);
}

void client_signature_algorithms(ByteReader& body, ClientHello& hello) {  // RFC 8446 §4.2.3
  read_u16_list(body.vec16("signature_algorithms"), hello.signature_algorithms, hello.lists_truncated,
                "signature_algorithms");
}

void client_signature_algorithms_cert(ByteReader& body, ClientHello& hello) {
  read_u16_list(body.vec16("signature_algorithms_cert"), hello.signature_algorithms_cert, hello.lists_truncated,
                "signature_algorithms_cert");
}

void client_heartbeat(ByteReader& body, ClientHello& hello) {  // RFC 6520 §2
  const std::uint8_t mode = body.u8("heartbeat_mode");
  if (body.ok()) hello.heartbeat_mode = mode;
}

// RFC 7301 §3.1: ProtocolName<1..255> list<2..>. An empty name is illegal but kept: JA4 looks at the first one.
void client_alpn(ByteReader& body, ClientHello& hello) {
  hello.has_alpn = true;
  ByteReader list = body.vec16("protocol_name_list");
  bool empty_name = false;
  while (!list.empty()) {
    const ByteView name = list.vec8("protocol_name").rest();
    if (!list.ok()) return;
    empty_name = empty_name || name.empty();
    if (hello.alpn.size() < kMaxListEntries) {
      hello.alpn.push_back(to_name(name, hello.lists_truncated));
    } else {
      hello.lists_truncated = true;
    }
  }
  if (empty_name) list.fail(ParseReason::bad_length, "protocol_name");
}

void client_encrypt_then_mac(ByteReader&, ClientHello& hello) { hello.encrypt_then_mac = true; }

void client_extended_master_secret(ByteReader&, ClientHello& hello) { hello.extended_master_secret = true; }

void client_compress_certificate(ByteReader& body, ClientHello& hello) {  // RFC 8879 §3
  read_u16_list(body.vec8("algorithms"), hello.certificate_compression, hello.lists_truncated, "algorithms");
}

void client_record_size_limit(ByteReader& body, ClientHello& hello) {  // RFC 8449 §4
  const std::uint16_t limit = body.u16("record_size_limit");
  if (body.ok()) hello.record_size_limit = limit;
}

void client_session_ticket(ByteReader& body, ClientHello& hello) {  // RFC 5077 §3.2: the body is the ticket
  hello.session_ticket_length = static_cast<std::uint32_t>(body.remaining());
  body.skip(body.remaining(), "session_ticket");
}

// RFC 8446 §4.2.11: identities { identity<1..> obfuscated_ticket_age(4) }<7..>, binders { binder<32..255> }<33..>.
void client_pre_shared_key(ByteReader& body, ClientHello& hello) {
  hello.pre_shared_key = true;
  ByteReader identities = body.vec16("identities");
  while (!identities.empty()) {
    (void)identities.vec16("identity");
    (void)identities.u32("obfuscated_ticket_age");
    if (identities.ok()) ++hello.psk_identities;  // at most 65535 / 6
  }
  ByteReader binders = body.vec16("binders");
  while (!binders.empty()) (void)binders.vec8("binder");
}

void client_early_data(ByteReader&, ClientHello& hello) { hello.early_data = true; }

void client_supported_versions(ByteReader& body, ClientHello& hello) {  // RFC 8446 §4.2.1
  read_u16_list(body.vec8("versions"), hello.supported_versions, hello.lists_truncated, "versions");
}

void client_cookie(ByteReader& body, ClientHello& hello) {  // RFC 8446 §4.2.2
  hello.cookie = true;
  (void)body.vec16("cookie");
}

void client_psk_key_exchange_modes(ByteReader& body, ClientHello& hello) {  // RFC 8446 §4.2.9
  read_u8_list(body.vec8("ke_modes"), hello.psk_modes);
}

void client_post_handshake_auth(ByteReader&, ClientHello& hello) { hello.post_handshake_auth = true; }

void client_key_share(ByteReader& body, ClientHello& hello) {  // RFC 8446 §4.2.8
  if (!hello.key_shares.empty()) {  // both code points, 51 and that of the drafts: the first one counts
    body.skip(body.remaining(), "client_shares");
    return;
  }
  ByteReader shares = body.vec16("client_shares");
  while (!shares.empty()) {
    KeyShare share;
    share.group = shares.u16("group");
    share.length = static_cast<std::uint16_t>(shares.vec16("key_exchange").remaining());
    if (!shares.ok()) return;
    if (hello.key_shares.size() < kMaxListEntries) {
      hello.key_shares.push_back(share);
    } else {
      hello.lists_truncated = true;
    }
  }
}

// RFC 9849 §5. An outer hello (0) carries HPKE parameters; GREASE looks the same, so only its presence is kept.
void client_encrypted_client_hello(ByteReader& body, ClientHello& hello) {
  hello.ech = true;
  if (body.u8("ech_type") != 0) return;
  (void)body.u32("cipher_suite");
  (void)body.u8("config_id");
  (void)body.vec16("enc");
  (void)body.vec16("payload");
}

void client_encrypted_server_name(ByteReader& body, ClientHello& hello) {
  hello.esni = true;
  body.skip(body.remaining(), "encrypted_server_name");
}

void client_renegotiation_info(ByteReader& body, ClientHello& hello) {  // RFC 5746 §3.2
  hello.renegotiation_info = true;
  (void)body.vec8("renegotiated_connection");
}

// ---- ServerHello, HelloRetryRequest -----------------------------------------------------------------------------

void server_server_name(ByteReader&, ServerHello& hello) { hello.server_name_ack = true; }

void server_status_request(ByteReader&, ServerHello& hello) { hello.status_request = true; }

void server_heartbeat(ByteReader& body, ServerHello& hello) {
  const std::uint8_t mode = body.u8("heartbeat_mode");
  if (body.ok()) hello.heartbeat_mode = mode;
}

void server_alpn(ByteReader& body, ServerHello& hello) {  // RFC 7301 §3.1: exactly one name
  ByteReader list = body.vec16("protocol_name_list");
  const ByteView name = list.vec8("protocol_name").rest();
  if (!list.ok()) return;
  if (name.empty()) {
    list.fail(ParseReason::bad_length, "protocol_name");
    return;
  }
  hello.alpn = to_name(name, hello.lists_truncated);
  list.expect_end("protocol_name_list");
}

void server_encrypt_then_mac(ByteReader&, ServerHello& hello) { hello.encrypt_then_mac = true; }

void server_extended_master_secret(ByteReader&, ServerHello& hello) { hello.extended_master_secret = true; }

void server_session_ticket(ByteReader&, ServerHello& hello) { hello.session_ticket = true; }

void server_pre_shared_key(ByteReader& body, ServerHello& hello) {
  const std::uint16_t identity = body.u16("selected_identity");
  if (body.ok()) hello.selected_identity = identity;
}

void server_supported_versions(ByteReader& body, ServerHello& hello) {
  const std::uint16_t version = body.u16("selected_version");
  if (body.ok()) hello.version = version;
}

void server_cookie(ByteReader& body, ServerHello& hello) {
  hello.cookie = true;
  (void)body.vec16("cookie");
}

void server_key_share(ByteReader& body, ServerHello& hello) {  // RFC 8446 §4.2.8: HelloRetryRequest names a group only
  KeyShare share;
  share.group = body.u16("group");
  if (!hello.hello_retry_request) {
    share.length = static_cast<std::uint16_t>(body.vec16("key_exchange").remaining());
  }
  if (body.ok()) hello.key_share = share;
}

void server_renegotiation_info(ByteReader& body, ServerHello& hello) {
  hello.renegotiation_info = true;
  (void)body.vec8("renegotiated_connection");
}

// ---- the tables, sorted by code point ----------------------------------------------------------------------------

template <typename Hello>
struct Row {
  ExtensionType type;
  void (*dissect)(ByteReader& body, Hello& hello);
};

constexpr Row<ClientHello> kClientExtensions[] = {
    {ExtensionType::server_name, client_server_name},
    {ExtensionType::max_fragment_length, client_max_fragment_length},
    {ExtensionType::status_request, client_status_request},
    {ExtensionType::supported_groups, client_supported_groups},
    {ExtensionType::ec_point_formats, client_ec_point_formats},
    {ExtensionType::signature_algorithms, client_signature_algorithms},
    {ExtensionType::heartbeat, client_heartbeat},
    {ExtensionType::application_layer_protocol_negotiation, client_alpn},
    {ExtensionType::encrypt_then_mac, client_encrypt_then_mac},
    {ExtensionType::extended_master_secret, client_extended_master_secret},
    {ExtensionType::compress_certificate, client_compress_certificate},
    {ExtensionType::record_size_limit, client_record_size_limit},
    {ExtensionType::session_ticket, client_session_ticket},
    {ExtensionType::draft_key_share, client_key_share},
    {ExtensionType::pre_shared_key, client_pre_shared_key},
    {ExtensionType::early_data, client_early_data},
    {ExtensionType::supported_versions, client_supported_versions},
    {ExtensionType::cookie, client_cookie},
    {ExtensionType::psk_key_exchange_modes, client_psk_key_exchange_modes},
    {ExtensionType::post_handshake_auth, client_post_handshake_auth},
    {ExtensionType::signature_algorithms_cert, client_signature_algorithms_cert},
    {ExtensionType::key_share, client_key_share},
    {ExtensionType::encrypted_client_hello, client_encrypted_client_hello},
    {ExtensionType::renegotiation_info, client_renegotiation_info},
    {ExtensionType::encrypted_server_name, client_encrypted_server_name},
};

constexpr Row<ServerHello> kServerExtensions[] = {
    {ExtensionType::server_name, server_server_name},
    {ExtensionType::status_request, server_status_request},
    {ExtensionType::heartbeat, server_heartbeat},
    {ExtensionType::application_layer_protocol_negotiation, server_alpn},
    {ExtensionType::encrypt_then_mac, server_encrypt_then_mac},
    {ExtensionType::extended_master_secret, server_extended_master_secret},
    {ExtensionType::session_ticket, server_session_ticket},
    {ExtensionType::draft_key_share, server_key_share},
    {ExtensionType::pre_shared_key, server_pre_shared_key},
    {ExtensionType::supported_versions, server_supported_versions},
    {ExtensionType::cookie, server_cookie},
    {ExtensionType::key_share, server_key_share},
    {ExtensionType::renegotiation_info, server_renegotiation_info},
};

template <typename Hello, std::size_t n>
constexpr bool is_sorted_table(const Row<Hello> (&table)[n]) {
  for (std::size_t i = 1; i < n; ++i) {
    if (table[i - 1].type >= table[i].type) return false;
  }
  return true;
}
static_assert(is_sorted_table(kClientExtensions) && is_sorted_table(kServerExtensions));

template <typename Hello, std::size_t n>
const Row<Hello>* find_row(const Row<Hello> (&table)[n], std::uint16_t type) {
  const auto* row = std::lower_bound(std::begin(table), std::end(table), ExtensionType{type},
                                     [](const Row<Hello>& r, ExtensionType t) { return r.type < t; });
  return row != std::end(table) && row->type == ExtensionType{type} ? row : nullptr;
}

bool is_seen(const std::vector<Extension>& extensions, std::uint16_t type) {
  return std::any_of(extensions.begin(), extensions.end(), [type](const Extension& e) { return e.type == type; });
}

// Walks the list, which may be the beginning of one cut short: `error` may have failed before. A body is read by its
// function with an error slot of its own, so that one malformed extension costs only itself.
template <typename Hello, std::size_t n>
void dissect_extensions(ByteView block, std::uint32_t base, const Row<Hello> (&table)[n], Hello& hello,
                        ParseError& error) {
  constexpr std::size_t kUsualExtensions = 24;
  hello.extensions.reserve(std::min(block.size() / 4, kUsualExtensions));
  ParseError frame_error;
  ByteReader reader(block, frame_error, base);
  while (!reader.empty()) {
    const std::uint16_t type = reader.u16("extension_type");
    const std::uint16_t length = reader.u16("extension_length");
    const std::uint32_t at = base + static_cast<std::uint32_t>(reader.position());
    const ByteView bytes = reader.bytes(length, "extension_data");
    if (!reader.ok()) break;
    if (hello.extensions.size() == kMaxExtensions) {
      hello.lists_truncated = true;
      continue;
    }
    const bool seen = is_seen(hello.extensions, type);
    hello.extensions.push_back({type, length});
    if (seen) {
      hello.duplicate_extension = true;
      continue;
    }
    const Row<Hello>* row = find_row(table, type);
    if (row == nullptr) continue;
    ParseError body_error;
    ByteReader body(bytes, body_error, at);
    row->dissect(body, hello);
    body.expect_end("extension_data");
    if (body_error.failed() && !hello.extension_error.failed()) hello.extension_error = body_error;
  }
  if (!error.failed()) error = frame_error;
}

}  // namespace

void dissect_client_extensions(ByteView block, std::uint32_t base, ClientHello& hello, ParseError& error) {
  dissect_extensions(block, base, kClientExtensions, hello, error);
  for (std::size_t i = 0; i + 1 < hello.extensions.size(); ++i) {
    if (ExtensionType{hello.extensions[i].type} == ExtensionType::pre_shared_key) hello.pre_shared_key_not_last = true;
  }
}

void dissect_server_extensions(ByteView block, std::uint32_t base, ServerHello& hello, ParseError& error) {
  dissect_extensions(block, base, kServerExtensions, hello, error);
}

ByteView take_vector16(ByteReader& reader, std::uint32_t& base, const char* field) {
  const std::size_t length = reader.u16(field);
  base = static_cast<std::uint32_t>(reader.position());
  const ByteView available = reader.rest();
  const ByteView out = available.first(std::min(length, available.size()));
  reader.skip(length, field);
  return out;
}

}  // namespace handlens::tls
