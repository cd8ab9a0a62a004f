// One TLS 1.3 connection, the same in every capture that shows what can stand around it.
#pragma once
#include "tools/builder/packet_builder.h"
#include "tools/builder/tls_builder.h"

namespace handlens::synthetic {

inline builder::Host client(std::uint16_t port = 52000) {
  return {.ip = "192.0.2.10", .port = port, .isn = 1000, .ttl = 64, .ip_id = 0x100};
}
inline builder::Host server() { return {.ip = "198.51.100.7", .port = 443, .isn = 5000, .ttl = 57, .ip_id = 0x200}; }

inline builder::Bytes hello(const std::string& name = "www.example.com") {
  builder::ClientHelloFields fields;
  fields.server_name = name;
  return builder::record(builder::kHandshakeRecord, builder::client_hello(fields), builder::kTls10);
}

// Everything after the ClientHello.
inline void exchange(builder::Conversation& talk) {
  using namespace builder;
  talk.wait(milliseconds(10));
  talk.server_data(concat({record(kHandshakeRecord, server_hello({})), change_cipher_spec_record(),
                           encrypted_record(23), encrypted_record(700), encrypted_record(100), encrypted_record(53)}));
  talk.wait(milliseconds(1)).client_data(concat({change_cipher_spec_record(), encrypted_record(53)}));
  talk.client_data(encrypted_record(120)).wait(milliseconds(10)).server_data(encrypted_record(400));
  talk.client_data(encrypted_record(19)).close();
}

}  // namespace handlens::synthetic
