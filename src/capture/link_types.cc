#include "src/capture/link_types.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <array>

#include "dissectors/packet.h"

namespace handlens {
namespace {

struct Pair {
  std::uint16_t link;
  int dlt;
};
// The types whose DLT_ value differs between systems and therefore got a LINKTYPE_ value of their own
// (https://www.tcpdump.org/linktypes.html).
constexpr std::array<Pair, 6> kDifferent = {{{100, DLT_ATM_RFC1483},
                                             {101, DLT_RAW},
                                             {102, DLT_SLIP_BSDOS},
                                             {103, DLT_PPP_BSDOS},
                                             {106, DLT_ATM_CLIP},
                                             {link_type::raw_openbsd, DLT_RAW}}};

}  // namespace

int dlt_of_link_type(std::uint16_t link) {
  for (const Pair& pair : kDifferent) {
    if (pair.link == link) return pair.dlt;
  }
  return link;
}

std::uint16_t link_type_of_dlt(int dlt) {
  for (const Pair& pair : kDifferent) {
    if (pair.dlt == dlt) return pair.link;
  }
  return static_cast<std::uint16_t>(dlt);
}

std::string link_type_text(std::uint16_t link) {
  if (const std::string_view name = link_type_name(link); !name.empty()) return std::string(name);
  if (const char* name = pcap_datalink_val_to_name(dlt_of_link_type(link)); name != nullptr) return name;
  return fmt::format("LINKTYPE_{}", link);
}

}  // namespace handlens
