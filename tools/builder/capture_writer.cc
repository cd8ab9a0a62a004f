#include "tools/builder/capture_writer.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace handlens::builder {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;

void put_integer(Bytes& to, std::uint64_t value, unsigned size, bool big_endian) {
  for (unsigned i = 0; i < size; ++i) {
    const unsigned shift = 8 * (big_endian ? size - 1 - i : i);
    to.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::uint32_t original_length(const Frame& frame) {
  return frame.original != 0 ? frame.original : static_cast<std::uint32_t>(frame.bytes.size());
}

void pad_to_32_bits(Bytes& bytes) {
  while (bytes.size() % 4 != 0) bytes.push_back(0);
}

}  // namespace

Bytes pcap_file(LinkType link, const std::vector<Frame>& frames, const PcapFormat& format) {
  Bytes out;
  const auto put = [&](std::uint64_t value, unsigned size) { put_integer(out, value, size, format.big_endian); };
  put(format.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 4);
  put(2, 2);
  put(4, 2);
  put(0, 8);
  put(format.snaplen, 4);
  put(static_cast<std::uint16_t>(link), 4);
  for (const Frame& frame : frames) {
    const Bytes kept = slice(frame.bytes, 0, format.snaplen);
    const std::int64_t fraction = frame.time % kNanosPerSecond;
    put(static_cast<std::uint64_t>(frame.time / kNanosPerSecond), 4);
    put(static_cast<std::uint64_t>(format.nanoseconds ? fraction : fraction / 1000), 4);
    put(kept.size(), 4);
    put(original_length(frame), 4);
    append(out, kept);
  }
  return out;
}

void PcapngWriter::put(Bytes& to, std::uint64_t value, unsigned size) const {
  put_integer(to, value, size, big_endian_);
}

void PcapngWriter::option(Bytes& to, std::uint16_t code, const Bytes& value) const {
  put(to, code, 2);
  put(to, value.size(), 2);
  append(to, value);
  pad_to_32_bits(to);
}

PcapngWriter& PcapngWriter::block(std::uint32_t type, const Bytes& body) {
  Bytes padded = body;
  pad_to_32_bits(padded);
  put(out_, type, 4);
  put(out_, padded.size() + 12, 4);
  append(out_, padded);
  put(out_, padded.size() + 12, 4);
  return *this;
}

PcapngWriter& PcapngWriter::section(bool big_endian, const std::string& hardware) {
  big_endian_ = big_endian;
  tsresol_.clear();
  Bytes body;
  put(body, 0x1A2B3C4D, 4);
  put(body, 1, 2);
  put(body, 0, 2);
  put(body, ~std::uint64_t{0}, 8);  // section length not given
  if (!hardware.empty()) {
    option(body, 2, from_text(hardware));
    option(body, 0, {});
  }
  return block(kSectionHeader, body);
}

PcapngWriter& PcapngWriter::interface(const Interface& described) {
  tsresol_.push_back(described.tsresol);
  Bytes body;
  put(body, static_cast<std::uint16_t>(described.link), 2);
  put(body, 0, 2);
  put(body, described.snaplen, 4);
  if (!described.name.empty()) option(body, 2, from_text(described.name));
  if (described.tsresol) option(body, 9, {*described.tsresol});
  if (!described.name.empty() || described.tsresol) option(body, 0, {});
  return block(1, body);
}

// if_tsresol: the high bit chooses between powers of ten and of two for the length of a tick.
std::uint64_t PcapngWriter::ticks(std::int64_t time, std::uint32_t interface_id) const {
  const std::uint8_t resolution = interface_id < tsresol_.size() ? tsresol_[interface_id].value_or(6) : std::uint8_t{6};
  const auto seconds = static_cast<std::uint64_t>(time / kNanosPerSecond);
  const auto nanos = static_cast<std::uint64_t>(time % kNanosPerSecond);
  if ((resolution & 0x80) != 0) {
    const unsigned bits = resolution & 0x7f;
    return (seconds << bits) + ((nanos << bits) / static_cast<std::uint64_t>(kNanosPerSecond));
  }
  std::uint64_t per_second = 1;
  for (unsigned i = 0; i < resolution; ++i) per_second *= 10;
  if (per_second <= static_cast<std::uint64_t>(kNanosPerSecond)) {
    return seconds * per_second + nanos / (static_cast<std::uint64_t>(kNanosPerSecond) / per_second);
  }
  return seconds * per_second + nanos * (per_second / static_cast<std::uint64_t>(kNanosPerSecond));
}

PcapngWriter& PcapngWriter::packet(const Frame& frame, std::uint32_t interface_id, std::optional<std::uint32_t> flags) {
  const std::uint64_t time = ticks(frame.time, interface_id);
  Bytes body;
  put(body, interface_id, 4);
  put(body, time >> 32, 4);
  put(body, time & 0xffffffff, 4);
  put(body, frame.bytes.size(), 4);
  put(body, original_length(frame), 4);
  append(body, frame.bytes);
  pad_to_32_bits(body);
  if (flags) {
    Bytes value;
    put(value, *flags, 4);
    option(body, 2, value);
    option(body, 0, {});
  }
  return block(6, body);
}

PcapngWriter& PcapngWriter::packets(const std::vector<Frame>& frames, std::uint32_t interface_id) {
  for (const Frame& frame : frames) packet(frame, interface_id);
  return *this;
}

PcapngWriter& PcapngWriter::simple_packet(const Frame& frame) {
  Bytes body;
  put(body, original_length(frame), 4);
  append(body, frame.bytes);
  return block(3, body);
}

PcapngWriter& PcapngWriter::secrets(const std::string& keylog) {
  Bytes body;
  put(body, 0x544c534b, 4);
  put(body, keylog.size(), 4);
  append(body, from_text(keylog));
  return block(10, body);
}

void write_file(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (std::uint8_t byte : bytes) file.put(static_cast<char>(byte));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::optional<Bytes> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  Bytes bytes;
  for (std::istreambuf_iterator<char> it(file), end; it != end; ++it) bytes.push_back(static_cast<std::uint8_t>(*it));
  return bytes;
}

}  // namespace handlens::builder
