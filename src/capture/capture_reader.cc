#include "src/capture/capture_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/capture/foreign_formats.h"
#include "src/capture/libpcap_reader.h"
#include "src/capture/pcap_reader.h"
#include "src/capture/pcapng_reader.h"

namespace handlens {

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
  (void)buffer->require(kForeignBytes);
  failure = {OpenFailure::Kind::foreign, describe_foreign({buffer->data(), buffer->size()})};
  auto reader = LibpcapReader::open(std::move(buffer));
  if (reader) failure = {};
  return reader;
}

}  // namespace handlens
