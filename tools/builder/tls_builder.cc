#include "tools/builder/tls_builder.h"

#include <algorithm>

namespace handlens::builder {
namespace {

Bytes list_of_u16(const std::vector<std::uint16_t>& values) {
  ByteWriter out;
  for (std::uint16_t value : values) out.u16(value);
  return out.bytes();
}

void add_extension(ByteWriter& out, std::uint16_t type, const Bytes& data) { out.u16(type).vector16(data); }

Bytes protocol_names(const std::vector<std::string>& names) {
  ByteWriter list;
  for (const std::string& name : names) list.vector8(from_text(name));
  return ByteWriter().vector16(list.bytes()).bytes();
}

Bytes server_name_list(const std::string& name) {
  const Bytes entry = ByteWriter().u8(0).vector16(from_text(name)).bytes();
  return ByteWriter().vector16(entry).bytes();
}

Bytes key_share_list(const std::vector<std::pair<std::uint16_t, std::size_t>>& shares) {
  ByteWriter list;
  for (const auto& [group, size] : shares) list.u16(group).vector16(filler(size, 0x40));
  return ByteWriter().vector16(list.bytes()).bytes();
}

Bytes client_extensions(const ClientHelloFields& fields) {
  ByteWriter out;
  const bool offers_13 = std::find(fields.versions.begin(), fields.versions.end(), kTls13) != fields.versions.end();
  if (!fields.server_name.empty()) add_extension(out, 0, server_name_list(fields.server_name));
  if (fields.extended_master_secret) add_extension(out, 23, {});
  if (fields.secure_renegotiation) add_extension(out, 0xff01, {0});
  if (!fields.groups.empty()) {
    add_extension(out, 10, ByteWriter().vector16(list_of_u16(fields.groups)).bytes());
    add_extension(out, 11, {1, 0});
  }
  if (fields.session_ticket) add_extension(out, 35, {});
  if (!fields.alpn.empty()) add_extension(out, 16, protocol_names(fields.alpn));
  if (!fields.signature_algorithms.empty()) {
    add_extension(out, 13, ByteWriter().vector16(list_of_u16(fields.signature_algorithms)).bytes());
  }
  if (!fields.versions.empty()) add_extension(out, 43, ByteWriter().vector8(list_of_u16(fields.versions)).bytes());
  if (fields.psk_modes && offers_13) add_extension(out, 45, {1, 1});
  if (!fields.key_shares.empty()) add_extension(out, 51, key_share_list(fields.key_shares));
  if (fields.padding > 0) add_extension(out, 21, Bytes(fields.padding, 0));
  for (const Extension& extension : fields.more) add_extension(out, extension.type, extension.data);
  return out.bytes();
}

Bytes server_extensions(const ServerHelloFields& fields) {
  ByteWriter out;
  if (fields.version >= kTls13) {
    ByteWriter share;
    share.u16(fields.group);
    if (fields.key_size > 0) share.vector16(filler(fields.key_size, 0xa0));
    add_extension(out, 43, ByteWriter().u16(fields.version).bytes());
    add_extension(out, 51, share.bytes());
  } else {
    if (fields.secure_renegotiation) add_extension(out, 0xff01, {0});
    if (fields.extended_master_secret) add_extension(out, 23, {});
    if (fields.session_ticket) add_extension(out, 35, {});
    if (!fields.alpn.empty()) add_extension(out, 16, protocol_names({fields.alpn}));
  }
  for (const Extension& extension : fields.more) add_extension(out, extension.type, extension.data);
  return out.bytes();
}

// One DER element: definite length in as few bytes as it takes.
Bytes der(std::uint8_t tag, const Bytes& content) {
  ByteWriter out;
  out.u8(tag);
  if (content.size() < 0x80) {
    out.u8(content.size());
  } else if (content.size() < 0x100) {
    out.u8(0x81).u8(content.size());
  } else {
    out.u8(0x82).u16(content.size());
  }
  return out.raw(content).bytes();
}

Bytes sequence(std::initializer_list<Bytes> parts) { return der(0x30, concat(parts)); }

Bytes certificate_extension(const Bytes& oid, bool critical, const Bytes& value) {
  return sequence({der(0x06, oid), critical ? from_hex("0101ff") : Bytes{}, der(0x04, value)});
}

Bytes rsa_public_key() {
  Bytes modulus = filler(256, 0xc1);
  modulus.back() |= 1;
  const Bytes key = sequence({der(0x02, concat({{0}, modulus})), from_hex("0203010001")});
  const Bytes algorithm = sequence({from_hex("06092a864886f70d010101"), from_hex("0500")});
  return sequence({algorithm, der(0x03, concat({{0}, key}))});
}

}  // namespace

Bytes record(std::uint8_t type, const Bytes& payload, std::uint16_t version) {
  return ByteWriter().u8(type).u16(version).vector16(payload).bytes();
}

Bytes handshake_message(std::uint8_t type, const Bytes& body) { return ByteWriter().u8(type).vector24(body).bytes(); }

Bytes records(std::uint8_t type, const Bytes& payload, std::size_t size, std::uint16_t version) {
  Bytes all;
  for (std::size_t offset = 0; offset < payload.size(); offset += size) {
    append(all, record(type, slice(payload, offset, size), version));
  }
  return all;
}

Bytes client_hello(const ClientHelloFields& fields) {
  ByteWriter body;
  body.u16(fields.legacy_version).raw(fields.random).vector8(fields.session_id);
  body.vector16(list_of_u16(fields.cipher_suites)).vector8(fields.compression);
  if (!fields.no_extensions) body.vector16(client_extensions(fields));
  return handshake_message(1, body.bytes());
}

ClientHelloFields tls12_hello(const std::string& server_name) {
  ClientHelloFields fields;
  fields.server_name = server_name;
  fields.session_id = {};
  fields.cipher_suites = {0xc02b, 0xc02f, 0xc02c, 0xc030, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
  fields.versions = {};
  fields.key_shares = {};
  return fields;
}

Bytes server_hello(const ServerHelloFields& fields) {
  ByteWriter body;
  body.u16(fields.legacy_version).raw(fields.random).vector8(fields.session_id).u16(fields.cipher_suite).u8(0);
  return handshake_message(2, body.vector16(server_extensions(fields)).bytes());
}

ServerHelloFields tls12_server_hello(std::uint16_t cipher_suite) {
  ServerHelloFields fields;
  fields.cipher_suite = cipher_suite;
  fields.version = kTls12;
  return fields;
}

// RFC 8446 section 4.1.3: a ServerHello whose random is the SHA-256 of "HelloRetryRequest".
Bytes hello_retry_request(std::uint16_t group, std::uint16_t cipher_suite) {
  ServerHelloFields fields;
  fields.random = from_hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");
  fields.cipher_suite = cipher_suite;
  fields.group = group;
  fields.key_size = 0;
  return server_hello(fields);
}

Bytes certificate_message(const std::vector<Bytes>& der_chain) {
  ByteWriter list;
  for (const Bytes& certificate : der_chain) list.vector24(certificate);
  return handshake_message(11, ByteWriter().vector24(list.bytes()).bytes());
}

Bytes server_key_exchange(std::uint16_t group, std::size_t key_size) {
  ByteWriter body;
  body.u8(3).u16(group).vector8(filler(key_size, 0x20));
  return handshake_message(12, body.u16(0x0804).vector16(filler(256, 0x33)).bytes());
}

Bytes certificate_request(const std::vector<Bytes>& authorities) {
  ByteWriter names;
  for (const Bytes& name : authorities) names.vector16(name);
  ByteWriter body;
  body.vector8({1, 64}).vector16(list_of_u16({0x0403, 0x0804, 0x0401})).vector16(names.bytes());
  return handshake_message(13, body.bytes());
}

Bytes server_hello_done() { return handshake_message(14, {}); }

Bytes client_key_exchange(std::size_t key_size) {
  return handshake_message(16, ByteWriter().vector8(filler(key_size, 0x70)).bytes());
}

Bytes new_session_ticket(std::uint32_t lifetime, std::size_t size) {
  return handshake_message(4, ByteWriter().u32(lifetime).vector16(filler(size, 0x55)).bytes());
}

Bytes alert_record(std::uint8_t level, std::uint8_t description, std::uint16_t version) {
  return record(kAlertRecord, {level, description}, version);
}

Bytes change_cipher_spec_record(std::uint16_t version) { return record(kChangeCipherSpecRecord, {1}, version); }

// Bytes that no parser should take for plaintext: a multiplicative sequence, high bits only.
Bytes encrypted_record(std::size_t size, std::uint8_t type, std::uint16_t version) {
  Bytes noise(size);
  std::uint32_t state = 0x9e3779b9U + static_cast<std::uint32_t>(size);
  for (std::uint8_t& byte : noise) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return record(type, noise, version);
}

Bytes sslv2_client_hello(std::uint16_t version, const std::vector<std::uint32_t>& cipher_kinds) {
  ByteWriter ciphers;
  for (std::uint32_t kind : cipher_kinds) ciphers.u24(kind);
  ByteWriter body;
  body.u8(1).u16(version).u16(ciphers.bytes().size()).u16(0).u16(16).raw(ciphers.bytes()).raw(filler(16, 0x80));
  return ByteWriter().u16(0x8000 | body.bytes().size()).raw(body.bytes()).bytes();
}

Bytes distinguished_name(const std::string& common_name) {
  return sequence({der(0x31, sequence({from_hex("0603550403"), der(0x0c, from_text(common_name))}))});
}

Bytes certificate_der(const CertificateFields& fields) {
  const Bytes algorithm = sequence({from_hex("06092a864886f70d01010b"), from_hex("0500")});  // sha256WithRSAEncryption
  Bytes names;
  for (const std::string& name : fields.dns_names) append(names, der(0x82, from_text(name)));
  const Bytes constraints = der(0x30, fields.authority ? from_hex("0101ff") : Bytes{});
  Bytes extensions = certificate_extension(from_hex("551d13"), true, constraints);
  if (!fields.dns_names.empty()) append(extensions, certificate_extension(from_hex("551d11"), false, der(0x30, names)));
  const Bytes validity = sequence({der(0x17, from_text(fields.not_before)), der(0x17, from_text(fields.not_after))});
  const Bytes to_be_signed =
      sequence({from_hex("a003020102"), der(0x02, fields.serial), algorithm, distinguished_name(fields.issuer_name),
                validity, distinguished_name(fields.common_name), rsa_public_key(), der(0xa3, der(0x30, extensions))});
  return sequence({to_be_signed, algorithm, der(0x03, concat({{0}, filler(256, 0x11)}))});
}

}  // namespace handlens::builder
