#include "dissectors/pppoe.h"

#include <algorithm>
#include <array>

#include "dissectors/ppp.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 6;
constexpr std::uint8_t kVersionAndType = 0x11, kSessionData = 0;

// RFC 2516 §4: the session number together with the two Ethernet addresses names a session.
void add_session(LinkFacts& link, const std::uint8_t* session) {
  std::array<std::uint8_t, 2 + 6 + 6> id{};
  auto end = std::copy_n(session, 2, id.begin());
  // Cooked captures have no destination; behind a link without addresses there is neither.
  if (link.has_macs && link.destination_mac != MacAddress{}) {
    const auto [low, high] = std::minmax(link.source_mac, link.destination_mac);
    end = std::copy(low.begin(), low.end(), end);
    end = std::copy(high.begin(), high.end(), end);
  }
  link.add_identity(Encapsulation::pppoe, ByteView(id.begin(), end));
}

}  // namespace

NextLayer dissect_pppoe(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  if (p[0] != kVersionAndType) return give_up(out, Undecodable::bad_link_header);
  if (p[1] != kSessionData) return finish(out, PacketKind::not_tcp);
  if (!enter_layer(out, Encapsulation::pppoe)) return {};
  const std::uint16_t length = read_u16(p + 4);
  in.advance(kHeaderLength);
  if (!in.set_length(length)) return give_up(out, Undecodable::bad_link_header);
  add_session(out.packet.link, p + 2);
  return dissect_ppp(in, out);
}

}  // namespace handlens
