#include "tools/middlebox/flow.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

using testing::from_client;
using testing::from_server;
using testing::hello_record;
using testing::kClientIsn;
using testing::kMs;

namespace {

struct Watched {
  Flow flow;
  Sight put(Side from, const Bytes& frame, std::int64_t at = kMs) { return see(flow, from, parse(frame), frame, at); }
};

}  // namespace

TEST(MiddleboxFlow, TheHandshake) {
  Watched w;
  EXPECT_TRUE(w.put(Side::client, testing::syn()).syn);
  EXPECT_FALSE(w.put(Side::client, from_client({})).ack);  // no SYN, ACK yet
  EXPECT_TRUE(w.put(Side::server, testing::syn_ack()).syn_ack);
  EXPECT_TRUE(w.put(Side::client, from_client({})).ack);
  EXPECT_FALSE(w.put(Side::client, from_client({})).ack);
  EXPECT_TRUE(w.flow.open);
  EXPECT_EQ(w.flow.of(Side::client).next, kClientIsn + 1);
  EXPECT_EQ(w.flow.of(Side::server).ttl, 50);
}

TEST(MiddleboxFlow, ResetsDoNotMoveTheNumbers) {
  Watched w;
  w.put(Side::client, testing::syn());
  w.put(Side::client, from_client({.flags = kRst, .seq = 9000}));
  EXPECT_EQ(w.flow.of(Side::client).next, kClientIsn + 1);
}

TEST(MiddleboxFlow, AHelloInPieces) {
  Watched w;
  const std::string record = hello_record("www.example.com", 100);
  w.put(Side::client, testing::syn());
  w.put(Side::server, testing::syn_ack());
  EXPECT_TRUE(w.put(Side::client, from_client({.payload = record.substr(0, 50)})).hello);
  EXPECT_EQ(w.flow.hello.state, Hello::State::partial);
  // Out of order it waits for its turn; again, it is not counted twice.
  w.put(Side::client, from_client({.seq = 101, .payload = record.substr(100)}));
  EXPECT_EQ(w.flow.hello.state, Hello::State::partial);
  EXPECT_TRUE(w.put(Side::client, from_client({.payload = record.substr(0, 50)})).hello);
  EXPECT_EQ(w.flow.hello_packets, 1U);
  EXPECT_TRUE(w.put(Side::client, from_client({.seq = 51, .payload = record.substr(50)})).hello);
  EXPECT_EQ(w.flow.hello.state, Hello::State::complete);
  EXPECT_EQ(w.flow.hello.sni, "www.example.com");
  EXPECT_EQ(w.flow.hello_packets, 2U);
  EXPECT_TRUE(w.put(Side::client, from_client({.seq = 51, .payload = record.substr(50)})).hello);  // sent again
  EXPECT_FALSE(
      w.put(Side::client, from_client({.seq = static_cast<std::uint32_t>(record.size()) + 1, .payload = "later"}))
          .hello);
}

TEST(MiddleboxFlow, OtherProtocolsHaveNoHello) {
  Watched w;
  w.put(Side::client, testing::syn());
  EXPECT_FALSE(w.put(Side::client, from_client({.payload = "GET / HTTP/1.0\r\n"})).hello);
  EXPECT_FALSE(w.put(Side::client, from_client({.seq = 17, .payload = "\x16\x03\x01"})).hello);
}

TEST(MiddleboxFlow, SilenceAndFirstAnswer) {
  Watched w;
  EXPECT_EQ(w.put(Side::client, testing::syn(), 10 * kMs).silence, 0);
  EXPECT_EQ(w.put(Side::server, testing::syn_ack(), 15 * kMs).silence, 5 * kMs);
  EXPECT_TRUE(w.put(Side::server, from_server({.payload = "x"})).first_server_data);
  EXPECT_FALSE(w.put(Side::server, from_server({.payload = "x"})).first_server_data);
}

TEST(MiddleboxFlow, BothDirectionsHaveOneKey) {
  EXPECT_EQ(key_of(parse(testing::syn()), Side::client), key_of(parse(testing::syn_ack()), Side::server));
}

TEST(MiddleboxFlow, TheTableForgetsTheOldestAndCountsIt) {
  FlowTable table(2);
  std::int64_t now = 1;
  for (std::uint16_t port = 1; port <= 3; ++port) {
    const Packet packet = parse(from_client({.client_port = port}));
    table.at(key_of(packet, Side::client), packet, Side::client, now++);
  }
  EXPECT_EQ(table.all().size(), 2U);
  EXPECT_EQ(table.forgotten(), 1U);
  EXPECT_EQ(table.all().begin()->first.client_port, 2);
}

TEST(MiddleboxFlow, AnotherSynBeginsAnew) {
  FlowTable table;
  const Packet first = parse(testing::syn());
  Flow& flow = table.at(key_of(first, Side::client), first, Side::client, 1);
  see(flow, Side::client, first, testing::syn(), 1);
  flow.dropped = true;
  EXPECT_TRUE(table.at(key_of(first, Side::client), first, Side::client, 2).dropped);  // sent again
  const Packet other = parse(from_client({.flags = kSyn, .seq = 777}));
  EXPECT_FALSE(table.at(key_of(other, Side::client), other, Side::client, 3).dropped);
}

}  // namespace handlens::middlebox
