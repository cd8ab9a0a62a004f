// TCP's header and options.
//
// On the wire (RFC 9293 §3.1): source port 2 · destination port 2 · sequence 4 · acknowledgment 4 · data offset 4 bits
//   (words), reserved 3, flags 9 · window 2 · checksum 2 · urgent pointer 2 · options. Options: kind 1, and all but
//   end-of-list (0) and no-operation (1) go on with length 1 (counting both) · value.
// Recognise it by: IP protocol 6.
// We keep: everything but the checksum; options as bytes, which dissect_tcp_options reads when the engine asks.
// We ignore: the checksum (offload: wrong on the sending host); experiments in options other than Fast Open's.
// Limits: the header's fixed 20 bytes must be captured (short_tcp_header); options may be cut by the snap length.
//   A data offset below 5 or beyond the segment is bad_tcp_header. At most 40 option kinds are listed: there is no room
//   for more in a header.
// RFC sections: RFC 9293 §3.1-3.2, RFC 7323 §2-3 (window scale, timestamps), RFC 2018 §2-3 (SACK), RFC 7413 §4.1.1
//   (Fast Open), RFC 6994 (experimental identifiers).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_tcp(LayerInput& in, DissectedPacket& out);

struct TcpTimestamps {
  std::uint32_t value = 0;
  std::uint32_t echo = 0;
};

// A header's options. When one comes twice, the last counts, as in the stacks that would receive it.
struct TcpOptions {
  static constexpr std::size_t kMaxKinds = 40;

  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;  // as sent; RFC 7323 §2.3 has receivers use 14 for more
  bool sack_permitted = false;
  bool malformed = false;  // a length that cannot be; what came before it stands
  std::uint8_t sack_blocks = 0;
  std::uint8_t kind_count = 0;
  std::optional<TcpTimestamps> timestamps;
  std::optional<ByteView> fast_open_cookie;  // borrowed; empty: a request for a cookie
  std::array<std::uint8_t, kMaxKinds> kind_list{};

  // In wire order, padding (0, 1) included; an end-of-list option is the last.
  [[nodiscard]] std::span<const std::uint8_t> kinds() const { return {kind_list.data(), kind_count}; }
};
[[nodiscard]] TcpOptions dissect_tcp_options(ByteView options);
// Its `timestamps` alone.
[[nodiscard]] std::optional<TcpTimestamps> find_tcp_timestamps(ByteView options);

}  // namespace handlens
