// Several input files: a connection that one file holds to its end, and a later file holds again or goes on with. How
// long ago in packets it was closed, and when the flow was told, makes no difference.
#include <gtest/gtest.h>

#include "tests/support/engine_run.h"

namespace handlens {
namespace {

using builder::Capture;
using builder::Conversation;
using builder::kAck;
using builder::kRst;
using builder::milliseconds;
using testing::Analysis;
using testing::Packets;

constexpr const char* kServer = "198.51.100.7";

enum class End : std::uint8_t { fin, reset, refused };

void talk_to_the_end(Capture& capture, End end, std::uint8_t server_ttl) {
  Conversation talk(capture, {.port = 50000}, {.ip = kServer, .ttl = server_ttl});
  if (end == End::refused) {
    talk.from_client({.flags = builder::kSyn}).from_server({.flags = kRst | kAck});
    return;
  }
  talk.open(milliseconds(1)).client_data(builder::filler(100)).server_data(builder::filler(100));
  if (end == End::fin) {
    talk.close(milliseconds(1));
  } else {
    talk.from_client({.flags = kRst | kAck});
  }
}

void others(Capture& capture, int packets) {
  Conversation busy(capture, {.port = 50002}, {.ip = kServer});
  for (int i = 0; i < packets; ++i) busy.wait(milliseconds(1)).from_client({.flags = kAck});
}

Packets one_after_another(const Capture& first, const Capture& second) {
  Packets all = testing::packets_of(first);
  for (testing::OwnedPacket& packet : testing::packets_of(second)) {
    packet.file = 1;
    all.push_back(std::move(packet));
  }
  return all;
}

Analysis analyze(const Packets& packets, std::size_t batch) {
  testing::RunOptions options;
  options.limits.finished_linger_packets = 50;
  options.limits.reset_linger_packets = 150;
  options.batch = batch;
  return testing::analyze_packets(packets, options);
}

std::size_t flows_of_the_connection(const Analysis& analysis) {
  return static_cast<std::size_t>(std::count_if(
      analysis.flows.begin(), analysis.flows.end(),
      [](const AnalyzedFlow& flow) { return flow.report.client.port == 50000 || flow.report.server.port == 50000; }));
}

// The second file was taken elsewhere, at the same time, and begins in the middle of the connection.
TEST(ClosedInAnEarlierFile, AtAnotherPlaceItIsAnotherFlow) {
  for (const End end : {End::fin, End::reset}) {
    for (const int between : {10, 49, 50, 51, 140, 160, 500}) {
      for (const bool is_clock_ahead : {false, true}) {
        Capture here, there;
        talk_to_the_end(here, end, 60);
        others(here, between);
        if (is_clock_ahead) there.at(builder::seconds(20));
        talk_to_the_end(there, end, 50);
        std::vector<builder::Frame>& frames = there.frames();
        // Data of the server, nearer to it: a TTL that was not seen here.
        frames.erase(frames.begin(), frames.begin() + 4);
        others(there, 20);
        for (const std::size_t batch : {1u, 64u, 1000u}) {
          const Analysis analysis = analyze(one_after_another(here, there), batch);
          EXPECT_EQ(flows_of_the_connection(analysis), 2u) << between << " " << batch << " " << is_clock_ahead;
          EXPECT_EQ(analysis.counters.late_packets, 0u) << between << " " << batch;
        }
      }
    }
  }
}

// The second file goes on where the first one ended: what comes late to a closed connection begins no other.
TEST(ClosedInAnEarlierFile, AfterACutWhatComesLateIsLate) {
  for (const End end : {End::fin, End::reset, End::refused}) {
    for (const int between : {10, 51, 160, 500}) {
      Capture all;
      Conversation late(all, {.port = 50000}, {.ip = kServer, .ttl = 60});
      talk_to_the_end(all, end, 60);
      others(all, between);
      const std::size_t cut = all.frames().size();
      others(all, 3);
      late.from_client({.flags = kAck, .seq = 101, .ack = 101});
      Packets packets = testing::packets_of(all);
      const Analysis whole = analyze(packets, 64);
      for (std::size_t i = cut; i < packets.size(); ++i) packets[i].file = 1;
      for (const std::size_t batch : {1u, 64u, 1000u}) {
        const Analysis in_parts = analyze(packets, batch);
        EXPECT_EQ(flows_of_the_connection(in_parts), 1u) << between << " " << batch;
        EXPECT_EQ(in_parts.counters.late_packets, whole.counters.late_packets) << between << " " << batch;
      }
    }
  }
}

}  // namespace
}  // namespace handlens
