// However many threads work on a capture, the output is the same, byte for byte.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "src/app/commands.h"
#include "src/app/options.h"
#include "src/engine/limits.h"
#include "tests/property/conversation.h"
#include "tests/support/own_captures.h"
#include "tests/support/temporary.h"
#include "tools/builder/link_builder.h"

namespace handlens::property {
namespace {

using testing::TemporaryFolder;
namespace fs = std::filesystem;

using Arguments = std::vector<std::string>;

// What is written, and the exit code in front of it.
std::string run(Arguments arguments, const std::string& workers, const TemporaryFolder& folder) {
  const std::string output = folder.path("output");
  for (const std::string& more : {std::string("--workers"), workers, std::string("-o"), output})
    arguments.push_back(more);
  const int code = run_command(parse_options(arguments));
  const auto bytes = builder::read_file(output);
  if (!bytes) throw std::runtime_error("no output");
  return std::to_string(code) + "\n" + std::string(bytes->begin(), bytes->end());
}

const std::vector<Arguments>& formats() {
  static const std::vector<Arguments> kFormats = {{}, {"-v"}, {"--json"}, {"--ndjson"}};
  return kFormats;
}

void expect_same(const Arguments& inputs, const Arguments& options, const TemporaryFolder& folder) {
  Arguments arguments = options;
  const bool is_command = !options.empty() && !options.front().starts_with("-");
  arguments.insert(is_command ? arguments.begin() + 1 : arguments.begin(), inputs.begin(), inputs.end());
  const std::string alone = run(arguments, "1", folder);
  ASSERT_GT(alone.size(), 10u);
  for (const char* workers : {"2", "3", "8"}) {
    EXPECT_TRUE(run(arguments, workers, folder) == alone) << inputs.front() << " with " << workers << " workers";
  }
}

Arguments every_capture() {
  Arguments out;
  for (const std::string& name : testing::own_captures()) out.push_back(testing::capture_path(name));
  return out;
}

class WorkersOfACapture : public ::testing::TestWithParam<std::string> {};

TEST_P(WorkersOfACapture, InEveryFormat) {
  const TemporaryFolder folder;
  for (const Arguments& format : formats()) expect_same({GetParam()}, format, folder);
  expect_same({GetParam()}, {"explain"}, folder);
}

INSTANTIATE_TEST_SUITE_P(Captures, WorkersOfACapture, ::testing::ValuesIn(every_capture()),
                         [](const auto& test) { return fs::path(test.param).stem().string(); });

TEST(Workers, AllCapturesAtOnce) {
  const TemporaryFolder folder;
  for (const Arguments& format : formats()) expect_same(every_capture(), format, folder);
}

// One frame may begin flows of several workers, and one flow twice: an 802.11 aggregate of nothing but SYNs.
TEST(Workers, OneFrameBeginsManyFlows) {
  builder::Capture syns;
  for (std::uint16_t i = 0; i < 12; ++i) {
    builder::Host client{.port = static_cast<std::uint16_t>(50'000 + i / 2), .isn = 1000u + i * 70'000u};
    builder::Conversation talk(syns, client, {});
    talk.from_client({.flags = builder::kSyn});
  }
  std::vector<std::pair<builder::LinkFields, Bytes>> inside;
  for (const builder::Frame& frame : syns.frames()) {
    inside.emplace_back(builder::LinkFields{}, Bytes(frame.bytes.begin() + 14, frame.bytes.end()));
  }
  builder::Capture aggregate(builder::LinkType::radiotap);
  aggregate.add_frame(builder::wrap_radiotap(builder::wrap_80211_amsdu(inside)));
  const TemporaryFolder folder;
  const std::string path = folder.path("aggregate.pcap");
  builder::write_file(path, aggregate.pcap());
  expect_same({path}, {"--ndjson"}, folder);
}

// More SYNs with options of their own than there are numbers for such (header_shapes.h); behind them refusals,
// timestamps and a whole handshake, which have none.
TEST(Workers, MoreShapesThanHaveNumbers) {
  builder::Capture capture;
  const auto talk_of = [&capture](std::size_t i) {
    const std::string ip = "10.0." + std::to_string(i >> 8 & 0xff) + "." + std::to_string(i & 0xff);
    return builder::Conversation(capture, {.ip = ip, .port = static_cast<std::uint16_t>(40'000 + (i >> 16))}, {});
  };
  std::size_t i = 0;
  for (; i < kMostHeaderShapes + 100; ++i) {
    const auto scale = static_cast<std::uint8_t>(i >> 16);
    talk_of(i).from_client({.flags = builder::kSyn,
                            .options = builder::concat({builder::option_mss(static_cast<std::uint16_t>(i)),
                                                        builder::option_window_scale(scale)})});
  }
  for (const std::size_t end = i + 60; i < end; ++i) {
    builder::Conversation talk = talk_of(i);
    const auto clock = static_cast<std::uint32_t>(7 * i);
    const Bytes options = builder::concat({builder::option_mss(1234), builder::option_timestamps(clock, 0)});
    talk.from_client({.flags = builder::kSyn, .options = options});
    if (i % 3 == 0) talk.from_server({.flags = builder::kRst | builder::kAck});
    if (i % 3 == 1) {
      talk.from_server({.flags = builder::kSyn | builder::kAck, .options = options});
      talk.from_client({.flags = builder::kAck});
    }
  }
  const TemporaryFolder folder;
  const std::string path = folder.path("shapes.pcap");
  builder::write_file(path, capture.pcap());
  const std::string told = run({path, "--ndjson"}, "1", folder);
  EXPECT_TRUE(run({path, "--ndjson"}, "2", folder) == told);
  std::size_t stamped = 0;
  for (std::size_t at = 0;
       (at = told.find("\"mss\":1234,\"sack_permitted\":false,\"timestamps\":true", at)) != told.npos; ++at)
    ++stamped;
  EXPECT_EQ(stamped, 60u + 20u) << "and the answers of a third of them";
}

// Closed connections whose handshake is not in the capture, so that it is told how long they were silent; behind them
// more packets than are waited for.
builder::Capture closed_long_ago(std::uint8_t server_ttl, std::size_t packets_behind) {
  builder::Capture capture;
  for (std::uint16_t i = 0; i < 60; ++i) {
    builder::Conversation talk(capture, {.port = static_cast<std::uint16_t>(50'000 + i)},
                               {.ip = "198.51.100.7", .ttl = server_ttl});
    talk.from_client({.flags = builder::kSyn});
    talk.from_server({.flags = builder::kSyn | builder::kAck, .unseen = true});
    talk.from_client({.flags = builder::kAck}).wait(builder::milliseconds(5));
    talk.from_server({.flags = builder::kFin | builder::kAck}).from_client({.flags = builder::kFin | builder::kAck});
    for (int late = 0; late < i; ++late) capture.wait(builder::milliseconds(1));
  }
  std::vector<builder::Conversation> busy;
  for (std::uint16_t i = 0; i < 200; ++i) {
    busy.emplace_back(capture, builder::Host{.port = static_cast<std::uint16_t>(40'000 + i)},
                      builder::Host{.ip = "198.51.100.8"});
  }
  for (std::size_t i = 0; i < packets_behind; ++i)
    busy[i % 7 * (i % 29)].wait(builder::microseconds(400)).from_client({.flags = builder::kAck});
  return capture;
}

TEST(Workers, ClosedConnectionsAreOverWithTheSamePacket) {
  const builder::Capture capture = closed_long_ago(60, Limits{}.finished_linger_packets + 3000);
  const TemporaryFolder folder;
  const std::string path = folder.path("closed.pcap");
  builder::write_file(path, capture.pcap());
  expect_same({path}, {"--ndjson"}, folder);
}

// The same connections, taken elsewhere from their middle on: two flows each, if the first file's was told or not.
TEST(Workers, ConnectionsThatAnEarlierFileHoldsToTheirEnd) {
  const TemporaryFolder folder;
  const std::string here = folder.path("here.pcap"), there = folder.path("there.pcap");
  builder::write_file(here, closed_long_ago(60, Limits{}.finished_linger_packets - 120).pcap());
  builder::Capture second = closed_long_ago(50, 1000);
  std::erase_if(second.frames(), [](const builder::Frame& frame) { return (frame.bytes[47] & builder::kSyn) != 0; });
  builder::write_file(there, second.pcap());
  expect_same({here, there}, {"--ndjson"}, folder);
  EXPECT_NE(run({here, there, "--ndjson"}, "2", folder).find("\"late_packets\":0,"), std::string::npos);
}

// Packets of all Ethernet captures in turn, again and again with new clients, floods between them, pauses that end
// flows, one connection that stays open for all of it, and times that cannot be. Those of the lab are many and alike:
// each is compared by itself.
Bytes mixture() {
  std::vector<Packets> parts;
  for (const std::string& path : every_capture()) {
    if (fs::path(path).filename().string().starts_with("lab_")) continue;
    Packets packets = testing::read_packets(path);
    std::erase_if(packets, [](const OwnedPacket& p) { return p.link != link_type::ethernet || p.bytes.size() < 34; });
    parts.push_back(std::move(packets));
  }
  std::vector<builder::Frame> frames;
  std::int64_t now = builder::kStart;
  builder::Capture lasting;
  builder::Conversation talk(lasting, {.port = 60'000}, {.ip = "198.51.100.200"});
  talk.open();
  for (int round = 0; round < 8; ++round) {
    for (std::size_t i = 0, left = 1; left > 0; ++i) {
      left = 0;
      for (const Packets& part : parts) {
        if (i >= part.size()) continue;
        ++left;
        Bytes bytes = part[i].bytes;
        bytes[6] = static_cast<std::uint8_t>(round * 2);  // the sender's address: a fact of its own
        const bool is_ipv4 = bytes[12] == 8 && bytes[13] == 0;
        if (is_ipv4) bytes[27] = static_cast<std::uint8_t>(round);  // part of the source address
        if (is_ipv4) bytes[31] = static_cast<std::uint8_t>(round);  // and of the destination
        now += builder::microseconds(300);
        frames.push_back({.time = now, .bytes = bytes, .original = part[i].wire_length});
      }
    }
    talk.client_data(builder::filler(100));
    frames.push_back(
        {.time = now + builder::seconds(round == 3 ? 86'400 * 300 : 0), .bytes = lasting.frames().back().bytes});
    now += builder::seconds(round == 5 ? 4000 : 30);
  }
  builder::PcapFormat format;
  format.nanoseconds = true;
  return builder::pcap_file(builder::LinkType::ethernet, frames, format);
}

class WorkersOfAMixture : public ::testing::Test {
 protected:
  WorkersOfAMixture() : path_(folder_.path("mixture.pcap")) { builder::write_file(path_, mixture()); }
  TemporaryFolder folder_;
  std::string path_;
};

TEST_F(WorkersOfAMixture, InEveryFormat) {
  for (const Arguments& format : formats()) expect_same({path_}, format, folder_);
  expect_same({path_}, {"explain"}, folder_);
}

TEST_F(WorkersOfAMixture, Selected) {
  expect_same({path_}, {"--ndjson", "--only", "problems"}, folder_);
  expect_same({path_}, {"--ndjson", "-Y", "id>100 && status=ok"}, folder_);
  expect_same({path_}, {"--flow", "77"}, folder_);
  expect_same({path_}, {"explain", "--only", "problems"}, folder_);
  expect_same({path_}, {"--fail-on", "likely"}, folder_);
  expect_same({path_}, {"--ndjson", "--certs", "-f", "tcp port 443"}, folder_);
}

TEST_F(WorkersOfAMixture, BoundsNeedOneEngineWhateverIsAsked) {
  expect_same({path_}, {"--ndjson", "--max-flows", "20"}, folder_);
  expect_same({path_}, {"--ndjson", "--max-memory", "100KiB"}, folder_);
}

TEST_F(WorkersOfAMixture, ACutFileIsCutForAll) {
  fs::resize_file(path_, fs::file_size(path_) - 7);
  expect_same({path_}, {"--ndjson"}, folder_);
}

TEST_F(WorkersOfAMixture, AnOutputThatCannotBeWrittenEndsAllThreads) {
  for (const char* workers : {"1", "2", "8"}) {
    EXPECT_EQ(run_command(parse_options({path_, "--ndjson", "--workers", workers, "-o", "/dev/full"})), 3) << workers;
  }
}

}  // namespace
}  // namespace handlens::property
