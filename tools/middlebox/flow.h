// What a device remembers of one TCP connection, and a bounded table of them.
// The client is the side whose packets come in on the client's interface; ports and addresses do not decide it.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tools/middlebox/hello.h"
#include "tools/middlebox/packet.h"
#include "tools/middlebox/rules.h"

namespace handlens::middlebox {

inline constexpr std::size_t kMaxFlows = 4096;  // beyond it the one that was silent for longest is forgotten
inline constexpr std::size_t kMaxHeld = 16;     // client packets a split proxy keeps until the server is connected

struct FlowKey {
  Address client, server;
  std::uint16_t client_port = 0, server_port = 0;
  auto operator<=>(const FlowKey&) const = default;
};
[[nodiscard]] FlowKey key_of(const Packet& packet, Side from);

struct SideState {
  bool seen = false;
  std::uint32_t isn = 0, next = 0;  // next: the sequence number that would follow what was seen
  std::uint32_t acked = 0;          // highest acknowledgement this side sent
  std::uint16_t id = 0, window = 0;
  std::uint8_t ttl = 0, tos = 0;
  Mac mac{}, peer_mac{};  // link addresses in this side's frames: its own, and where it sends to
};

struct SplitState {
  bool connected = false;
  std::uint32_t isn = 0;    // the device's own, towards the client
  std::uint32_t shift = 0;  // added to the server's numbers on their way to the client
  std::vector<Bytes> held;
};

struct Flow {
  SideState sides[2];  // by Side
  bool syn = false, syn_ack = false, open = false;
  std::uint32_t server_data_packets = 0;
  Bytes client_stream;  // from its first byte on, in order, until the hello is whole or is none
  Hello hello;
  std::uint32_t hello_packets = 0;
  std::int64_t last = 0;
  bool dropped = false, expired = false;
  bool blackholed[2] = {false, false};  // packets towards this side
  std::vector<bool> fired;              // by rule
  SplitState split;

  [[nodiscard]] SideState& of(Side side) { return sides[index(side)]; }
};

// What a packet is within its connection.
struct Sight {
  bool syn = false, syn_ack = false, ack = false, data = false, first_server_data = false, hello = false;
  std::int64_t silence = 0;  // before it
};

// Puts a packet into the memory of its flow. `now` in nanoseconds, never backwards.
Sight see(Flow& flow, Side from, const Packet& packet, View frame, std::int64_t now);

class FlowTable {
 public:
  explicit FlowTable(std::size_t max = kMaxFlows) : max_(max) {}
  // The flow of a packet, made if it is new. A SYN with another first sequence number begins it anew.
  Flow& at(const FlowKey& key, const Packet& packet, Side from, std::int64_t now);
  [[nodiscard]] std::map<FlowKey, Flow>& all() { return flows_; }
  [[nodiscard]] std::size_t forgotten() const { return forgotten_; }

 private:
  void forget_oldest();
  std::map<FlowKey, Flow> flows_;
  std::size_t max_, forgotten_ = 0;
};

}  // namespace handlens::middlebox
