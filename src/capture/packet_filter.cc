#include "src/capture/packet_filter.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include "src/capture/link_types.h"

namespace handlens {
namespace {

constexpr int kFilterSnapLength = 262144;

// Link types to try an expression with before calling it wrong: "inbound" makes sense for cooked captures only, "wlan
// host" for wireless ones only. Ethernet is first because its error message is the one people expect.
constexpr std::array<std::uint16_t, 7> kCommonLinks = {link_type::ethernet,
                                                       link_type::linux_sll,
                                                       link_type::linux_sll2,
                                                       link_type::raw,
                                                       link_type::null,
                                                       105,   // IEEE 802.11
                                                       127};  // IEEE 802.11 with radiotap

}  // namespace

struct PacketFilter::Program {
  std::uint16_t link = 0;
  bool usable = false;
  std::string error;
  bpf_program code{};

  Program(std::uint16_t link_type, const std::string& expression) : link(link_type) {
    pcap_t* handle = pcap_open_dead(dlt_of_link_type(link), kFilterSnapLength);
    if (handle == nullptr) {
      error = "out of memory";
      return;
    }
    usable = pcap_compile(handle, &code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!usable) error = pcap_geterr(handle);
    pcap_close(handle);
  }
  ~Program() {
    if (usable) pcap_freecode(&code);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
};

PacketFilter::PacketFilter(const std::string& expression) : expression_(expression) {
  if (expression_.empty()) return;
  std::string error;
  for (const std::uint16_t link : kCommonLinks) {
    auto program = std::make_unique<Program>(link, expression_);
    if (program->usable) {
      programs_.push_back(std::move(program));
      return;
    }
    if (error.empty()) error = program->error;
  }
  throw CaptureError(2, fmt::format("filter \"{}\": {}; see man pcap-filter", expression_, error));
}

PacketFilter::~PacketFilter() = default;

PacketFilter::Program& PacketFilter::program_for(std::uint16_t link) {
  for (const auto& program : programs_) {
    if (program->link == link) return *program;
  }
  programs_.push_back(std::make_unique<Program>(link, expression_));
  Program& program = *programs_.back();
  constexpr std::size_t kMaxSentences = 8;
  if (!program.usable && unusable_.size() < kMaxSentences) {
    unusable_.push_back(
        fmt::format("filter \"{}\" cannot be applied to packets of link type {} ({}): they are left out", expression_,
                    link_type_text(link), program.error));
  }
  return program;
}

bool PacketFilter::passes(const RawPacket& packet) {
  if (expression_.empty()) return true;
  if (last_ == nullptr || last_->link != packet.link) last_ = &program_for(packet.link);
  if (!last_->usable) return false;
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(packet.bytes.size());
  header.len = packet.wire_length;
  return pcap_offline_filter(&last_->code, &header, packet.bytes.data()) != 0;
}

}  // namespace handlens
