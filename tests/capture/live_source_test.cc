// The parts of live capture that need no privilege, and a short capture on the loopback interface where it is allowed.
#include "src/capture/live_source.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "src/capture/link_types.h"

namespace handlens {
namespace {

std::unique_ptr<LiveSource> open_loopback(LiveOptions options, std::string& refusal) {
  options.interface = "lo";
  try {
    return open_live(options);
  } catch (const CaptureError& error) {
    if (error.exit_code() == 2) throw;
    refusal = error.what();
    return nullptr;
  }
}

void send_datagrams(int count) {
  const int descriptor = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(40443);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < count; ++i) {
    (void)::sendto(descriptor, "datagram", 8, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  ::close(descriptor);
}

TEST(LiveSource, UnknownInterfaceIsNamedWithThoseThatExist) {
  try {
    (void)open_live({.interface = "no-such-if0"});
    FAIL();
  } catch (const CaptureError& error) {
    // Without the privilege to capture, the kernel refuses before it looks for the interface.
    EXPECT_TRUE(error.exit_code() == 3 || error.exit_code() == 5) << error.what();
    EXPECT_NE(std::string(error.what()).find("no-such-if0"), std::string::npos);
  }
}

TEST(LiveSource, CapturesNumbersAndStopsAtTheLimit) {
  std::string refusal;
  const auto source = open_loopback({.filter = "udp dst port 40443", .packet_limit = 5}, refusal);
  if (!source) GTEST_SKIP() << refusal;
  send_datagrams(7);
  std::array<RawPacket, 3> batch;
  std::uint64_t seen = 0;
  for (int rounds = 0; rounds < 50 && !source->ended(); ++rounds) {
    const std::size_t n = source->next_batch(batch);
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(batch[i].stamp.number, ++seen);
      EXPECT_GE(batch[i].bytes.size(), 28U + 8U);
      const std::string tail(batch[i].bytes.end() - 8, batch[i].bytes.end());
      EXPECT_EQ(tail, "datagram");
      EXPECT_GT(batch[i].stamp.time.ns, 1'500'000'000'000'000'000);
    }
  }
  EXPECT_TRUE(source->ended());
  EXPECT_EQ(seen, 5U);
  EXPECT_GE(source->counters().received, 5U);
  EXPECT_EQ(source->files()[0].format, "live");
}

TEST(LiveSource, SilenceReturnsAndStopEnds) {
  std::string refusal;
  const auto source = open_loopback({.filter = "udp dst port 40444"}, refusal);
  if (!source) GTEST_SKIP() << refusal;
  std::array<RawPacket, 4> batch;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(source->next_batch(batch), 0U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_FALSE(source->ended());
  source->stop();
  EXPECT_EQ(source->next_batch(batch), 0U);
  EXPECT_TRUE(source->ended());
}

TEST(LiveSource, WrongFilterIsAUsageError) {
  std::string refusal;
  try {
    const auto source = open_loopback({.filter = "tcp prot 443"}, refusal);
    ASSERT_FALSE(source);
    GTEST_SKIP() << refusal;
  } catch (const CaptureError& error) {
    EXPECT_EQ(error.exit_code(), 2);
  }
}

TEST(Interfaces, LoopbackIsListedAndTheVersionIsANumber) {
  const auto interfaces = list_interfaces();
  const auto loopback =
      std::find_if(interfaces.begin(), interfaces.end(), [](const InterfaceInfo& info) { return info.loopback; });
  if (loopback == interfaces.end()) GTEST_SKIP() << "this machine shows no loopback interface";
  EXPECT_FALSE(loopback->name.empty());
  EXPECT_EQ(libpcap_version().find_first_not_of("0123456789."), std::string::npos);
  EXPECT_NE(libpcap_version(), "");
}

TEST(LinkTypes, MapToLibpcapAndBack) {
  EXPECT_EQ(dlt_of_link_type(1), 1);
  EXPECT_EQ(dlt_of_link_type(101), 12);
  EXPECT_EQ(link_type_of_dlt(12), 101);
  EXPECT_EQ(link_type_of_dlt(113), 113);
  EXPECT_EQ(dlt_of_link_type(276), 276);
  EXPECT_EQ(link_type_text(1), "EN10MB");
  EXPECT_EQ(link_type_text(65000), "LINKTYPE_65000");
}

}  // namespace
}  // namespace handlens
