#include "src/capture/pcap_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/capture/endian_load.h"

namespace handlens {
namespace {

constexpr std::size_t kFileHeader = 24;
// What capture programs write by default, and the least every reader accepts, whatever the file's own snap length.
constexpr std::uint32_t kStandardSnapLength = 262144;

}  // namespace

bool PcapReader::find_layout(ByteView first, Layout& layout) {
  if (first.size() < 4) return false;
  for (const bool big_endian : {false, true}) {
    layout = Layout{};
    layout.big_endian = big_endian;
    switch (load_u32(first.data(), big_endian)) {
      case 0xa1b2c3d4:
        layout.format = "pcap";
        return true;
      case 0xa1b23c4d:
      case 0xa12b3c4d:
        layout.format = "pcap-nanosecond";
        layout.fraction_ns = 1;
        return true;
      case 0xa1b2cd34:
        layout.format = "pcap-modified";
        layout.packet_header = 24;
        return true;
      default:
        break;
    }
  }
  return false;
}

bool PcapReader::recognises(ByteView first) {
  Layout layout;
  return find_layout(first, layout);
}

std::unique_ptr<CaptureReader> PcapReader::open(std::unique_ptr<BlockBuffer> buffer, OpenFailure& failure) {
  Layout layout;
  (void)find_layout({buffer->data(), buffer->size()}, layout);
  if (!buffer->require(kFileHeader)) {
    const std::string& problem = buffer->source().problem();
    failure = {OpenFailure::Kind::broken,
               fmt::format("{} (only {} of the {} bytes of the pcap file header are there): it holds no packet",
                           problem.empty() ? "cut short in its file header" : problem, buffer->size(), kFileHeader)};
    return nullptr;
  }
  std::unique_ptr<PcapReader> reader(new PcapReader(std::move(buffer), layout));
  return reader;
}

PcapReader::PcapReader(std::unique_ptr<BlockBuffer> buffer, const Layout& layout)
    : CaptureReader(std::move(buffer)), layout_(layout) {
  parse_file_header(buffer_->data());
  buffer_->consume(kFileHeader);
  add_link(layout_.link);
}

void PcapReader::parse_file_header(const std::uint8_t* header) {
  const std::uint16_t major = load_u16(header + 4, layout_.big_endian);
  const std::uint16_t minor = load_u16(header + 6, layout_.big_endian);
  if ((major == 2 && minor < 3) || major == 543) {  // 543: a patched tcpdump of the nineties
    layout_.length_order = LengthOrder::swapped;
  } else if (major == 2 && minor == 3) {
    layout_.length_order = LengthOrder::perhaps_swapped;
  }
  // A snap length beyond every record we take is "unlimited" (or damage) and tells nothing.
  const std::uint32_t snap_length = load_u32(header + 16, layout_.big_endian);
  layout_.largest_packet = kStandardSnapLength;
  if (snap_length <= kMaxRecordBytes - layout_.packet_header) {
    layout_.largest_packet = std::max(snap_length, kStandardSnapLength);
  }
  layout_.link = static_cast<std::uint16_t>(load_u32(header + 20, layout_.big_endian) & 0xffff);
}

void PcapReader::order_lengths(std::uint32_t& captured, std::uint32_t& wire) const {
  if (layout_.length_order == LengthOrder::swapped || captured > wire) std::swap(captured, wire);
}

std::size_t PcapReader::next(std::span<RawPacket> out) {
  if (stopped() || out.empty() || !refill()) return 0;
  const bool big_endian = layout_.big_endian;
  const std::size_t header = layout_.packet_header;
  const std::uint8_t* const begin = buffer_->data();
  const std::uint8_t* const end = begin + buffer_->size();
  const std::uint8_t* p = begin;
  std::uint64_t number = packets_;
  std::size_t n = 0;
  while (n < out.size() && static_cast<std::size_t>(end - p) >= header) {
    const std::uint64_t seconds = load_u32(p, big_endian);
    const std::uint64_t fraction = load_u32(p + 4, big_endian);
    std::uint32_t captured = load_u32(p + 8, big_endian);
    std::uint32_t wire = load_u32(p + 12, big_endian);
    if (layout_.length_order != LengthOrder::normal) order_lengths(captured, wire);
    if (captured > layout_.largest_packet || captured > static_cast<std::size_t>(end - p) - header) break;
    RawPacket& packet = out[n++];
    packet.bytes = ByteView(p + header, captured);
    // Some writers leave the wire length zero or too small: the bytes are there, so the frame was at least that long.
    packet.wire_length = std::max(wire, captured);
    packet.link = layout_.link;
    packet.interface_id = kNoInterface;
    packet.direction = CaptureDirection::unknown;
    packet.stamp.number = ++number;
    // Fits: 2^32 s and 2^32 us are 4.3e18 ns, an int64 holds 9.2e18.
    packet.stamp.time.ns = static_cast<std::int64_t>(seconds * 1'000'000'000 + fraction * layout_.fraction_ns);
    p += header + captured;
  }
  packets_ = number;
  buffer_->consume(static_cast<std::size_t>(p - begin));
  return n;
}

bool PcapReader::refill() {
  if (buffer_->require(layout_.packet_header)) {
    std::uint32_t captured = load_u32(buffer_->data() + 8, layout_.big_endian);
    std::uint32_t wire = load_u32(buffer_->data() + 12, layout_.big_endian);
    if (layout_.length_order != LengthOrder::normal) order_lengths(captured, wire);
    if (captured > layout_.largest_packet) {
      stop_damaged(fmt::format("damaged at byte {}: packet {} claims {} captured bytes, more than this file may hold",
                               buffer_->offset(), packets_ + 1, captured));
      return false;
    }
    if (buffer_->require(layout_.packet_header + captured)) return true;
  } else if (buffer_->size() == 0) {
    stop_at_end();
    return false;
  }
  stop_cut(fmt::format("cut short at byte {} in packet {}", buffer_->end_offset(), packets_ + 1));
  return false;
}

}  // namespace handlens
