// Frames between a client and a server as the packet builder makes them: it shares no code with the middlebox.
#pragma once
#include <string>
#include <vector>

#include "tools/builder/packet_builder.h"
#include "tools/builder/tls_builder.h"
#include "tools/middlebox/device.h"

namespace handlens::middlebox::testing {

inline constexpr std::uint32_t kClientIsn = 1000, kServerIsn = 5000;
inline constexpr std::int64_t kMs = 1'000'000;

struct Fields {
  std::uint8_t flags = kAck;
  std::uint32_t seq = 1, ack = 1;  // relative to the first sequence numbers
  std::string payload = {};
  std::uint8_t ttl = 64;
  std::uint16_t id = 7, window = 502;
  Bytes options = {};
  bool v6 = false;
  std::uint16_t client_port = 40000;
  std::uint8_t tos = 0;
};

inline Bytes frame_from(Side from, const Fields& fields) {
  const bool client = from == Side::client;
  const Bytes c = builder::ip_address(fields.v6 ? "2001:db8:c::10" : "192.0.2.10");
  const Bytes s = builder::ip_address(fields.v6 ? "2001:db8:5::80" : "198.51.100.80");
  builder::TcpFields tcp;
  tcp.source_port = client ? fields.client_port : 443;
  tcp.destination_port = client ? 443 : fields.client_port;
  tcp.seq = fields.seq + (client ? kClientIsn : kServerIsn);
  tcp.ack = (fields.flags & kAck) != 0 ? fields.ack + (client ? kServerIsn : kClientIsn) : 0;
  tcp.flags = fields.flags;
  tcp.window = fields.window;
  tcp.options = fields.options;
  tcp.payload = builder::from_text(fields.payload);
  const Bytes segment = builder::tcp_segment(tcp, client ? c : s, client ? s : c);
  const Bytes packet = builder::ip_packet(
      {.source = client ? c : s, .destination = client ? s : c, .ttl = fields.ttl, .tos = fields.tos, .id = fields.id},
      segment);
  builder::LinkFields link;
  if (!client) std::swap(link.source_mac, link.destination_mac);
  return builder::link_frame(builder::LinkType::ethernet, link, packet);
}
inline Bytes from_client(const Fields& fields) { return frame_from(Side::client, fields); }
inline Bytes from_server(const Fields& fields) { return frame_from(Side::server, fields); }
inline Bytes syn() { return from_client({.flags = kSyn, .seq = 0}); }
inline Bytes syn_ack() { return from_server({.flags = kSyn | kAck, .seq = 0, .ttl = 50}); }

// A record with a ClientHello for this name and, when asked for, more bytes in a padding extension.
inline std::string hello_record(const std::string& name, std::size_t padding = 0) {
  const auto u16 = [](std::size_t value) {
    return std::string{static_cast<char>(value >> 8), static_cast<char>(value)};
  };
  const std::string host = std::string(1, '\0') + u16(name.size()) + name;
  const std::string sni = u16(0) + u16(host.size() + 2) + u16(host.size()) + host;
  const std::string pad = u16(21) + u16(padding) + std::string(padding, '\0');
  const std::string extensions = (name.empty() ? "" : sni) + pad;
  const std::string body = "\x03\x03" + std::string(32, 'r') + std::string(1, '\0') + u16(2) + "\x13\x01" +
                           std::string("\x01\0", 2) + u16(extensions.size()) + extensions;
  return "\x16\x03\x01" + u16(body.size() + 4) + std::string("\x01\0", 2) + u16(body.size()) + body;
}

inline Config config_of(const std::string& rules) {
  ParsedRules parsed = parse_rules(rules);
  if (parsed.error) throw std::invalid_argument(to_text(*parsed.error));
  return parsed.config;
}

// A device with the handshake already behind it.
struct Talk {
  explicit Talk(const std::string& rules) : device(config_of(rules)) {}
  std::vector<Output> client(const Fields& fields, std::int64_t at = 0) {
    return device.on_frame(Side::client, from_client(fields), at);
  }
  std::vector<Output> server(const Fields& fields, std::int64_t at = 0) {
    return device.on_frame(Side::server, from_server(fields), at);
  }
  Talk& open() {
    device.on_frame(Side::client, syn(), kMs);
    device.on_frame(Side::server, syn_ack(), 2 * kMs);
    client({.ttl = 61}, 3 * kMs);
    return *this;
  }
  Device device;
};

}  // namespace handlens::middlebox::testing
