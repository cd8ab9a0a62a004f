// The same capture gives the same records however it comes in: file, pipe, compressed, again, or among other packets.
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "src/app/report_queue.h"
#include "src/app/selecting_sink.h"
#include "src/output/json_sink.h"
#include "tests/property/conversation.h"
#include "tests/support/captured_output.h"
#include "tests/support/own_captures.h"
#include "tests/support/temporary.h"

namespace handlens::property {
namespace {

using testing::TemporaryFile;
namespace fs = std::filesystem;

Bytes file_bytes(const std::string& name) {
  const auto bytes = builder::read_file(testing::capture_path(name));
  if (!bytes) throw std::runtime_error("cannot read " + name);
  return *bytes;
}

Bytes gzip(const Bytes& bytes) {
  const TemporaryFile file;
  const gzFile out = ::gzopen(file.path().c_str(), "wb6");
  ::gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  ::gzclose(out);
  return *builder::read_file(file.path());
}
Bytes zstd(const Bytes& bytes) {
  Bytes out(ZSTD_compressBound(bytes.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}
Bytes lz4(const Bytes& bytes) {
  Bytes out(LZ4F_compressFrameBound(bytes.size(), nullptr));
  out.resize(LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), nullptr));
  return out;
}

// One run of the program's parts: the records, one a line, the last one of the capture. The capture's files are left
// out.
struct Records {
  std::string text;
  int exit_code = 0;
};
Records records_of(const std::string& path) {
  const testing::CapturedOutput output;
  Records out;
  const auto source = open_files({.paths = {path}});
  {
    OutputBuffer buffer(output.descriptor());
    const auto sink = make_ndjson_sink({}, buffer);
    const Selection everything;
    const FailOn nothing;
    const auto renderer = sink->make_renderer();
    ReportQueue queue(sink.get());
    SelectingSink selecting(everything, nothing, renderer.get(), queue);
    Engine engine({}, selecting);
    std::array<RawPacket, 64> batch;
    while (!source->ended()) engine.on_batch(std::span(batch).first(source->next_batch(batch)));
    engine.finish(false);
    EXPECT_EQ(queue.finish(), "");
    sink->finish(engine.counters());
  }
  for (const PacketSource::Problem& problem : source->problems()) {
    EXPECT_FALSE(problem.text.empty());
    out.exit_code = std::max(out.exit_code, problem.exit_code);
  }
  out.text = output.text();
  return out;
}
std::string records_of_bytes(const Bytes& bytes) {
  const TemporaryFile file;
  builder::write_file(file.path(), bytes);
  return records_of(file.path()).text;
}
// Standard input becomes a pipe into which the bytes are written a few at a time.
std::string records_of_pipe(const Bytes& bytes) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const int kept = ::dup(STDIN_FILENO);
  ::dup2(ends[0], STDIN_FILENO);
  ::close(ends[0]);
  std::thread writer([&bytes, end = ends[1]] {
    for (std::size_t at = 0; at < bytes.size(); at += 777) {
      const std::size_t size = std::min<std::size_t>(777, bytes.size() - at);
      if (::write(end, bytes.data() + at, size) != static_cast<ssize_t>(size)) break;
    }
    ::close(end);
  });
  const std::string text = records_of("-").text;
  writer.join();
  ::dup2(kept, STDIN_FILENO);
  ::close(kept);
  return text;
}

TEST(SameInput, FilePipeAndCompressionsGiveTheSameRecords) {
  for (const char* name : {"tls12_full.pcap", "tls13_resumed_psk.pcap", "pcapng_two_sections.pcapng", "port_reuse.pcap",
                           "ipv6_fragments.pcap", "noise.pcap", "empty_capture.pcap"}) {
    const Bytes bytes = file_bytes(name);
    const std::string expected = records_of(testing::capture_path(name)).text;
    ASSERT_NE(expected.find("handlens.capture/1"), std::string::npos);
    EXPECT_EQ(records_of_bytes(bytes), expected) << name;
    EXPECT_EQ(records_of_bytes(gzip(bytes)), expected) << name;
    EXPECT_EQ(records_of_bytes(zstd(bytes)), expected) << name;
    EXPECT_EQ(records_of_bytes(lz4(bytes)), expected) << name;
    EXPECT_EQ(records_of_pipe(bytes), expected) << name;
    EXPECT_EQ(records_of_pipe(zstd(bytes)), expected) << name;
  }
}

TEST(SameInput, EveryCaptureGivesTheSameRecordsAgain) {
  for (const std::string& name : testing::own_captures()) {
    const std::string path = testing::capture_path(name);
    EXPECT_EQ(records_of(path).text, records_of(path).text) << name;
  }
}

// A file cut at any byte is read up to the cut: an error of the input (3) while not even its header is whole, then
// partly read (4), and nothing to complain of where a packet ends. Fewer bytes never give more packets.
void cut_everywhere(const Bytes& bytes, std::size_t step) {
  const TemporaryFile file;
  builder::write_file(file.path(), bytes);
  std::uint64_t packets = UINT64_MAX;
  for (std::size_t size = bytes.size(); size > 0;) {
    size -= std::min(step, size);
    fs::resize_file(file.path(), size);
    try {
      const auto source = open_files({.paths = {file.path()}});
      Analysis analysis;
      testing::CollectingSink sink(analysis.flows);
      Engine engine({}, sink);
      std::array<RawPacket, 64> batch;
      while (!source->ended()) engine.on_batch(std::span(batch).first(source->next_batch(batch)));
      engine.finish(false);
      for (const PacketSource::Problem& problem : source->problems()) EXPECT_EQ(problem.exit_code, 4) << problem.text;
      EXPECT_LE(source->problems().size(), 1u) << "cut at " << size;
      EXPECT_LE(engine.counters().packets, packets) << "cut at " << size;
      packets = engine.counters().packets;
    } catch (const CaptureError& error) {
      EXPECT_EQ(error.exit_code(), 3) << "cut at " << size;
      EXPECT_FALSE(std::string(error.what()).empty());
    }
  }
}
TEST(SameInput, PcapCutAtEveryByte) { cut_everywhere(file_bytes("sslv2_hello.pcap"), 1); }
TEST(SameInput, PcapngCutAtEveryByte) { cut_everywhere(file_bytes("pcapng_two_interfaces.pcapng"), 1); }
TEST(SameInput, GzipCutAtEveryByte) { cut_everywhere(gzip(file_bytes("founding_story.pcap")), 1); }
TEST(SameInput, ZstdCutAtEveryByte) { cut_everywhere(zstd(file_bytes("founding_story.pcap")), 1); }
TEST(SameInput, Lz4CutAtEveryByte) { cut_everywhere(lz4(file_bytes("founding_story.pcap")), 1); }
TEST(SameInput, LongerFilesCutAtSomeBytes) {
  cut_everywhere(file_bytes("tls12_full.pcap"), 23);
  cut_everywhere(gzip(file_bytes("tls12_full.pcap")), 41);
}

TEST(SameInput, ExitCodesOfCutFiles) {
  const Bytes bytes = file_bytes("founding_story.pcap");  // header 24 bytes, packets of 16 + 54 to 66
  const TemporaryFile file;
  builder::write_file(file.path(), bytes);
  EXPECT_EQ(records_of(file.path()).exit_code, 0);
  fs::resize_file(file.path(), bytes.size() - 1);
  EXPECT_EQ(records_of(file.path()).exit_code, 4);
  fs::resize_file(file.path(), 24);
  EXPECT_EQ(records_of(file.path()).exit_code, 0);
  fs::resize_file(file.path(), 23);
  EXPECT_THROW((void)records_of(file.path()), CaptureError);
}

std::string placeless(const AnalyzedFlow& flow) {
  static RecordMemo memo;
  PlacelessText text;
  visit_flow_and_tcp(flow, memo, text);
  return text.take() + essence(flow);
}

// Two captures as one: each connection's record is the one it has alone.
TEST(SameInput, InterleavedCapturesKeepApart) {
  const std::vector<std::string> names = {"tls12_full.pcap",          "tls13_full.pcap",  "smtp_starttls.pcap",
                                          "tls12_alert_expired.pcap", "sslv2_hello.pcap", "founding_story.pcap"};
  for (const std::string& left : names) {
    for (const std::string& right : names) {
      if (left >= right) continue;
      Packets first = testing::read_packets(testing::capture_path(left));
      Packets second = testing::read_packets(testing::capture_path(right));
      restamp(first);
      restamp(second);
      std::string expected[2] = {placeless(testing::analyze_packets(first).flows.at(0)),
                                 placeless(testing::analyze_packets(second).flows.at(0))};
      Packets both;
      std::size_t a = 0, b = 0;
      while (a < first.size() || b < second.size()) {
        const bool from_first = b == second.size() || (a < first.size() && first[a].time <= second[b].time);
        both.push_back(from_first ? first[a++] : second[b++]);
      }
      const Analysis analysis = testing::analyze_packets(both);
      ASSERT_EQ(analysis.flows.size(), 2u);
      // Records name the flow's number; alone it was 1.
      for (std::size_t i = 0; i < 2; ++i) {
        std::string text = placeless(analysis.flows[i]);
        const std::string number = "id " + std::to_string(i + 1) + "\n";
        const std::size_t at = text.find(number);
        ASSERT_NE(at, std::string::npos);
        text.replace(at, number.size(), "id 1\n");
        EXPECT_EQ(text, expected[i]) << left << " and " << right;
      }
    }
  }
}

}  // namespace
}  // namespace handlens::property
