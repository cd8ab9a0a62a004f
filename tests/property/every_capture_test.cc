// Every capture of pcaps/ through the whole program in one process: as it is, cut short, and with bytes changed.
// Nothing may crash or read past its bytes (the sanitizers watch), the work is bounded by the size of the input, and
// whatever is written is what it must be (tests/support/whole_run.h).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "src/app/pipeline.h"
#include "tests/support/engine_run.h"
#include "tests/support/own_captures.h"
#include "tests/support/whole_run.h"

namespace handlens::property {
namespace {

using testing::MemoryFile;
using testing::WholeRun;

std::string file_bytes(const std::string& name) {
  std::ifstream in(HANDLENS_SOURCE_DIR "/pcaps/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
std::string gzip(const std::string& plain) {
  z_stream stream{};
  constexpr int kGzipWrapper = 16;
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzipWrapper, 8, Z_DEFAULT_STRATEGY);
  std::string in = plain, out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string zstd(const std::string& plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 1));
  return out;
}
std::string lz4(const std::string& plain) {
  std::string out(LZ4F_compressFrameBound(plain.size(), nullptr), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), nullptr));
  return out;
}

// A file read to its end: its packets, and the exit code for how it ended.
struct ReadInput {
  testing::Packets packets;
  std::vector<InputFile> files;
  int exit_code = 0;
  std::string complaint;
};

// A compressed file of a few bytes may hold gigabytes, so the work is bounded by what comes out, not by a clock.
constexpr std::size_t kEnoughPackets = 20'000;

ReadInput read_input(const MemoryFile& file, std::string_view bytes) {
  file.set(bytes);
  ReadInput out;
  std::unique_ptr<PacketSource> source;
  try {
    source = open_files({.paths = {file.path()}});
  } catch (const CaptureError& error) {
    out.exit_code = error.exit_code();
    return out;
  }
  std::array<RawPacket, 64> batch;
  while (!source->ended() && out.packets.size() < kEnoughPackets) {
    const std::size_t count = source->next_batch(batch);
    if (count == 0 && !source->ended()) {
      out.complaint = "no packet and no end";
      return out;
    }
    for (const RawPacket& p : std::span(batch).first(count)) out.packets.push_back(testing::own(p));
  }
  out.files = source->files();
  for (const PacketSource::Problem& problem : source->problems()) {
    out.exit_code = std::max(out.exit_code, problem.exit_code);
  }
  return out;
}

struct Result {
  int exit_code = 0;
  std::uint64_t packets = 0, flows = 0;
  std::string complaint;
};
Result analyze(const ReadInput& input) {
  WholeRun whole;
  const std::vector<RawPacket> raw = testing::raw_packets(input.packets);
  whole.on_batch(raw);
  whole.finish(input.files);
  std::string complaint = input.complaint.empty() ? whole.complaint() : input.complaint;
  return {input.exit_code, input.packets.size(), whole.flows(), std::move(complaint)};
}

bool is_allowed(const Result& result) {
  return result.complaint.empty() && (result.exit_code == 0 || result.exit_code == 3 || result.exit_code == 4);
}
::testing::AssertionResult holds(const Result& result) {
  if (is_allowed(result)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "exit code " << result.exit_code << ": " << result.complaint;
}

// With every output format the program has, into a file. Returns the exit code.
int run_program(const std::string& path, const std::vector<std::string>& format) {
  const MemoryFile out;
  std::vector<std::string> arguments = {path, "-o", out.path()};
  arguments.insert(format.front() == "explain" ? arguments.begin() : arguments.end(), format.begin(), format.end());
  const int code = run_files(parse_options(arguments));
  EXPECT_FALSE(out.text().empty()) << path;
  return code;
}

TEST(EveryCapture, Whole) {
  const MemoryFile file;
  for (const std::string& name : testing::own_captures()) {
    SCOPED_TRACE(name);
    const std::string bytes = file_bytes(name);
    const Result result = analyze(read_input(file, bytes));
    EXPECT_TRUE(holds(result));
    const int expected = name == "truncated_file.pcap" ? 4 : 0;
    EXPECT_EQ(result.exit_code, expected);
    file.set(bytes);
    for (const std::vector<std::string>& format :
         {std::vector<std::string>{"-v"}, {"explain"}, {"--json"}, {"--ndjson", "--certs"}, {"--ndjson", "-l"}}) {
      EXPECT_EQ(run_program(file.path(), format), expected) << format.front();
    }
  }
}

constexpr std::size_t kFirst = 4096;

// Cuts `bytes` at every `step`-th byte of its first 4 KiB, and in 16 places behind them. Every cut is read; a cut that
// leaves the packets of the cut before it is not analysed again, because the same packets give the same record
// (same_input_test.cc). What is read is the beginning of what the whole file holds.
void cut(const std::string& bytes, std::size_t step) {
  const MemoryFile file;
  const testing::Packets all = read_input(file, bytes).packets;
  std::size_t most = 0;
  const std::size_t later = std::max<std::size_t>(bytes.size() / 16, 1);
  for (std::size_t size = 0; size < bytes.size(); size += size < kFirst ? step : later) {
    const ReadInput input = read_input(file, std::string_view(bytes).substr(0, size));
    ASSERT_TRUE(input.exit_code == 0 || input.exit_code == 3 || input.exit_code == 4) << "cut at byte " << size;
    ASSERT_GE(input.packets.size(), most) << "cut at byte " << size;
    if (input.packets.size() == most) continue;
    most = input.packets.size();
    ASSERT_LE(most, all.size());
    ASSERT_TRUE(std::equal(input.packets.begin(), input.packets.end(), all.begin())) << "cut at byte " << size;
    ASSERT_TRUE(holds(analyze(input))) << "cut at byte " << size;
  }
}

// One of each format and kind of file, at every byte.
TEST(EveryCapture, PcapCutAtEveryByte) { cut(file_bytes("tls12_full.pcap"), 1); }
TEST(EveryCapture, BigEndianNanosecondPcapCutAtEveryByte) { cut(file_bytes("pcap_nanoseconds_big_endian.pcap"), 1); }
TEST(EveryCapture, PcapngCutAtEveryByte) { cut(file_bytes("pcapng_two_interfaces.pcapng"), 1); }
TEST(EveryCapture, BigEndianPcapngCutAtEveryByte) { cut(file_bytes("pcapng_big_endian.pcapng"), 1); }
TEST(EveryCapture, PcapngOfTwoSectionsCutAtEveryByte) { cut(file_bytes("pcapng_two_sections.pcapng"), 1); }
TEST(EveryCapture, GzipCutAtEveryByte) { cut(gzip(file_bytes("tls12_alert_expired.pcap")), 1); }
TEST(EveryCapture, ZstdCutAtEveryByte) {
  const std::string bytes = file_bytes("founding_story.pcap");
  cut(zstd(bytes.substr(0, 100)) + zstd(bytes.substr(100)), 1);  // a block comes whole or not at all: two of them
}
TEST(EveryCapture, Lz4CutAtEveryByte) { cut(lz4(file_bytes("tls12_alert_expired.pcap")), 1); }

// All others at some bytes: the stride shares no factor with the sizes of headers, so every field is met in some file.
TEST(EveryCapture, CutAtSomeBytes) {
  for (const std::string& name : testing::own_captures()) {
    SCOPED_TRACE(name);
    cut(file_bytes(name), 17);
  }
}

// Overwrites 1 to 64 bytes, half of the time near the beginning, with anything or with what lengths are afraid of.
void change_bytes(std::string& bytes, std::mt19937& random) {
  constexpr std::array<std::uint8_t, 6> kNasty = {0x00, 0xff, 0x7f, 0x80, 0x01, 0xfe};
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  if (bytes.empty()) return;
  const std::size_t reach = pick(2) == 0 ? std::min<std::size_t>(bytes.size(), 300) : bytes.size();
  for (std::size_t left = std::size_t{1} << pick(7); left > 0; --left) {
    const std::size_t at = pick(reach);
    switch (pick(3)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << pick(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(kNasty[pick(kNasty.size())]);
        break;
      default:
        bytes[at] = static_cast<char>(pick(256));
    }
  }
  if (pick(8) == 0) bytes.resize(pick(bytes.size()) + 1);
}

// Spread over all captures; one of four is compressed before its bytes are changed, by each method in turn.
TEST(EveryCapture, AThousandMutants) {
  constexpr std::size_t kMutants = 1000;
  const MemoryFile file;
  std::mt19937 random(20'260'115);  // NOLINT(cert-msc51-cpp): the same mutants in every run
  const std::vector<std::string> names = testing::own_captures();
  std::uint64_t packets = 0, flows = 0;
  for (std::size_t i = 0; i < kMutants; ++i) {
    const std::string& name = names[i % names.size()];
    std::string bytes = file_bytes(name);
    const std::size_t turn = i / names.size();
    if (turn % 4 == 3) bytes = turn / 4 % 3 == 0 ? gzip(bytes) : turn / 4 % 3 == 1 ? zstd(bytes) : lz4(bytes);
    change_bytes(bytes, random);
    const Result result = analyze(read_input(file, bytes));
    ASSERT_TRUE(holds(result)) << "mutant " << i << " of " << name;
    packets += result.packets;
    flows += result.flows;
  }
  // They must reach the program, not only its door.
  EXPECT_GT(packets, 5000u);
  EXPECT_GT(flows, kMutants / 2);
}

}  // namespace
}  // namespace handlens::property
