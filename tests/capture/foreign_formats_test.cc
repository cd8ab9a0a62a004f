#include "src/capture/foreign_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/capture/capture_bytes.h"

namespace handlens {
namespace {

using namespace std::string_view_literals;
using ::testing::AllOf;
using testing::Bytes;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::view_of;

std::string describe(std::string_view first) { return describe_foreign(view_of(first)); }

TEST(ForeignFormats, CapturesAreNamedWithHowToConvertThem) {
  const std::vector<std::pair<std::string_view, std::string_view>> formats = {
      {"snoop\0\0\0\0\0\0\2"sv, "snoop"},
      {"RTSS\1\1\1\1"sv, "Network Monitor 1"},
      {"GMBU\0\2\1\1"sv, "Network Monitor 2"},
      {"TRSNIFF data    \x1a"sv, "Sniffer"},
      {"XCP\000002.001"sv, "NetXRay"},
      {"TR\0\x64\0"sv, "nettl"},
      {"\x05VNF"sv, "Visual Networks"},
      {"ObserverPktBufferVersion=15.00"sv, "Observer"},
      {"iptrace 2.0"sv, "iptrace"},
      {"\x7fver"sv, "Peek"},
      {"\x00\x00\x02\x00\x12\x05\x00\x10"sv, "K12"},
      {"+---------+---------------+----------+\r\n"sv, "K12 text"}};
  for (const auto& [magic, name] : formats) {
    EXPECT_THAT(describe(magic), AllOf(HasSubstr(name), HasSubstr("`editcap -F pcap FILE out.pcap`")));
    EXPECT_THAT(describe(magic.substr(0, magic.size() > 4 ? 4 : 3)), Not(HasSubstr("not a capture file handlens")));
  }
}

TEST(ForeignFormats, CompressionsAreNamedWithHowToUnpackThem) {
  EXPECT_EQ(describe("\xfd"
                     "7zXZ\0\0\4"sv),
            "it is compressed by xz, which handlens does not read: unpack it with `xz -dc FILE | handlens -`");
  EXPECT_EQ(describe("BZh91AY&SY"),
            "it is compressed by bzip2, which handlens does not read: unpack it with `bzip2 -dc FILE | handlens -`");
  EXPECT_THAT(describe("PK\x03\x04"), HasSubstr("zip archive"));
  EXPECT_THAT(describe(std::string(257, 'n') + "ustar"), HasSubstr("tar -xf"));
  EXPECT_THAT(describe(testing::gzip("x")), HasSubstr("compressed twice"));
}

TEST(ForeignFormats, WhatIsNoCaptureSaysSo) {
  EXPECT_THAT(describe("<!DOCTYPE html>"), HasSubstr("not a capture file: it is a page"));
  EXPECT_THAT(describe("12:34:56.789012 IP 192.0.2.1.443 > "), HasSubstr("-w -"));
  EXPECT_THAT(describe("12:34:56,789012 IP"), HasSubstr("starts with 31 32 3a"));
  EXPECT_EQ(describe("hello, world"),
            "not a capture file: it starts with 68 65 6c 6c 6f 2c 20 77; handlens reads pcap and pcapng, plain or "
            "compressed by gzip, zstd or lz4");
  EXPECT_THAT(describe("ab"), HasSubstr("starts with 61 62;"));
}

std::string erf_record(std::uint32_t seconds, std::size_t payload, std::uint8_t type = 2) {
  return Bytes().u32(0).u32(seconds).u8(type).u8(4).str() +
         Bytes(true).u16(16 + payload).u16(0).u16(payload).text(std::string(payload, 'p')).str();
}

// ERF has no magic number: two records that fit each other are taken for it, one is not.
TEST(ForeignFormats, ErfIsToldByItsRecords) {
  constexpr std::uint32_t kTime = 1'768'000'000;
  const std::string first = erf_record(kTime, 80);
  EXPECT_THAT(describe(first + erf_record(kTime + 1, 100)), AllOf(HasSubstr("Endace ERF"), HasSubstr("editcap")));
  EXPECT_THAT(describe(first), Not(HasSubstr("ERF")));
  EXPECT_THAT(describe(first + erf_record(kTime - 1, 100)), Not(HasSubstr("ERF"))) << "back in time";
  EXPECT_THAT(describe(first + erf_record(kTime, 100, 77)), Not(HasSubstr("ERF"))) << "no such type";
  EXPECT_THAT(describe(std::string(100, '\0')), Not(HasSubstr("ERF")));
}

TEST(ForeignFormats, OpeningOneIsAForeignFailure) {
  const testing::ReadFile read = testing::read_capture("snoop\0\0\0\0\0\0\2\0\0\0\4"sv);
  EXPECT_EQ(read.reader, nullptr);
  EXPECT_EQ(read.failure.kind, OpenFailure::Kind::foreign);
  EXPECT_THAT(read.failure.what, HasSubstr("it is a snoop capture"));
  const std::string packed = testing::zstd("BZh91AY&SY and what follows");
  EXPECT_THAT(testing::read_capture(packed).failure.what, HasSubstr("bzip2"));
}

}  // namespace
}  // namespace handlens
