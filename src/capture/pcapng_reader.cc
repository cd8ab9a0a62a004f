#include "src/capture/pcapng_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/capture/endian_load.h"
#include "src/capture/pcapng_options.h"

namespace handlens {
namespace {

// Option epb_flags (draft-ietf-opsawg-pcapng §4.3.1): the two lowest bits say which way the packet went.
CaptureDirection direction_of(ByteView options, bool big_endian) {
  constexpr std::uint16_t kFlags = 2;
  constexpr std::uint32_t kDirection = 3, kInbound = 1, kOutbound = 2;
  PcapngOptions walk(options, big_endian);
  while (walk.next()) {
    if (walk.code() != kFlags || walk.value().size() < 4) continue;
    const std::uint32_t direction = load_u32(walk.value().data(), big_endian) & kDirection;
    if (direction == kInbound) return CaptureDirection::incoming;
    return direction == kOutbound ? CaptureDirection::outgoing : CaptureDirection::unknown;
  }
  return CaptureDirection::unknown;
}

// Block types, draft-ietf-opsawg-pcapng §10.1.
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a, kInterfaceDescription = 1, kOldPacket = 2, kSimplePacket = 3,
                        kInterfaceStatistics = 5, kEnhancedPacket = 6, kDecryptionSecrets = 10;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kTlsKeyLog = 0x544c534b;  // "TLSK"
constexpr std::size_t kBlockHeader = 8, kBlockTrailer = 4, kSmallestBlock = kBlockHeader + kBlockTrailer;
constexpr std::size_t kMaxInterfaces = 65536;

// A key log line starts with the name of a label; text of several blocks is joined by line ends.
void append_lines(std::string& text, ByteView lines) {
  text.append(lines.begin(), lines.end());
  if (!text.empty() && text.back() != '\n') text += '\n';
}

bool is_packet(std::uint32_t type) { return type == kEnhancedPacket || type == kSimplePacket || type == kOldPacket; }

bool must_be_whole(std::uint32_t type) {
  return is_packet(type) || type == kSectionHeader || type == kInterfaceDescription || type == kInterfaceStatistics;
}

}  // namespace

std::uint32_t PcapngReader::u32(const std::uint8_t* p) const { return load_u32(p, big_endian_); }

bool PcapngReader::recognises(ByteView first) {
  return first.size() >= 4 && load_u32(first.data(), true) == kSectionHeader;
}

std::unique_ptr<CaptureReader> PcapngReader::open(std::unique_ptr<BlockBuffer> buffer, OpenFailure& failure) {
  std::unique_ptr<PcapngReader> reader(new PcapngReader(std::move(buffer)));
  RawPacket none;
  if (reader->read_block(true, none) == Step::other) return reader;
  const std::string& problem = reader->bytes().problem();
  failure = {OpenFailure::Kind::broken,
             fmt::format("{}: it holds no packet", problem.empty() ? reader->stop().what : problem)};
  return nullptr;
}

std::uint64_t PcapngReader::dropped() const {
  std::uint64_t sum = dropped_before_;
  for (const Interface& interface : interfaces_) sum += interface.dropped;
  return sum;
}

std::size_t PcapngReader::next(std::span<RawPacket> out) {
  std::size_t n = 0;
  while (n < out.size() && !stopped()) {
    n += walk_packets(out.subspan(n));
    if (n == out.size()) break;
    const Step step = read_block(n == 0, out[n]);
    if (step == Step::packet) {
      out[n++].stamp.number = ++packets_;
    } else if (step != Step::other) {
      break;
    }
  }
  return n;
}

// The run of sound enhanced packet blocks at the front of the buffer, which is nearly all of nearly every file.
// Whatever is not plain (another block, an interface used for the first time, the buffer's end, damage) is left to
// read_block.
std::size_t PcapngReader::walk_packets(std::span<RawPacket> out) {
  constexpr std::size_t kFixed = 20;
  const bool big_endian = big_endian_, are_several = has_several_interfaces();
  const std::uint8_t* const begin = buffer_->data();
  const std::uint8_t* const end = begin + buffer_->size();
  const std::uint8_t* p = begin;
  std::size_t n = 0;
  while (n < out.size() && static_cast<std::size_t>(end - p) >= kSmallestBlock + kFixed) {
    const std::uint32_t length = load_u32(p + 4, big_endian);
    if (load_u32(p, big_endian) != kEnhancedPacket || length < kSmallestBlock + kFixed || length % 4 != 0 ||
        length > static_cast<std::size_t>(end - p) || load_u32(p + length - kBlockTrailer, big_endian) != length) {
      break;
    }
    const std::uint8_t* const body = p + kBlockHeader;
    const std::uint32_t id = load_u32(body, big_endian), captured = load_u32(body + 12, big_endian);
    if (id >= interfaces_.size() || !interfaces_[id].used || captured > length - kSmallestBlock - kFixed) break;
    const std::uint64_t ticks =
        (static_cast<std::uint64_t>(load_u32(body + 4, big_endian)) << 32) | load_u32(body + 8, big_endian);
    RawPacket& packet = out[n++];
    packet.bytes = ByteView(body + kFixed, captured);
    packet.wire_length = std::max(load_u32(body + 16, big_endian), captured);
    packet.link = interfaces_[id].link;
    packet.interface_id = are_several ? interfaces_before_ + id : kNoInterface;
    const std::size_t padded = (std::size_t{captured} + 3) & ~std::size_t{3};
    const std::size_t room = length - kSmallestBlock - kFixed;
    packet.direction =
        padded < room ? direction_of({body + kFixed + padded, room - padded}, big_endian) : CaptureDirection::unknown;
    packet.stamp.number = ++packets_;
    packet.stamp.time.ns = last_time_ = interfaces_[id].time.to_ns(ticks);
    p += length;
  }
  buffer_->consume(static_cast<std::size_t>(p - begin));
  return n;
}

PcapngReader::Step PcapngReader::read_block(bool may_read, RawPacket& out) {
  if (buffer_->size() < kSmallestBlock) {
    if (!may_read) return Step::wait;
    if (!buffer_->require(kSmallestBlock)) {
      if (buffer_->size() != 0) return cut("");
      stop_at_end();
      return Step::stop;
    }
  }
  Block block;
  if (!read_block_header(block)) {
    // A packet of this batch is handed out first; the next call meets the damage again.
    return Step::stop;
  }
  if (!must_be_whole(block.type) && (block.type != kDecryptionSecrets || block.length > kMaxRecordBytes)) {
    return skip_block(may_read, block);
  }
  const Step step = read_whole(may_read, block);
  return step == Step::other ? take_block(block, out) : step;
}

bool PcapngReader::read_block_header(Block& block) {
  if (load_u32(buffer_->data(), true) == kSectionHeader && !read_byte_order()) return false;
  block.type = u32(buffer_->data());
  block.length = u32(buffer_->data() + 4);
  const bool too_long = must_be_whole(block.type) && block.length > kMaxRecordBytes;
  if (block.length < kSmallestBlock || block.length % 4 != 0 || too_long) {
    return damaged(fmt::format("a block of type {:#x} claims a length of {}", block.type, block.length));
  }
  return true;
}

// A section header's type reads the same in both orders; the magic after its length tells.
bool PcapngReader::read_byte_order() {
  const std::uint8_t* magic = buffer_->data() + kBlockHeader;
  if (load_u32(magic, false) == kByteOrderMagic) {
    big_endian_ = false;
  } else if (load_u32(magic, true) == kByteOrderMagic) {
    big_endian_ = true;
  } else {
    return damaged("the section header has no byte-order magic");
  }
  return true;
}

PcapngReader::Step PcapngReader::skip_block(bool may_read, const Block& block) {
  if (buffer_->size() < block.length) {
    if (!may_read) return Step::wait;
    const std::uint64_t at = buffer_->offset();
    if (!buffer_->skip(block.length - kBlockTrailer) || !buffer_->require(kBlockTrailer)) {
      buffer_->consume(buffer_->size());
      return cut("");
    }
    if (!check_trailer(buffer_->data(), block, at)) return Step::stop;
    buffer_->consume(kBlockTrailer);
    return Step::other;
  }
  if (!check_trailer(buffer_->data() + block.length - kBlockTrailer, block, buffer_->offset())) return Step::stop;
  buffer_->consume(block.length);
  return Step::other;
}

PcapngReader::Step PcapngReader::read_whole(bool may_read, Block& block) {
  if (buffer_->size() < block.length) {
    if (!may_read) return Step::wait;
    if (!buffer_->require(block.length)) return cut(is_packet(block.type) ? "packet" : "");
  }
  block.body = buffer_->data() + kBlockHeader;
  block.body_length = block.length - kSmallestBlock;
  if (!check_trailer(buffer_->data() + block.length - kBlockTrailer, block, buffer_->offset())) return Step::stop;
  return Step::other;
}

bool PcapngReader::check_trailer(const std::uint8_t* trailer, const Block& block, std::uint64_t at) {
  const std::uint32_t again = u32(trailer);
  if (again == block.length) return true;
  stop_damaged(fmt::format("damaged at byte {}: a block of type {:#x} has length {} at its start and {} at its end", at,
                           block.type, block.length, again));
  return false;
}

PcapngReader::Step PcapngReader::take_block(const Block& block, RawPacket& out) {
  bool good = true;
  Step step = Step::other;
  switch (block.type) {
    case kSectionHeader:
      good = on_section(block);
      break;
    case kInterfaceDescription:
      good = on_interface(block);
      break;
    case kInterfaceStatistics:
      on_statistics(block);
      break;
    case kDecryptionSecrets:
      on_secrets(block);
      break;
    default:
      step = Step::packet;
      good = block.type == kEnhancedPacket ? on_enhanced_packet(block, out)
             : block.type == kSimplePacket ? on_simple_packet(block, out)
                                           : on_old_packet(block, out);
      break;
  }
  if (!good) return Step::stop;
  buffer_->consume(block.length);
  return step;
}

// §4.1: magic, version, section length (which we do not need: blocks tell where they end).
bool PcapngReader::on_section(const Block& block) {
  if (block.body_length < 16) return damaged("the section header is too short");
  const std::uint16_t major = load_u16(block.body + 4, big_endian_);
  if (major != 1) return damaged(fmt::format("the section has version {}, handlens knows version 1", major));
  dropped_before_ = dropped();
  interfaces_before_ += static_cast<std::uint32_t>(interfaces_.size());
  interfaces_.clear();
  return true;
}

// §4.2: link type, reserved, snap length, options.
bool PcapngReader::on_interface(const Block& block) {
  constexpr std::uint16_t kTimeResolution = 9, kTimeOffset = 14;
  if (block.body_length < 8) return damaged("an interface description is too short");
  if (interfaces_.size() >= kMaxInterfaces) return damaged("more than 65536 interfaces in one section");
  Interface interface;
  interface.link = load_u16(block.body, big_endian_);
  interface.snap_length = u32(block.body + 4);
  std::uint8_t resolution = 6;
  std::int64_t offset = 0;
  PcapngOptions options({block.body + 8, block.body_length - 8}, big_endian_);
  while (options.next()) {
    if (options.code() == kTimeResolution && options.value().size() >= 1) resolution = options.value()[0];
    if (options.code() == kTimeOffset && options.value().size() >= 8) {
      offset = static_cast<std::int64_t>(load_u64(options.value().data(), big_endian_));
    }
  }
  interface.time = TimeScale(resolution, offset);
  interfaces_.push_back(interface);
  return true;
}

// §4.6: interface, time, options. Counters run from the start of the capture: the last block of an interface counts.
void PcapngReader::on_statistics(const Block& block) {
  constexpr std::uint16_t kInterfaceDrop = 5, kSystemDrop = 7;
  if (block.body_length < 12) return;
  const std::uint32_t id = u32(block.body);
  if (id >= interfaces_.size()) return;
  std::uint64_t dropped = 0;
  PcapngOptions options({block.body + 12, block.body_length - 12}, big_endian_);
  while (options.next()) {
    const bool counts_drops = options.code() == kInterfaceDrop || options.code() == kSystemDrop;
    if (counts_drops && options.value().size() >= 8) dropped += load_u64(options.value().data(), big_endian_);
  }
  interfaces_[id].dropped = dropped;
}

// §4.7: secrets type, length, data.
void PcapngReader::on_secrets(const Block& block) {
  if (block.body_length < 8 || u32(block.body) != kTlsKeyLog) return;
  const std::size_t length = std::min<std::size_t>(u32(block.body + 4), block.body_length - 8);
  if (length > kMaxSecretBytes - std::min(kMaxSecretBytes, secrets_.size())) return;
  append_lines(secrets_, {block.body + 8, length});
}

// §4.3: interface, time high and low, captured length, wire length, bytes, options.
bool PcapngReader::on_enhanced_packet(const Block& block, RawPacket& out) {
  constexpr std::size_t kFixed = 20;
  if (block.body_length < kFixed) return damaged("an enhanced packet block is too short");
  const std::uint32_t id = u32(block.body);
  if (!fill_packet(block, kFixed, id, u32(block.body + 12), u32(block.body + 16), out)) return false;
  const std::size_t options = kFixed + ((std::size_t{u32(block.body + 12)} + 3) & ~std::size_t{3});
  if (options < block.body_length) {
    out.direction = direction_of({block.body + options, block.body_length - options}, big_endian_);
  }
  const std::uint64_t ticks = (static_cast<std::uint64_t>(u32(block.body + 4)) << 32) | u32(block.body + 8);
  out.stamp.time.ns = last_time_ = interfaces_[id].time.to_ns(ticks);
  return true;
}

// §4.4: wire length, bytes. No time: the one of the packet before is the nearest we know. No captured length: the
// interface's snap length tells.
bool PcapngReader::on_simple_packet(const Block& block, RawPacket& out) {
  constexpr std::size_t kFixed = 4;
  if (block.body_length < kFixed) return damaged("a simple packet block is too short");
  const std::uint32_t wire = u32(block.body);
  std::uint32_t captured = static_cast<std::uint32_t>(std::min<std::size_t>(wire, block.body_length - kFixed));
  if (!interfaces_.empty() && interfaces_[0].snap_length != 0) {
    captured = std::min(captured, interfaces_[0].snap_length);
  }
  if (!fill_packet(block, kFixed, 0, captured, wire, out)) return false;
  out.stamp.time.ns = last_time_;
  return true;
}

// The packet block of the first drafts: as the enhanced one, with 16 bits of interface and 16 of drop count.
bool PcapngReader::on_old_packet(const Block& block, RawPacket& out) {
  constexpr std::size_t kFixed = 20;
  if (block.body_length < kFixed) return damaged("a packet block is too short");
  const std::uint32_t id = load_u16(block.body, big_endian_);
  if (!fill_packet(block, kFixed, id, u32(block.body + 12), u32(block.body + 16), out)) return false;
  const std::uint64_t ticks = (static_cast<std::uint64_t>(u32(block.body + 4)) << 32) | u32(block.body + 8);
  out.stamp.time.ns = last_time_ = interfaces_[id].time.to_ns(ticks);
  return true;
}

bool PcapngReader::fill_packet(const Block& block, std::size_t fixed, std::uint32_t id, std::uint32_t captured,
                               std::uint32_t wire, RawPacket& out) {
  if (id >= interfaces_.size()) {
    return damaged(fmt::format("packet {} is of interface {}, which the file does not describe", packets_ + 1, id));
  }
  if (captured > block.body_length - fixed) {
    return damaged(fmt::format("packet {} claims {} captured bytes in a block that holds {}", packets_ + 1, captured,
                               block.body_length - fixed));
  }
  Interface& interface = interfaces_[id];
  if (!interface.used) {
    interface.used = true;
    add_link(interface.link);
  }
  out.bytes = ByteView(block.body + fixed, captured);
  out.wire_length = std::max(wire, captured);  // as in pcap: a wire length too small is the writer's slip
  out.link = interface.link;
  out.interface_id = has_several_interfaces() ? interfaces_before_ + id : kNoInterface;
  out.direction = CaptureDirection::unknown;
  return true;
}

PcapngReader::Step PcapngReader::cut(const char* where) {
  if (*where != '\0') {
    stop_cut(fmt::format("cut short at byte {} in {} {}", buffer_->end_offset(), where, packets_ + 1));
  } else {
    const std::string place =
        packets_ == 0 ? "in a block before the first packet" : fmt::format("in a block after packet {}", packets_);
    stop_cut(fmt::format("cut short at byte {} {}", buffer_->end_offset(), place));
  }
  return Step::stop;
}

bool PcapngReader::damaged(const std::string& what) {
  stop_damaged(fmt::format("damaged at byte {}: {}", buffer_->offset(), what));
  return false;
}

}  // namespace handlens
