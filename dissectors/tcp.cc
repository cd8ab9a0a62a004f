#include "dissectors/tcp.h"

#include <algorithm>

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 20;

namespace option {
constexpr std::uint8_t end = 0, no_operation = 1, mss = 2, window_scale = 3, sack_permitted = 4, sack = 5,
                       timestamps = 8, fast_open = 34, experiment = 254;
}
// RFC 7413 §4.1.1: the identifier Fast Open used before it had a number of its own.
constexpr std::uint16_t kFastOpenExperiment = 0xf989;

// One option's value. False: a length the option cannot have.
bool read_option(std::uint8_t kind, ByteView value, TcpOptions& out) {
  switch (kind) {
    case option::mss:
      if (value.size() != 2) return false;
      out.mss = read_u16(value.data());
      return true;
    case option::window_scale:
      if (value.size() != 1) return false;
      out.window_scale = value[0];
      return true;
    case option::sack_permitted:
      if (!value.empty()) return false;
      out.sack_permitted = true;
      return true;
    case option::sack:
      if (value.empty() || value.size() % 8 != 0) return false;
      out.sack_blocks = static_cast<std::uint8_t>(value.size() / 8);
      return true;
    case option::timestamps:
      if (value.size() != 8) return false;
      out.timestamps = TcpTimestamps{.value = read_u32(value.data()), .echo = read_u32(value.data() + 4)};
      return true;
    case option::fast_open:
      out.fast_open_cookie = value;
      return true;
    case option::experiment:
      if (value.size() >= 2 && read_u16(value.data()) == kFastOpenExperiment) out.fast_open_cookie = value.subspan(2);
      return true;
    default:
      return true;
  }
}

}  // namespace

NextLayer dissect_tcp(LayerInput& in, DissectedPacket& out) {
  if (in.wire_length < kHeaderLength) return give_up(out, Undecodable::bad_tcp_header);
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_tcp_header);
  const std::uint8_t* p = in.bytes.data();
  const std::uint32_t header_length = (p[12] >> 4) * 4u;
  if (header_length < kHeaderLength || header_length > in.wire_length) {
    return give_up(out, Undecodable::bad_tcp_header);
  }
  TcpHeader& tcp = out.packet.tcp;
  tcp.source_port = read_u16(p);
  tcp.destination_port = read_u16(p + 2);
  tcp.seq = read_u32(p + 4);
  tcp.ack = read_u32(p + 8);
  tcp.flags = read_u16(p + 12) & 0x01ff;
  tcp.window = read_u16(p + 14);
  tcp.urgent = read_u16(p + 18);
  const std::size_t captured_header = std::min<std::size_t>(header_length, in.bytes.size());
  tcp.options = in.bytes.subspan(kHeaderLength, captured_header - kHeaderLength);
  tcp.options_cut = captured_header < header_length;
  out.packet.payload = in.bytes.subspan(captured_header);
  out.packet.payload_length = in.wire_length - header_length;
  return finish(out, PacketKind::tcp);
}

TcpOptions dissect_tcp_options(ByteView options) {
  TcpOptions out;
  std::size_t at = 0;
  while (at < options.size() && out.kind_count < TcpOptions::kMaxKinds) {
    const std::uint8_t kind = options[at];
    out.kind_list[out.kind_count++] = kind;
    if (kind == option::end) break;
    if (kind == option::no_operation) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || length > options.size() - at) {
      // RFC 9293 §3.2 (MUST-7): without a length there is no way to the next option.
      out.malformed = true;
      break;
    }
    if (!read_option(kind, options.subspan(at + 2, length - 2), out)) out.malformed = true;
    at += length;
  }
  return out;
}

std::optional<TcpTimestamps> find_tcp_timestamps(ByteView options) {
  constexpr std::ptrdiff_t kLength = 10;
  const std::uint8_t* found = nullptr;
  const std::uint8_t* at = options.data();
  const std::uint8_t* const end = at + options.size();
  // As Linux begins a SYN: MSS, SACK-permitted, timestamps, and then no room for a second option of this kind.
  constexpr std::uint16_t kMss = 0x0204;
  constexpr std::uint32_t kThen = 0x0402'080a;
  if (options.size() >= 16 && options.size() < 26 && read_u16(at) == kMss && read_u32(at + 4) == kThen) {
    return TcpTimestamps{read_u32(at + 8), read_u32(at + 12)};
  }
  for (std::size_t kinds = 0; at < end && kinds < TcpOptions::kMaxKinds; ++kinds) {
    if (*at == option::no_operation) {
      ++at;
      continue;
    }
    if (*at == option::end || end - at < 2) break;
    const std::ptrdiff_t length = at[1];
    if (length < 2 || length > end - at) break;
    if (*at == option::timestamps && length == kLength) found = at;
    at += length;
  }
  if (found == nullptr) return std::nullopt;
  return TcpTimestamps{read_u32(found + 2), read_u32(found + 6)};
}

}  // namespace handlens
