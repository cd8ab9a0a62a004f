#include "src/output/base64.h"

namespace handlens {

std::string base64(ByteView bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t have = bytes.size() - at;
    std::uint32_t group = static_cast<std::uint32_t>(bytes[at]) << 16;
    if (have > 1) group |= static_cast<std::uint32_t>(bytes[at + 1]) << 8;
    if (have > 2) group |= bytes[at + 2];
    out += kAlphabet[group >> 18];
    out += kAlphabet[(group >> 12) & 63];
    out += have > 1 ? kAlphabet[(group >> 6) & 63] : '=';
    out += have > 2 ? kAlphabet[group & 63] : '=';
  }
  return out;
}

}  // namespace handlens
