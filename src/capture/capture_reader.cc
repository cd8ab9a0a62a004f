#include "src/capture/capture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "src/capture/pcap_reader.h"
#include "src/capture/pcapng_reader.h"

namespace handlens {
namespace {

// Formats people do hand in, and what to do about them.
struct ForeignFormat {
  std::string_view magic;
  std::string_view advice;
};
using namespace std::string_view_literals;
constexpr std::array kForeignFormats = {
    ForeignFormat{"\xfd"
                  "7zXZ"sv,
                  "it is compressed by xz: unpack it first (xz -d)"},
    ForeignFormat{"\x04\x22\x4d\x18"sv, "it is compressed by lz4: unpack it first (lz4 -d)"},
    ForeignFormat{"BZh"sv, "it is compressed by bzip2: unpack it first (bzip2 -d)"},
    ForeignFormat{"PK\x03\x04"sv, "it is a zip archive: unpack it first"},
    ForeignFormat{"snoop\0"sv, "it is a snoop capture: convert it first (editcap -F pcapng)"},
    ForeignFormat{"TRSNIFF data"sv, "it is a Sniffer capture: convert it first (editcap -F pcapng)"},
    ForeignFormat{"XCP\0"sv, "it is a NetXRay capture: convert it first (editcap -F pcapng)"},
    ForeignFormat{"GMBU"sv, "it is a Network Monitor capture: convert it first (editcap -F pcapng)"},
    ForeignFormat{"\x1f\x8b"sv, "it is gzip inside of gzip: unpack it first"},
    ForeignFormat{"\x28\xb5\x2f\xfd"sv, "it is zstd inside of zstd or gzip: unpack it first"},
};

std::string describe_foreign(ByteView first) {
  for (const ForeignFormat& format : kForeignFormats) {
    if (first.size() < format.magic.size()) continue;
    const auto same = [](std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); };
    if (std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(format.magic.size()),
                   format.magic.begin(), same)) {
      return fmt::format("not a capture file handlens reads: {}", format.advice);
    }
  }
  constexpr std::size_t kShown = 8;
  std::string hex;
  for (const std::uint8_t byte : first.first(std::min(first.size(), kShown))) hex += fmt::format(" {:02x}", byte);
  return fmt::format(
      "not a capture file: it starts with{}; handlens reads pcap and pcapng, plain or compressed by gzip or zstd", hex);
}

}  // namespace

void CaptureReader::add_link(std::uint16_t link) {
  constexpr std::size_t kMaxLinks = 64;  // a list for people; hostile files name thousands
  if (links_.size() < kMaxLinks && std::find(links_.begin(), links_.end(), link) == links_.end()) {
    links_.push_back(link);
  }
}

std::unique_ptr<CaptureReader> open_capture(std::unique_ptr<ByteSource> stored, OpenFailure& failure,
                                            std::size_t piece) {
  auto buffer = std::make_unique<BlockBuffer>(decompress(std::move(stored), piece), piece);
  if (!buffer->require(4)) {
    const std::string& problem = buffer->source().problem();
    if (!problem.empty()) {
      failure = {OpenFailure::Kind::broken, fmt::format("{}: nothing could be read", problem)};
      return nullptr;
    }
    if (buffer->size() == 0) {
      const bool packed = !buffer->source().compression().empty();
      failure = {OpenFailure::Kind::empty, packed ? "the file is empty once decompressed, not a capture"
                                                  : "the file is empty (0 bytes), not a capture"};
      return nullptr;
    }
  }
  if (PcapReader::recognises({buffer->data(), buffer->size()})) {
    return PcapReader::open(std::move(buffer), failure);
  }
  if (PcapngReader::recognises({buffer->data(), buffer->size()})) {
    return PcapngReader::open(std::move(buffer), failure);
  }
  (void)buffer->require(12);  // the longest magic of a foreign format
  failure = {OpenFailure::Kind::foreign, describe_foreign({buffer->data(), buffer->size()})};
  return nullptr;
}

}  // namespace handlens
