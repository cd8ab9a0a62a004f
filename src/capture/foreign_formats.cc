#include "src/capture/foreign_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "src/capture/endian_load.h"

namespace handlens {
namespace {

using namespace std::string_view_literals;

enum class Remedy { convert, unpack_pipe, unpack, not_capture };
struct ForeignFormat {
  std::string_view magic;
  std::string_view name;
  Remedy remedy = Remedy::convert;
  std::string_view command = {};  // that unpacks
};

// Magic numbers: RFC 1761 for snoop; the file(1) database and files written by editcap for the others.
constexpr std::array kForeignFormats = {
    ForeignFormat{"\xfd"
                  "7zXZ"sv,
                  "compressed by xz", Remedy::unpack_pipe, "xz -dc"},
    ForeignFormat{"BZh"sv, "compressed by bzip2", Remedy::unpack_pipe, "bzip2 -dc"},
    ForeignFormat{"LZIP"sv, "compressed by lzip", Remedy::unpack_pipe, "lzip -dc"},
    ForeignFormat{"\x1f\x9d"sv, "compressed by compress", Remedy::unpack_pipe, "gzip -dc"},
    ForeignFormat{"\x1f\x8b"sv, "compressed twice, the second time by gzip", Remedy::unpack},
    ForeignFormat{"\x28\xb5\x2f\xfd"sv, "compressed twice, the second time by zstd", Remedy::unpack},
    ForeignFormat{"\x04\x22\x4d\x18"sv, "compressed twice, the second time by lz4", Remedy::unpack},
    ForeignFormat{"PK\x03\x04"sv, "a zip archive", Remedy::unpack},
    ForeignFormat{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive", Remedy::unpack},
    ForeignFormat{"Rar!\x1a"sv, "a rar archive", Remedy::unpack},
    ForeignFormat{"snoop\0\0\0"sv, "a snoop capture"},
    ForeignFormat{"btsnoop\0"sv, "a btsnoop capture"},
    ForeignFormat{"RTSS"sv, "a Network Monitor 1 capture"},
    ForeignFormat{"GMBU"sv, "a Network Monitor 2 capture"},
    ForeignFormat{"TRSNIFF data"sv, "a Sniffer capture"},
    ForeignFormat{"XCP\0"sv, "a NetXRay or Windows Sniffer capture"},
    ForeignFormat{"VL\0\0"sv, "a NetXRay capture"},
    ForeignFormat{"\x01\x10\x4c\x00\x01\x05Trace"sv, "a LANalyzer capture"},
    ForeignFormat{"ObserverPktBuffe"sv, "a Network Instruments Observer capture"},
    ForeignFormat{"\x05VNF"sv, "a Visual Networks capture"},
    ForeignFormat{"\xaa\xaa\xaa\xaa"sv, "a 5Views capture"},
    ForeignFormat{"iptrace 1.0"sv, "an iptrace capture"},
    ForeignFormat{"iptrace 2.0"sv, "an iptrace capture"},
    ForeignFormat{"TR\0\x64\0"sv, "a nettl capture"},
    ForeignFormat{"\x7fver"sv, "a Peek tagged capture"},
    ForeignFormat{"EyeSDN"sv, "an EyeSDN capture"},
    ForeignFormat{"\x00\x00\x02\x00\x12\x05\x00\x10"sv, "a Tektronix K12 capture"},
    ForeignFormat{"+---------+---------------+----------+"sv, "a K12 text capture"},
    ForeignFormat{"<!"sv, "a page of HTML or XML, perhaps of the site it was fetched from", Remedy::not_capture},
    ForeignFormat{"<html"sv, "a page of HTML, perhaps of the site it was fetched from", Remedy::not_capture},
    ForeignFormat{"<?xml"sv, "an XML document", Remedy::not_capture},
};

bool stands_at(ByteView bytes, std::size_t at, std::string_view text) {
  if (bytes.size() < at + text.size()) return false;
  return std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char c, std::uint8_t byte) { return byte == static_cast<std::uint8_t>(c); });
}

// An Endace ERF record has no magic number: time (little endian, seconds in its upper half), type, flags, and big
// endian its length, a counter and the wire length. Length and next record must fit together.
struct ErfRecord {
  std::uint32_t seconds = 0;
  std::size_t length = 0;
  bool is_plausible = false;
};
ErfRecord erf_record(ByteView bytes, std::size_t at) {
  constexpr std::size_t kHeader = 16;
  constexpr std::uint8_t kTypes = 48, kMoreHeaders = 0x80;
  constexpr std::uint32_t kYear2000 = 946'684'800, kYear2050 = 2'524'608'000;
  if (bytes.size() < at + kHeader) return {};
  const std::uint8_t* p = bytes.data() + at;
  ErfRecord record{load_u32(p + 4, false), load_u16(p + 10, true), false};
  const std::uint8_t type = p[8] & static_cast<std::uint8_t>(~kMoreHeaders);
  record.is_plausible = type >= 1 && type <= kTypes && record.length >= kHeader && record.seconds >= kYear2000 &&
                        record.seconds < kYear2050 && load_u16(p + 14, true) != 0;
  return record;
}
bool looks_like_erf(ByteView bytes) {
  const ErfRecord first = erf_record(bytes, 0);
  if (!first.is_plausible) return false;
  const ErfRecord second = erf_record(bytes, first.length);
  return second.is_plausible && second.seconds >= first.seconds && second.seconds - first.seconds < 86'400;
}

// "12:34:56.789012 ": what tcpdump prints, which people pipe in when they forget -w.
bool looks_like_tcpdump_text(ByteView bytes) {
  constexpr std::string_view kShape = "00:00:00.000000 ";
  if (bytes.size() < kShape.size()) return false;
  return std::equal(kShape.begin(), kShape.end(), bytes.begin(), [](char shape, std::uint8_t byte) {
    return shape == '0' ? byte >= '0' && byte <= '9' : byte == static_cast<std::uint8_t>(shape);
  });
}

std::string convert(std::string_view name) {
  return fmt::format("it is {}, which handlens does not read: convert it with `editcap -F pcap FILE out.pcap`", name);
}

std::string sentence(const ForeignFormat& format) {
  switch (format.remedy) {
    case Remedy::convert:
      return convert(format.name);
    case Remedy::unpack_pipe:
      return fmt::format("it is {}, which handlens does not read: unpack it with `{} FILE | handlens -`", format.name,
                         format.command);
    case Remedy::unpack:
      return fmt::format("it is {}: unpack it first", format.name);
    case Remedy::not_capture:
      break;
  }
  return fmt::format("not a capture file: it is {}", format.name);
}

}  // namespace

std::string describe_foreign(ByteView first) {
  for (const ForeignFormat& format : kForeignFormats) {
    if (stands_at(first, 0, format.magic)) return sentence(format);
  }
  constexpr std::size_t kTarMagic = 257;  // POSIX.1-1988, "ustar"
  if (stands_at(first, kTarMagic, "ustar")) return "it is a tar archive: unpack it first (tar -xf FILE)";
  if (looks_like_tcpdump_text(first)) {
    return "it is the text that tcpdump prints, not a capture: let it write packets (tcpdump -w FILE, or -w - for a "
           "pipe)";
  }
  if (looks_like_erf(first)) return convert("an Endace ERF capture, as far as one can tell");
  constexpr std::size_t kShown = 8;
  std::string hex;
  for (const std::uint8_t byte : first.first(std::min(first.size(), kShown))) hex += fmt::format(" {:02x}", byte);
  return fmt::format(
      "not a capture file: it starts with{}; handlens reads pcap and pcapng, plain or compressed by gzip, zstd or lz4",
      hex);
}

}  // namespace handlens
