#include "dissectors/ethernet_tags.h"

#include "dissectors/ethernet.h"

namespace handlens {
namespace {

constexpr std::size_t kServiceTagLength = 4;
constexpr std::size_t kMetadataLength = 6, kVntagLength = 4, kEtagLength = 6, kHsrLength = 4;
constexpr std::uint16_t kMetadataVersionAndLength = 0x0101;

// A tag of `length` bytes and the type behind it.
NextLayer pass_over(LayerInput& in, DissectedPacket& out, Encapsulation layer, std::size_t length) {
  if (in.bytes.size() < length + 2) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, layer)) return {};
  const std::uint16_t type = read_u16(in.bytes.data() + length);
  in.advance(length + 2);
  return follow_type(in, out, type);
}

}  // namespace

NextLayer dissect_backbone_service_tag(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kServiceTagLength) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::provider_backbone)) return {};
  out.packet.link.add_identity(Encapsulation::provider_backbone, in.bytes.subspan(1, 3));
  in.advance(kServiceTagLength);
  return dissect_ethernet(in, out);
}

NextLayer dissect_vntag(LayerInput& in, DissectedPacket& out) {
  return pass_over(in, out, Encapsulation::vntag, kVntagLength);
}

NextLayer dissect_etag(LayerInput& in, DissectedPacket& out) {
  return pass_over(in, out, Encapsulation::etag, kEtagLength);
}

NextLayer dissect_cisco_metadata(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() >= 2 && read_u16(in.bytes.data()) != kMetadataVersionAndLength) {
    return give_up(out, Undecodable::bad_link_header);
  }
  return pass_over(in, out, Encapsulation::cisco_metadata, kMetadataLength);
}

NextLayer dissect_hsr_tag(LayerInput& in, DissectedPacket& out) {
  return pass_over(in, out, Encapsulation::hsr, kHsrLength);
}

}  // namespace handlens
