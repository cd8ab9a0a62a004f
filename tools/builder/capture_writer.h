// Capture files from frames: pcap (both byte orders, micro- and nanoseconds) and pcapng (sections, interfaces,
// if_tsresol).
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/builder/bytes.h"

namespace handlens::builder {

// LINKTYPE_ numbers as they stand in files.
enum class LinkType : std::uint16_t {
  null = 0,
  ethernet = 1,
  token_ring = 6,
  ppp = 9,
  fddi = 10,
  ppp_hdlc = 50,
  ppp_ether = 51,
  atm_rfc1483 = 100,
  raw = 101,
  c_hdlc = 104,
  ieee80211 = 105,
  frame_relay = 107,
  loop = 108,
  linux_sll = 113,
  prism = 119,
  radiotap = 127,
  avs = 163,
  ppp_pppd = 166,
  ppi = 192,
  nflog = 239,
  netanalyzer = 240,
  ipoib = 242,
  pktap = 258,
  linux_sll2 = 276
};

struct Frame {
  std::int64_t time = 0;       // nanoseconds since 1970
  Bytes bytes;                 // as captured
  std::uint32_t original = 0;  // length on the wire; 0: as captured
};

struct PcapFormat {
  bool nanoseconds = false;
  bool big_endian = false;
  std::uint32_t snaplen = 262144;
};
[[nodiscard]] Bytes pcap_file(LinkType link, const std::vector<Frame>& frames, const PcapFormat& format = {});

// Blocks are written in the order of the calls. section() starts the byte order and the interface numbers anew.
class PcapngWriter {
 public:
  PcapngWriter& section(bool big_endian = false, const std::string& hardware = "");
  struct Interface {
    LinkType link = LinkType::ethernet;
    std::optional<std::uint8_t> tsresol = {};  // if_tsresol as it stands in the file; without it microseconds
    std::uint32_t snaplen = 262144;
    std::string name = {};
  };
  PcapngWriter& interface(const Interface& described);
  PcapngWriter& packet(const Frame& frame, std::uint32_t interface_id = 0, std::optional<std::uint32_t> flags = {});
  PcapngWriter& packets(const std::vector<Frame>& frames, std::uint32_t interface_id = 0);
  PcapngWriter& simple_packet(const Frame& frame);             // no interface, no time
  PcapngWriter& secrets(const std::string& keylog);            // Decryption Secrets Block, TLS key log
  PcapngWriter& block(std::uint32_t type, const Bytes& body);  // body in the section's byte order
  [[nodiscard]] const Bytes& bytes() const { return out_; }

 private:
  void put(Bytes& to, std::uint64_t value, unsigned size) const;
  void option(Bytes& to, std::uint16_t code, const Bytes& value) const;
  [[nodiscard]] std::uint64_t ticks(std::int64_t time, std::uint32_t interface_id) const;
  Bytes out_;
  bool big_endian_ = false;
  std::vector<std::optional<std::uint8_t>> tsresol_;
};

void write_file(const std::filesystem::path& path, const Bytes& bytes);  // throws std::runtime_error
[[nodiscard]] std::optional<Bytes> read_file(const std::filesystem::path& path);

}  // namespace handlens::builder
