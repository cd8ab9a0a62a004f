// What a path and the device on it do: the values behind the rule language, which README.md in this folder describes.
// Times are nanoseconds. A configuration is plain values; parse_rules() makes it out of text, all or nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/middlebox/packet.h"

namespace handlens::middlebox {

enum class Side : std::uint8_t { client = 0, server = 1 };
[[nodiscard]] constexpr Side other(Side side) { return side == Side::client ? Side::server : Side::client; }
[[nodiscard]] constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }

// A header field of a forged packet: a number (and a step from packet to packet of a burst), or taken from elsewhere.
struct Value {
  enum class From : std::uint8_t {
    fixed,
    trigger,  // the packet that set the rule off, as the device sees it
    sender,   // the last packet of the side whose address is forged
    random,   // from the seed
    counter   // one of the device's own, counting every forged packet
  };
  From from = From::fixed;
  std::uint32_t number = 0, step = 0;
};

// Packets that carry an address of somebody else.
struct Forged {
  bool to_client = false, to_server = false;
  std::uint8_t flags = kRst | kAck;
  Value ttl{.number = 64}, id{.from = Value::From::counter}, window{}, tos{};
  enum class Seq : std::uint8_t { exact, sent, trigger_seq, trigger_ack, random };
  Seq seq = Seq::exact;
  std::vector<std::int64_t> offsets = {0};  // added to the sequence number: one packet for each
  enum class Ack : std::uint8_t { exact, zero, trigger };
  Ack ack = Ack::exact;
  std::int64_t ack_offset = 0;
  std::uint32_t count = 1;          // of packets for each offset
  std::int64_t after = 0, gap = 0;  // before the first; between two
  enum class Fragment : std::uint8_t { forbidden, allowed, trigger };
  Fragment fragment = Fragment::forbidden;
  Bytes options, text;
  bool trigger_payload = false;  // carries the trigger's own payload back
  bool own_mac = false;          // comes from the device's MAC address instead of the claimed sender's
};

struct Icmp {
  std::uint8_t type4 = 3, code4 = 13, type6 = 1, code6 = 1;
  std::optional<Address> from;  // else the router of the packet's family
};

struct Action {
  enum class Kind : std::uint8_t {
    pass,
    drop,
    drop_flow,
    blackhole,
    forge,
    rewrite,
    icmp,
    block_drop,
    block_reset,
    hold
  };
  Kind kind = Kind::pass;
  Side side = Side::server;  // blackhole: towards whom
  std::int64_t time = 0;     // hold, block
  Forged forged;             // forge, rewrite, block_reset
  Icmp icmp;
};

enum class Trigger : std::uint8_t {
  any,
  syn,
  syn_ack,
  ack,  // the client's ACK that completes the handshake
  hello,
  client_data,
  server_data,
  first_server_data,
  keyword,
  fin,
  rst,
  idle,   // the first packet after a silence
  expire  // the end of the silence itself: no packet is there
};

struct Rule {
  Trigger trigger = Trigger::any;
  unsigned line = 0;
  std::string name;            // hello: exact, or with a leading "*." any name below; empty: any
  std::string keyword;         // bytes to be found in one packet's payload
  std::int64_t silence = 0;    // idle, expire
  std::uint32_t larger = 0;    // hello: record size above; 0: no condition
  std::uint32_t segments = 0;  // hello: number of packets above
  std::uint32_t longer = 0;    // any trigger: IP length above
  std::optional<Side> from;
  std::optional<std::uint16_t> port;  // of the server
  double chance = 1.0;
  bool once = false;  // for each connection
  std::vector<Action> actions;
};

// A share of the packets of one direction, and what happens to them.
struct Leg {
  double loss = 0, reorder = 0, duplicate = 0;
  std::int64_t reorder_by = 0, duplicate_by = 0;
  std::uint32_t mtu = 0;    // 0: any size
  bool mtu_silent = false;  // no ICMP
};

struct Split {
  bool on = false;
  std::uint8_t ttl = 64;
  std::uint16_t window = 29200, mss = 1400;
};

inline constexpr std::uint32_t kMaxCount = 1000;  // forged packets for one offset
inline constexpr std::size_t kMaxOffsets = 64;    // of one burst
inline constexpr std::size_t kMaxRules = 256;

struct Config {
  bool on_path = false;  // sees and injects; cannot hold anything back
  std::uint64_t seed = 1;
  std::int64_t delay_in[2] = {0, 0};   // by Side: from it to the device
  std::int64_t delay_out[2] = {0, 0};  // ... and from the device to it
  std::uint8_t hops[2] = {0, 0};       // between side and device
  Leg towards[2];                      // by Side: packets on their way to it
  std::uint16_t mss = 0;               // 0: not clamped
  std::vector<std::uint8_t> strip;     // kinds of TCP options
  Split split;
  std::optional<Address> router4, router6;  // whose address ICMP errors carry
  std::vector<Rule> rules;
};

struct RuleError {
  unsigned line = 0;  // from 1
  std::string word, message;
};
struct ParsedRules {
  Config config;
  std::optional<RuleError> error;  // the first; config is of no use then
};
[[nodiscard]] ParsedRules parse_rules(std::string_view text);
[[nodiscard]] std::string to_text(const RuleError& error);  // "line 3: 'reest': no such action"

}  // namespace handlens::middlebox
