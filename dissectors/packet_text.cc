// Words for what packet.h knows.
#include <array>
#include <charconv>
#include <cstring>

#include "dissectors/packet.h"

namespace handlens {
namespace {

// "0." to "255.": a byte of an address, with the dot behind it.
struct DottedByte {
  std::array<char, 4> text{};
  std::size_t size = 0;
};

constexpr std::array<DottedByte, 256> make_dotted_bytes() {
  std::array<DottedByte, 256> all;
  for (unsigned value = 0; value < all.size(); ++value) {
    DottedByte& byte = all[value];
    if (value >= 100) byte.text[byte.size++] = static_cast<char>('0' + value / 100);
    if (value >= 10) byte.text[byte.size++] = static_cast<char>('0' + value / 10 % 10);
    byte.text[byte.size++] = static_cast<char>('0' + value % 10);
    byte.text[byte.size++] = '.';
  }
  return all;
}

// Needs 16 bytes of room.
char* put_dotted(const std::uint8_t* bytes, char* out) {
  static constexpr std::array<DottedByte, 256> kBytes = make_dotted_bytes();
  for (std::size_t i = 0; i < 4; ++i) {
    const DottedByte& byte = kBytes[bytes[i]];
    std::memcpy(out, byte.text.data(), byte.text.size());
    out += byte.size;
  }
  return out - 1;  // no dot behind the last
}

struct ZeroRun {
  int start = -1;
  int length = 0;
};

// RFC 5952 §4.2: the longest run of zero groups is shortened, the first of equals, never a single group.
ZeroRun longest_zero_run(const std::array<std::uint16_t, 8>& groups) {
  ZeroRun best;
  for (int i = 0; i < 8;) {
    int end = i;
    while (end < 8 && groups[static_cast<std::size_t>(end)] == 0) ++end;
    if (end - i > best.length) best = {i, end - i};
    i = end + 1;
  }
  return best.length >= 2 ? best : ZeroRun{};
}

char* put_ipv6(const std::array<std::uint8_t, 16>& bytes, char* out) {
  std::array<std::uint16_t, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = read_u16(&bytes[2 * i]);
  const ZeroRun zeros = longest_zero_run(groups);
  // RFC 5952 §5: IPv4-mapped (::ffff:a.b.c.d) and IPv4-compatible addresses show their IPv4 part, as inet_ntop has it.
  const bool mapped = zeros.start == 0 && zeros.length == 5 && groups[5] == 0xffff;
  const bool compatible = zeros.start == 0 && zeros.length == 6;
  const int hex_groups = mapped || compatible ? 6 : 8;
  const char* const begin = out;
  for (int i = 0; i < hex_groups;) {
    if (i == zeros.start) {
      *out++ = ':';
      *out++ = ':';
      i += zeros.length;
      continue;
    }
    if (out != begin && out[-1] != ':') *out++ = ':';
    out = std::to_chars(out, out + 4, groups[static_cast<std::size_t>(i)], 16).ptr;
    ++i;
  }
  if (hex_groups == 8) return out;
  if (out[-1] != ':') *out++ = ':';
  return put_dotted(&bytes[12], out);
}

}  // namespace

char* put_text(const IpAddress& address, char* out) {
  return address.v6 ? put_ipv6(address.bytes, out) : put_dotted(address.bytes.data(), out);
}

std::string to_text(const IpAddress& address) {
  std::array<char, kIpTextRoom> text;  // not cleared
  return {text.data(), put_text(address, text.data())};
}

char* put_text(const MacAddress& mac, char* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = 0; i < mac.size(); ++i) {
    if (i > 0) *out++ = ':';
    *out++ = kHex[mac[i] >> 4];
    *out++ = kHex[mac[i] & 0x0f];
  }
  return out;
}

std::string to_text(const MacAddress& mac) {
  std::array<char, kMacTextRoom> text;
  return {text.data(), put_text(mac, text.data())};
}

std::string_view to_text(Encapsulation layer) {
  switch (layer) {
    case Encapsulation::vlan:
      return "vlan";
    case Encapsulation::qinq:
      return "qinq";
    case Encapsulation::sll:
      return "sll";
    case Encapsulation::sll2:
      return "sll2";
    case Encapsulation::null_loopback:
      return "null";
    case Encapsulation::loop:
      return "loop";
    case Encapsulation::raw:
      return "raw";
    case Encapsulation::ppp:
      return "ppp";
    case Encapsulation::pppoe:
      return "pppoe";
    case Encapsulation::chdlc:
      return "chdlc";
    case Encapsulation::frame_relay:
      return "frame-relay";
    case Encapsulation::ieee80211:
      return "ieee80211";
    case Encapsulation::radiotap:
      return "radiotap";
    case Encapsulation::prism:
      return "prism";
    case Encapsulation::avs:
      return "avs";
    case Encapsulation::ppi:
      return "ppi";
    case Encapsulation::nflog:
      return "nflog";
    case Encapsulation::provider_backbone:
      return "802.1ah";
    case Encapsulation::vntag:
      return "vntag";
    case Encapsulation::etag:
      return "etag";
    case Encapsulation::cisco_metadata:
      return "cmd";
    case Encapsulation::macsec:
      return "macsec";
    case Encapsulation::hsr:
      return "hsr";
    case Encapsulation::pktap:
      return "pktap";
    case Encapsulation::atm:
      return "atm";
    case Encapsulation::token_ring:
      return "token-ring";
    case Encapsulation::fddi:
      return "fddi";
    case Encapsulation::infiniband:
      return "infiniband";
    case Encapsulation::netanalyzer:
      return "netanalyzer";
    case Encapsulation::mpls:
      return "mpls";
    case Encapsulation::pseudowire:
      return "pseudowire";
    case Encapsulation::gre:
      return "gre";
    case Encapsulation::nvgre:
      return "nvgre";
    case Encapsulation::erspan:
      return "erspan";
    case Encapsulation::wccp:
      return "wccp";
    case Encapsulation::ipip:
      return "ipip";
    case Encapsulation::sixin4:
      return "6in4";
    case Encapsulation::fourin6:
      return "4in6";
    case Encapsulation::sixin6:
      return "6in6";
    case Encapsulation::authentication:
      return "ah";
    case Encapsulation::vxlan:
      return "vxlan";
    case Encapsulation::vxlan_gpe:
      return "vxlan-gpe";
    case Encapsulation::geneve:
      return "geneve";
    case Encapsulation::gtp:
      return "gtp";
    case Encapsulation::l2tp:
      return "l2tp";
    case Encapsulation::l2tpv3:
      return "l2tpv3";
    case Encapsulation::teredo:
      return "teredo";
    case Encapsulation::capwap:
      return "capwap";
  }
  return "unknown";
}

std::string_view to_text(Undecodable reason) {
  switch (reason) {
    case Undecodable::none:
      return "none";
    case Undecodable::unsupported_link_type:
      return "unsupported-link-type";
    case Undecodable::short_link_header:
      return "short-link-header";
    case Undecodable::bad_link_header:
      return "bad-link-header";
    case Undecodable::short_ip_header:
      return "short-ip-header";
    case Undecodable::bad_ip_header:
      return "bad-ip-header";
    case Undecodable::bad_ip_length:
      return "bad-ip-length";
    case Undecodable::extension_header_limit:
      return "extension-header-limit";
    case Undecodable::short_tcp_header:
      return "short-tcp-header";
    case Undecodable::bad_tcp_header:
      return "bad-tcp-header";
    case Undecodable::fragment_incomplete:
      return "fragment-incomplete";
    case Undecodable::fragment_limit:
      return "fragment-limit";
    case Undecodable::nesting_limit:
      return "nesting-limit";
    case Undecodable::wlan_encrypted:
      return "wlan-encrypted";
    case Undecodable::wlan_fragment:
      return "wlan-fragment";
    case Undecodable::bad_fcs:
      return "bad-fcs";
    case Undecodable::macsec_encrypted:
      return "macsec-encrypted";
    case Undecodable::ppp_compressed:
      return "ppp-compressed";
    case Undecodable::ppp_multilink:
      return "ppp-multilink";
    case Undecodable::short_tunnel_header:
      return "short-tunnel-header";
    case Undecodable::tunnel_fragment:
      return "tunnel-fragment";
    case Undecodable::count_:
      break;
  }
  return "unknown";
}

}  // namespace handlens
