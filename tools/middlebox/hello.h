// Enough of a ClientHello for a device that filters by name or size (RFC 8446 §4.1.2, RFC 6066 §3).
// We keep: how long the record is, and the first host_name of the server_name extension.
// Limits: one TLS record; a hello that is spread over several records has no name here, as in many devices.
#pragma once
#include <string>

#include "tools/middlebox/packet.h"

namespace handlens::middlebox {

inline constexpr std::size_t kMaxHello = 16384 + 5;

struct Hello {
  enum class State : std::uint8_t { undecided, none, partial, complete };
  State state = State::undecided;
  std::size_t size = 0;  // of the record with its header; known from the first five bytes on
  std::string sni;       // empty: not there or not yet
};
// `bytes`: the client's stream from its first byte on, as far as seen.
[[nodiscard]] Hello read_hello(View bytes);

}  // namespace handlens::middlebox
