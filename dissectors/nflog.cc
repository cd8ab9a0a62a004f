#include "dissectors/nflog.h"

#include <algorithm>

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 4, kAttributeLength = 4;
constexpr int kMaxAttributes = 64;  // Linux knows two dozen
constexpr std::uint16_t kPacketHeader = 1, kHardwareAddress = 8, kPayload = 9;
constexpr std::uint8_t kFamilyIpv4 = 2, kFamilyIpv6 = 10;

// Types are small numbers: where the first one's zero stands tells the byte order of all.
bool is_big_endian(ByteView attribute) { return attribute[2] == 0 && attribute[3] != 0; }

struct Message {
  std::uint8_t family = 0;
  bool big_endian = false;
  std::uint16_t ether_type = 0;  // of the packet header, if there was one
  [[nodiscard]] std::uint16_t number(const std::uint8_t* p) const { return big_endian ? read_u16(p) : read_u16_le(p); }
};

void keep_address(ByteView value, LinkFacts& link) {
  if (value.size() < 10 || read_u16(value.data()) != 6) return;
  link.has_macs = true;
  std::copy_n(value.data() + 4, 6, link.source_mac.begin());
  link.destination_mac = {};
}

NextLayer after_payload(DissectedPacket& out, const Message& message) {
  if (message.family == kFamilyIpv4) return {NextTable::ether_type, ether_type::ipv4};
  if (message.family == kFamilyIpv6) return {NextTable::ether_type, ether_type::ipv6};
  if (message.ether_type >= ether_type::first) return {NextTable::ether_type, message.ether_type};
  return finish(out, PacketKind::not_tcp);
}

NextLayer read_attributes(LayerInput& in, DissectedPacket& out, Message& message) {
  for (int count = 0; in.wire_length > 0; ++count) {
    if (count == kMaxAttributes) return give_up(out, Undecodable::bad_link_header);
    if (in.bytes.size() < kAttributeLength) return give_up(out, Undecodable::short_link_header);
    const std::uint8_t* p = in.bytes.data();
    if (count == 0) message.big_endian = is_big_endian(in.bytes);
    const std::uint16_t length = message.number(p), type = message.number(p + 2);
    if (length < kAttributeLength || length > in.wire_length) return give_up(out, Undecodable::bad_link_header);
    if (type == kPayload) {
      in.trim(length);
      in.advance(kAttributeLength);
      in.mirrored = true;
      return after_payload(out, message);
    }
    const std::uint32_t whole = std::min((length + 3u) / 4 * 4, in.wire_length);
    if (in.bytes.size() < whole) return give_up(out, Undecodable::short_link_header);
    const ByteView value = in.bytes.subspan(kAttributeLength, length - kAttributeLength);
    if (type == kPacketHeader && value.size() >= 2) message.ether_type = read_u16(value.data());
    if (type == kHardwareAddress) keep_address(value, out.packet.link);
    in.advance(whole);
  }
  return finish(out, PacketKind::not_tcp);
}

}  // namespace

NextLayer dissect_nflog(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_link_header);
  Message message{.family = in.bytes[0]};
  if (in.bytes[1] != 0) return give_up(out, Undecodable::bad_link_header);
  if (!enter_layer(out, Encapsulation::nflog)) return {};
  in.advance(kHeaderLength);
  return read_attributes(in, out, message);
}

}  // namespace handlens
