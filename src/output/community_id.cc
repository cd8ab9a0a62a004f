#include "src/output/community_id.h"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <tuple>

#include "dissectors/digest.h"

namespace handlens {

namespace {

constexpr std::size_t kMostInput = 2 + 16 + 16 + 2 + 2 + 2;

// What is hashed of addresses of width bytes. Returns how much that is.
template <std::size_t width>
std::size_t put_input(const Endpoint& a, const Endpoint& b, std::array<std::uint8_t, kMostInput>& input) {
  const int order = std::memcmp(a.ip.bytes.data(), b.ip.bytes.data(), width);
  const bool swapped = order > 0 || (order == 0 && b.port < a.port);
  const Endpoint& low = swapped ? b : a;
  const Endpoint& high = swapped ? a : b;
  std::uint8_t* at = input.data() + 2;  // behind the seed: 0
  std::memcpy(at, low.ip.bytes.data(), width);
  std::memcpy(at + width, high.ip.bytes.data(), width);
  at += 2 * width;
  *at++ = 6;  // TCP
  *at++ = 0;  // padding
  for (const std::uint16_t port : {low.port, high.port}) {
    *at++ = static_cast<std::uint8_t>(port >> 8);
    *at++ = static_cast<std::uint8_t>(port & 0xff);
  }
  return static_cast<std::size_t>(at - input.data());
}

}  // namespace

char* put_community_id(const Endpoint& a, const Endpoint& b, char* out) {
  std::array<std::uint8_t, kMostInput> input{};
  const std::size_t size = a.ip.v6 ? put_input<16>(a, b, input) : put_input<4>(a, b, input);
  *out++ = '1';
  *out++ = ':';
  return tls::put_sha1_base64(ByteView(input.data(), size), out);
}

std::string community_id(const Endpoint& a, const Endpoint& b) {
  std::array<char, kCommunityIdRoom> text{};
  return {text.data(), put_community_id(a, b, text.data())};
}

char* put_connection_key(std::optional<std::uint32_t> client, std::optional<std::uint32_t> server, char* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (!client && !server) return out;
  char mark = '#';
  for (const std::optional<std::uint32_t>& isn : {client, server}) {
    *out++ = mark;
    mark = '-';
    if (!isn) {
      *out++ = '?';
      continue;
    }
    for (int shift = 28; shift >= 0; shift -= 4) *out++ = kHex[*isn >> shift & 0xf];
  }
  return out;
}

}  // namespace handlens
