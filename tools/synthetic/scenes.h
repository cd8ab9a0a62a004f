// What the synthetic captures share: hosts, hellos, and the healthy rest of a connection.
#pragma once
#include <string>

#include "tools/builder/packet_builder.h"
#include "tools/builder/tls_builder.h"

namespace handlens::synthetic {

// A TLS 1.3 ClientHello in its record.
[[nodiscard]] builder::Bytes hello_record(const std::string& name);
// The same with padding, so that the record has exactly `size` bytes. REQUIRES: size is at least 400.
[[nodiscard]] builder::Bytes hello_record_of(const std::string& name, std::size_t size);
// ServerHello and the encrypted rest of the server's first flight.
[[nodiscard]] builder::Bytes tls13_server_flight();
// The TLS 1.2 handshake in clear: everything from ServerHello to ServerHelloDone.
[[nodiscard]] builder::Bytes tls12_server_flight();

// The two ends of the reset scenarios. The one at which the capture is taken has an undecremented TTL.
[[nodiscard]] builder::Host local_client(std::uint16_t port = 51000);  // TTL 64, IP-IDs count
[[nodiscard]] builder::Host far_client(std::uint16_t port = 51000);    // TTL 118: some ten hops away
[[nodiscard]] builder::Host far_server(const std::string& ip = "203.0.113.10",
                                       std::uint16_t port = 443);  // TTL 49, IP-IDs count
[[nodiscard]] builder::Host local_server();                        // TTL 64, IP-ID 0

// The three-way handshake as seen at the client, or at the server, of a path `round_trip` long.
void open_at_client(builder::Conversation& talk, std::int64_t round_trip = builder::milliseconds(40));
void open_at_server(builder::Conversation& talk, std::int64_t round_trip = builder::milliseconds(24));
// Everything after the ClientHello of a healthy TLS 1.3 connection, seen at the client; ends with FINs.
void finish_healthy(builder::Conversation& talk, std::int64_t round_trip = builder::milliseconds(40));

}  // namespace handlens::synthetic
