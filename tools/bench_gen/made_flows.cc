#include "tools/bench_gen/made_flows.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench_gen/replay.h"
#include "tools/builder/packet_builder.h"

namespace handlens::bench_gen {
namespace {

using builder::ByteWriter;

constexpr std::uint8_t kUdp = 17;
constexpr std::int64_t kMicrosecond = 1'000;
constexpr std::uint16_t kDnsPort = 53, kQuicPort = 443;
const char* const kResolver = "198.19.255.53";
const char* const kQuicServer = "198.19.255.1";

std::string host_of(std::uint64_t number) {
  return "10." + std::to_string((number >> 16) & 255) + "." + std::to_string((number >> 8) & 255) + "." +
         std::to_string(number & 255);
}

Bytes udp_frame(const Bytes& source, const Bytes& destination, std::uint16_t from, std::uint16_t to,
                const Bytes& payload) {
  Bytes udp = ByteWriter().u16(from).u16(to).u16(8 + payload.size()).u16(0).raw(payload).bytes();
  const Bytes packet = builder::ip_packet({.source = source, .destination = destination, .protocol = kUdp}, udp);
  Bytes frame = builder::link_frame(builder::LinkType::ethernet, {}, packet);
  if (Layers layers; find_layers(frame, layers)) fix_checksums(frame, layers);
  return frame;
}

// A few frames, all of them known at the beginning.
class Exchange final : public Talk {
 public:
  struct Timed {
    std::int64_t time_ns = 0;
    Bytes frame;
  };
  explicit Exchange(std::vector<Timed> frames) : frames_(std::move(frames)) {}
  [[nodiscard]] std::int64_t due() const override { return frames_[next_].time_ns; }
  bool write(CaptureOut& out) override {
    out.frame(frames_[next_].frame, frames_[next_].time_ns);
    return ++next_ < frames_.size();
  }

 private:
  std::vector<Timed> frames_;
  std::size_t next_ = 0;
};

class Quic final : public Talk {
 public:
  Quic(std::uint64_t number, std::uint64_t size, std::int64_t start_ns)
      : client_(builder::ip_address(host_of(number))),
        server_(builder::ip_address(kQuicServer)),
        port_(static_cast<std::uint16_t>(1024 + mix(number) % 64512)),
        secret_(number),
        left_(size),
        due_(start_ns) {}

  [[nodiscard]] std::int64_t due() const override { return due_; }

  bool write(CaptureOut& out) override {
    const bool from_client = count_ == 0 || count_ % 4 == 3;
    const bool opening = count_ < 3;
    const std::size_t size = opening ? 1200 : from_client ? 40 : std::min<std::uint64_t>(1250, left_ + 30);
    Bytes payload(size);
    const auto from = static_cast<std::ptrdiff_t>(secret_.below(1 << 14));
    std::copy_n(noise().begin() + from, payload.size(), payload.begin());
    payload[0] = static_cast<std::uint8_t>(opening ? (count_ < 2 ? 0xc3 : 0xe3) : 0x40 | (payload[0] & 0x3f));
    if (opening) {
      put32(payload, 1, 1);          // version 1
      payload[5] = payload[14] = 8;  // bytes of the connection ids that follow
    }
    out.frame(from_client ? udp_frame(client_, server_, port_, kQuicPort, payload)
                          : udp_frame(server_, client_, kQuicPort, port_, payload),
              due_);
    due_ += (count_ == 0 ? 10'000 : 100) * kMicrosecond;
    left_ -= std::min<std::uint64_t>(left_, size);
    ++count_;
    return left_ > 0;
  }

 private:
  Bytes client_, server_;
  std::uint16_t port_;
  Random secret_;
  std::uint64_t left_;
  std::int64_t due_;
  std::uint64_t count_ = 0;
};

Bytes dns_name(std::uint64_t number) {
  const std::string label = "host" + std::to_string(number % 100'000);
  return ByteWriter().u8(label.size()).text(label).u8(7).text("example").u8(3).text("com").u8(0).bytes();
}

// One question for an A record, and its answer if there is one; RFC 1035 §4.
Bytes dns_message(std::uint64_t number, bool answer) {
  ByteWriter out;
  out.u16(mix(number) & 0xffff).u16(answer ? 0x8180 : 0x0100).u16(1).u16(answer ? 1 : 0).u16(0).u16(0);
  out.raw(dns_name(number)).u16(1).u16(1);
  if (answer) out.u16(0xc00c).u16(1).u16(1).u32(300).u16(4).u32(0xc6120001u + (number & 0xff));
  return out.bytes();
}

// RFC 826: Ethernet and IPv4.
Bytes arp_frame(std::uint64_t number, bool answer) {
  const Bytes asking = builder::from_hex("020000000001"), asked = builder::from_hex("020000000002");
  const Bytes nobody(6, answer ? 0x02 : 0xff);
  const Bytes asking_ip = builder::ip_address(host_of(number)), asked_ip = builder::ip_address("10.0.0.254");
  ByteWriter out;
  out.raw(answer ? asking : nobody).raw(answer ? asked : asking).u16(0x0806);
  out.u16(1).u16(0x0800).u8(6).u8(4).u16(answer ? 2 : 1);
  out.raw(answer ? asked : asking).raw(answer ? asked_ip : asking_ip);
  out.raw(answer ? asking : Bytes(6)).raw(answer ? asking_ip : asked_ip).raw(Bytes(18));
  return out.bytes();
}

}  // namespace

Source plain_http() {
  builder::Capture capture;
  builder::Conversation talk(capture, {.port = 50000}, {.ip = "198.51.100.7", .port = 80});
  talk.open();
  talk.client_data(builder::from_text("GET /a HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n"));
  capture.wait(builder::milliseconds(10));
  talk.server_data(
      builder::from_text("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                         "Connection: close\r\n\r\n"));
  capture.wait(builder::microseconds(50));
  talk.from_client({});
  capture.wait(builder::milliseconds(1));
  talk.close();
  return make_source("plain-http", capture.frames());
}

Source unanswered_syn() {
  builder::Capture capture;
  builder::Conversation talk(capture, {.port = 50000}, {.ip = "198.51.100.7"});
  talk.from_client({.flags = builder::kSyn, .options = builder::usual_syn_options()});
  return make_source("unanswered-syn", capture.frames());
}

Source refused_syn() {
  builder::Capture capture;
  builder::Conversation talk(capture, {.port = 50000}, {.ip = "198.51.100.7"});
  talk.from_client({.flags = builder::kSyn, .options = builder::usual_syn_options()});
  capture.wait(builder::microseconds(200));
  // As a host without a listener answers: RFC 9293 §3.10.7.1, no window, and Linux sets no IP-ID.
  talk.from_server({.flags = builder::kRst | builder::kAck, .seq = 0, .ack = 1, .ip_id = 0, .window = 0});
  return make_source("refused-syn", capture.frames());
}

std::unique_ptr<Talk> make_dns(std::uint64_t number, std::int64_t start_ns) {
  const Bytes client = builder::ip_address(host_of(number)), resolver = builder::ip_address(kResolver);
  const auto port = static_cast<std::uint16_t>(1024 + mix(number) % 64512);
  std::vector<Exchange::Timed> frames;
  frames.push_back({start_ns, udp_frame(client, resolver, port, kDnsPort, dns_message(number, false))});
  frames.push_back(
      {start_ns + 5000 * kMicrosecond, udp_frame(resolver, client, kDnsPort, port, dns_message(number, true))});
  return std::make_unique<Exchange>(std::move(frames));
}

std::unique_ptr<Talk> make_arp(std::uint64_t number, std::int64_t start_ns) {
  std::vector<Exchange::Timed> frames;
  frames.push_back({start_ns, arp_frame(number, false)});
  frames.push_back({start_ns + 200 * kMicrosecond, arp_frame(number, true)});
  return std::make_unique<Exchange>(std::move(frames));
}

std::unique_ptr<Talk> make_quic(std::uint64_t number, std::uint64_t size, std::int64_t start_ns) {
  return std::make_unique<Quic>(number, std::max<std::uint64_t>(size, 1200), start_ns);
}

}  // namespace handlens::bench_gen
