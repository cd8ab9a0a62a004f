#include "tools/synthetic/scenes.h"

namespace handlens::synthetic {

using namespace handlens::builder;

Bytes hello_record(const std::string& name) {
  return record(kHandshakeRecord, client_hello({.server_name = name}), kTls10);
}

Bytes hello_record_of(const std::string& name, std::size_t size) {
  const auto with_padding = [&name](std::size_t padding) {
    return record(kHandshakeRecord, client_hello({.server_name = name, .padding = padding}), kTls10);
  };
  const std::size_t shortest = with_padding(1).size();
  return with_padding(size - shortest + 1);
}

Bytes tls13_server_flight() {
  return concat({record(kHandshakeRecord, server_hello({})), change_cipher_spec_record(), encrypted_record(23),
                 encrypted_record(900), encrypted_record(281), encrypted_record(53)});
}

Bytes tls12_server_flight() {
  const Bytes chain = certificate_message({certificate_der({}), certificate_der({.common_name = "Example Test CA",
                                                                                 .issuer_name = "Example Test Root",
                                                                                 .serial = {2},
                                                                                 .dns_names = {},
                                                                                 .authority = true})});
  return concat({record(kHandshakeRecord, server_hello(tls12_server_hello())), record(kHandshakeRecord, chain),
                 record(kHandshakeRecord, server_key_exchange()), record(kHandshakeRecord, server_hello_done())});
}

Host local_client(std::uint16_t port) {
  return {.ip = "192.0.2.5", .port = port, .isn = 1000, .ttl = 64, .ip_id = 100, .window = 64240};
}

Host far_client(std::uint16_t port) {
  Host host = local_client(port);
  host.ttl = 118;
  return host;
}

Host far_server(const std::string& ip, std::uint16_t port) {
  return {.ip = ip, .port = port, .isn = 5000, .ttl = 49, .ip_id = 0x4000, .window = 65160};
}

Host local_server() {
  return {.ip = "203.0.113.10", .port = 443, .isn = 5000, .ttl = 64, .ip_id = 0, .ip_id_step = 0, .window = 65160};
}

void open_at_client(Conversation& talk, std::int64_t round_trip) { talk.open(round_trip); }

void open_at_server(Conversation& talk, std::int64_t round_trip) {
  talk.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(microseconds(50));
  talk.from_server({.flags = kSyn | kAck, .options = usual_syn_options()}).wait(round_trip - microseconds(50));
  talk.from_client({});
}

void finish_healthy(Conversation& talk, std::int64_t round_trip) {
  talk.wait(round_trip).server_data(tls13_server_flight()).wait(milliseconds(1));
  talk.client_data(concat({change_cipher_spec_record(), encrypted_record(53)})).wait(microseconds(100));
  talk.client_data(encrypted_record(120)).wait(round_trip).server_data(encrypted_record(400));
  talk.wait(milliseconds(1)).client_data(encrypted_record(19)).close(round_trip);
}

}  // namespace handlens::synthetic
