// libpcap is the second opinion on our own readers: what both read must be the same.
#include "src/capture/libpcap_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/capture/capture_bytes.h"

namespace handlens {
namespace {

using testing::KeptPacket;
using testing::PcapFile;
using testing::view_of;

struct Read {
  std::vector<KeptPacket> packets;
  std::unique_ptr<CaptureReader> reader;
};
Read read_by_libpcap(std::string_view file, std::size_t batch = 8, std::size_t piece = kReadPiece) {
  Read out;
  out.reader = LibpcapReader::open(std::make_unique<BlockBuffer>(decompress(read_memory(view_of(file)), piece), piece));
  if (!out.reader) return out;
  std::vector<RawPacket> packets(batch);
  while (const std::size_t n = out.reader->next(packets)) {
    for (std::size_t i = 0; i < n; ++i) out.packets.push_back(testing::keep(packets[i]));
  }
  return out;
}

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void expect_same(const std::vector<KeptPacket>& libpcap, const std::vector<KeptPacket>& ours, const std::string& name) {
  ASSERT_EQ(libpcap.size(), ours.size()) << name;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ASSERT_EQ(libpcap[i].bytes, ours[i].bytes) << name << ' ' << i;
    ASSERT_EQ(libpcap[i].wire_length, ours[i].wire_length) << name << ' ' << i;
    ASSERT_EQ(libpcap[i].link, ours[i].link) << name << ' ' << i;
    ASSERT_EQ(libpcap[i].number, ours[i].number) << name << ' ' << i;
    ASSERT_EQ(libpcap[i].ns, ours[i].ns) << name << ' ' << i;
  }
}

TEST(LibpcapReader, ReadsEveryCaptureAsOurOwnReadersDo) {
  std::size_t same = 0;
  for (const auto& entry : std::filesystem::directory_iterator(HANDLENS_SOURCE_DIR "/pcaps")) {
    const std::string extension = entry.path().extension();
    if (extension != ".pcap" && extension != ".pcapng") continue;
    const std::string bytes = file_bytes(entry.path());
    const Read theirs = read_by_libpcap(bytes);
    if (!theirs.reader) continue;  // it takes no pcapng without an interface
    const testing::ReadFile ours = testing::read_capture(bytes);
    ASSERT_NE(ours.reader, nullptr) << entry.path();
    // libpcap gives up at an interface of another link type or snap length; up to there it must agree.
    const bool gave_up = theirs.reader->stop().kind == ReadStop::Kind::damaged;
    std::vector<KeptPacket> packets = ours.packets;
    if (gave_up && packets.size() > theirs.packets.size()) packets.resize(theirs.packets.size());
    expect_same(theirs.packets, packets, entry.path());
    if (!gave_up) {
      EXPECT_EQ(theirs.reader->stop().kind, ours.reader->stop().kind) << entry.path();
      ++same;
    }
  }
  EXPECT_GT(same, 50U);
}

TEST(LibpcapReader, BatchesAndPiecesDoNotMatter) {
  const std::string bytes = file_bytes(HANDLENS_SOURCE_DIR "/pcaps/tls12_full.pcap");
  const std::vector<KeptPacket> expected = testing::read_capture(bytes).packets;
  for (const std::size_t batch : {1U, 3U, 64U}) {
    for (const std::size_t piece : {7U, 4096U}) expect_same(read_by_libpcap(bytes, batch, piece).packets, expected, "");
  }
  expect_same(read_by_libpcap(testing::lz4(bytes)).packets, expected, "lz4");
}

TEST(LibpcapReader, SaysHowTheFileEnded) {
  const PcapFile file;
  const std::string whole = file.header() + file.packet(1, 0, "one") + file.packet(2, 0, "two");
  const Read read = read_by_libpcap(whole);
  EXPECT_EQ(read.reader->stop().kind, ReadStop::Kind::clean);
  EXPECT_EQ(read.reader->format(), "libpcap");
  EXPECT_EQ(read.reader->links(), std::vector<std::uint16_t>{1});
  for (std::size_t size = file.header().size() + 1; size < whole.size(); ++size) {
    if (size == file.header().size() + file.packet(1, 0, "one").size()) continue;
    const Read cut = read_by_libpcap(std::string_view(whole).substr(0, size));
    ASSERT_EQ(cut.reader->stop().kind, ReadStop::Kind::cut) << size;
    EXPECT_EQ(cut.reader->stop().what.rfind("cut short at byte " + std::to_string(size), 0), 0U);
    EXPECT_EQ(cut.packets.size(), size < 43 ? 0U : 1U);
  }
}

TEST(LibpcapReader, RefusesWhatLibpcapDoesNotKnow) {
  for (const std::string_view bytes : {"", "ab", "hello, world", "snoop"}) {
    EXPECT_EQ(read_by_libpcap(bytes).reader, nullptr) << bytes;
  }
  EXPECT_EQ(read_by_libpcap(PcapFile{}.header().substr(0, 20)).reader, nullptr);
}

}  // namespace
}  // namespace handlens
