// The extensions of ClientHello, ServerHello and HelloRetryRequest.
//
// What it is: a list of (type, body) pairs at the end of a hello; each type has its own body format.
// On the wire: extensions<..2^16-1> of { type(2) body<0..2^16-1> }.
// Recognise it by: the type, an IANA code point; 0x?a?a with equal bytes is GREASE and means nothing.
// We keep: every type and length in wire order; the bodies that have a field in ClientHello or ServerHello.
// We ignore and why: bodies nobody explains a failure with (padding, SRTP, SRP, ...), and a second extension of the
//   same type (illegal, RFC 8446 §4.2): it is flagged, the first one counts.
// Limits: kMaxExtensions and kMaxListEntries; a malformed body is noted in extension_error and the rest goes on.
// RFC sections: 8446 §4.2, 6066, 7301, 5746, 7627, 7366, 8879, 8449, 6520. One function each in tls_extensions.cc.
#pragma once

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

enum class ExtensionType : std::uint16_t {
  server_name = 0,
  max_fragment_length = 1,
  status_request = 5,
  supported_groups = 10,
  ec_point_formats = 11,
  signature_algorithms = 13,
  heartbeat = 15,
  application_layer_protocol_negotiation = 16,
  encrypt_then_mac = 22,
  extended_master_secret = 23,
  compress_certificate = 27,
  record_size_limit = 28,
  session_ticket = 35,
  draft_key_share = 40,  // key_share until draft 22; unassigned since
  pre_shared_key = 41,
  early_data = 42,
  supported_versions = 43,
  cookie = 44,
  psk_key_exchange_modes = 45,
  post_handshake_auth = 49,
  signature_algorithms_cert = 50,
  key_share = 51,
  encrypted_client_hello = 0xfe0d,
  renegotiation_info = 0xff01,
  encrypted_server_name = 0xffce,  // ESNI, drafts 2 to 6 of what became ECH
};

// `block` is the content of the extensions vector, or as much of it as there is; `base` its offset in the message.
// A broken frame (an extension longer than the block) is the message's error; a broken body is extension_error.
void dissect_client_extensions(ByteView block, std::uint32_t base, ClientHello& hello, ParseError& error);
void dissect_server_extensions(ByteView block, std::uint32_t base, ServerHello& hello, ParseError& error);

// A 2-byte length and its vector. If fewer bytes exist than announced the error is recorded and those that exist are
// returned, so that a cut message still shows its beginning. `base` receives the vector's offset in the message.
[[nodiscard]] ByteView take_vector16(ByteReader& reader, std::uint32_t& base, const char* field);

}  // namespace handlens::tls
