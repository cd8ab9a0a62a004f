#include "src/output/community_id.h"

#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "dissectors/digest.h"

namespace handlens {

char* put_community_id(const Endpoint& a, const Endpoint& b, char* out) {
  const std::size_t width = a.ip.v6 ? 16 : 4;
  const bool swapped = std::tie(b.ip.bytes, b.port) < std::tie(a.ip.bytes, a.port);
  const Endpoint& low = swapped ? b : a;
  const Endpoint& high = swapped ? a : b;
  std::array<std::uint8_t, 2 + 16 + 16 + 2 + 2 + 2> input{};  // starts with the seed: 0
  std::size_t at = 2;
  for (const Endpoint* side : {&low, &high}) {
    for (std::size_t i = 0; i < width; ++i) input[at++] = side->ip.bytes[i];
  }
  input[at++] = 6;  // TCP
  input[at++] = 0;  // padding
  for (const Endpoint* side : {&low, &high}) {
    input[at++] = static_cast<std::uint8_t>(side->port >> 8);
    input[at++] = static_cast<std::uint8_t>(side->port & 0xff);
  }
  *out++ = '1';
  *out++ = ':';
  return tls::put_sha1_base64(ByteView(input.data(), at), out);
}

std::string community_id(const Endpoint& a, const Endpoint& b) {
  std::array<char, kCommunityIdRoom> text{};
  return {text.data(), put_community_id(a, b, text.data())};
}

char* put_connection_key(const FlowReport& report, char* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto& client = report.facts(Side::client).isn;
  const auto& server = report.facts(Side::server).isn;
  if (!client && !server) return out;
  const auto put_isn = [&out, kHex](const std::optional<std::uint32_t>& isn) {
    if (!isn) {
      *out++ = '?';
      return;
    }
    for (int shift = 28; shift >= 0; shift -= 4) *out++ = kHex[*isn >> shift & 0xf];
  };
  *out++ = '#';
  put_isn(client);
  *out++ = '-';
  put_isn(server);
  return out;
}

}  // namespace handlens
