#include "tools/bench_gen/wire.h"

#include <algorithm>

namespace handlens::bench_gen {
namespace {

constexpr std::size_t kEthernetHeader = 14;
constexpr std::uint8_t kTcp = 6, kUdp = 17;

// One's complement sum of 16-bit words, not yet folded; RFC 1071.
std::uint64_t sum_words(const Bytes& b, std::size_t begin, std::size_t end) {
  std::uint64_t sum = 0;
  for (; begin + 1 < end; begin += 2) sum += get16(b, begin);
  if (begin < end) sum += std::uint64_t{b[begin]} << 8;
  return sum;
}

std::uint16_t folded(std::uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

bool find_ipv4(const Bytes& f, Layers& out) {
  const std::size_t ip = out.ip;
  if (f.size() < ip + 20 || (f[ip] >> 4) != 4) return false;
  if ((get16(f, ip + 6) & 0x3fff) != 0) return false;  // a fragment
  out.transport = ip + std::size_t{f[ip] & 15u} * 4;
  out.end = ip + get16(f, ip + 2);
  out.protocol = f[ip + 9];
  return out.transport >= ip + 20;
}

bool find_ipv6(const Bytes& f, Layers& out) {
  const std::size_t ip = out.ip;
  if (f.size() < ip + 40 || (f[ip] >> 4) != 6) return false;
  out.transport = ip + 40;
  out.end = out.transport + get16(f, ip + 4);
  out.protocol = f[ip + 6];
  out.v6 = true;
  return true;
}

}  // namespace

bool find_layers(const Bytes& frame, Layers& out) {
  out = {};
  out.ip = kEthernetHeader;
  if (frame.size() < kEthernetHeader + 20) return false;
  const std::uint16_t type = get16(frame, 12);
  if (type == 0x0800 ? !find_ipv4(frame, out) : type != 0x86dd || !find_ipv6(frame, out)) return false;
  if (out.end > frame.size()) return false;
  if (out.protocol == kUdp) {
    out.payload = out.transport + 8;
    return out.payload <= out.end;
  }
  if (out.protocol != kTcp || out.transport + 20 > out.end) return false;
  out.payload = out.transport + std::size_t{frame[out.transport + 12]} / 16 * 4;
  return out.payload >= out.transport + 20 && out.payload <= out.end;
}

void fix_checksums(Bytes& frame, const Layers& layers) {
  const std::size_t ip = layers.ip;
  if (!layers.v6) {
    put16(frame, ip + 10, 0);
    put16(frame, ip + 10, folded(sum_words(frame, ip, layers.transport)));
  }
  const std::size_t addresses = layers.v6 ? ip + 8 : ip + 12;
  const std::size_t both = layers.v6 ? 32 : 8;
  const std::size_t place = layers.transport + (layers.protocol == kTcp ? 16 : 6);
  put16(frame, place, 0);
  const std::uint64_t pseudo =
      sum_words(frame, addresses, addresses + both) + layers.protocol + (layers.end - layers.transport);
  std::uint16_t sum = folded(pseudo + sum_words(frame, layers.transport, layers.end));
  if (layers.protocol == kUdp && sum == 0) sum = 0xffff;  // zero would say that there is none
  put16(frame, place, sum);
}

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

void Random::fill(std::uint8_t* to, std::size_t size) {
  while (size > 0) {
    std::uint64_t bits = next();
    const std::size_t now = std::min<std::size_t>(size, 8);
    for (std::size_t i = 0; i < now; ++i, bits >>= 8) *to++ = static_cast<std::uint8_t>(bits);
    size -= now;
  }
}

}  // namespace handlens::bench_gen
