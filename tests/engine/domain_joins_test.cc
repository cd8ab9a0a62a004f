#include "src/engine/domain_joins.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

constexpr std::uint32_t kIsn = 0xffffffff;  // what acknowledges it is 0

IpAddress address(std::uint32_t number) {
  IpAddress out;
  for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return out;
}
// A packet of connection `number`, which is a client's port.
DirectedKey key(bool from_client, std::uint32_t domain, std::uint32_t number = 1) {
  const IpAddress client = address(0x0a000000 + number / 1000), server = address(0xc0000201);
  const auto port = static_cast<std::uint16_t>(1000 + number % 1000);
  return from_client ? make_key(client, port, server, 443, domain) : make_key(server, 443, client, port, domain);
}
TcpHeader header(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack) {
  TcpHeader out;
  out.flags = flags;
  out.seq = seq;
  out.ack = ack;
  return out;
}
TcpHeader syn(std::uint32_t seq = kIsn) { return header(tcp_flag::syn, seq, 0); }
TcpHeader answer(std::uint32_t ack = kIsn + 1) { return header(tcp_flag::syn | tcp_flag::ack, 0, ack); }
TcpHeader data() { return header(tcp_flag::ack, 0, 0); }

std::uint32_t domain_of(DomainJoins& joins, DirectedKey packet, const TcpHeader& tcp) {
  joins.take(packet, tcp);
  return packet.key.domain;
}

TEST(DomainJoins, TheAnswersDirectionCountsToTheSynsDomain) {
  DomainJoins joins;
  EXPECT_EQ(domain_of(joins, key(true, 7), syn()), 7u);
  EXPECT_EQ(domain_of(joins, key(false, 9), data()), 9u);  // nothing is known yet
  EXPECT_EQ(domain_of(joins, key(false, 9), answer()), 7u);
  EXPECT_EQ(domain_of(joins, key(false, 9), data()), 7u);
  EXPECT_EQ(domain_of(joins, key(true, 9), data()), 9u);   // the other direction
  EXPECT_EQ(domain_of(joins, key(false, 8), data()), 8u);  // another domain
  EXPECT_EQ(domain_of(joins, key(false, 9, 2), data()), 9u);
  DirectedKey quoted = key(false, 9);
  joins.find(quoted);
  EXPECT_EQ(quoted.key.domain, 7u);
}

TEST(DomainJoins, OnlyByTheNumberThatWasAcknowledged) {
  DomainJoins joins;
  (void)domain_of(joins, key(true, 7), syn());
  for (const std::uint32_t ack : {kIsn, kIsn + 2}) EXPECT_EQ(domain_of(joins, key(false, 9), answer(ack)), 9u);
  EXPECT_EQ(domain_of(joins, key(true, 9), answer()), 9u);  // the SYN's own sender
  EXPECT_EQ(domain_of(joins, key(false, 9, 2), answer()), 9u);
  const TcpHeader reset = header(tcp_flag::syn | tcp_flag::ack | tcp_flag::rst, 0, kIsn + 1);
  EXPECT_EQ(domain_of(joins, key(false, 9), reset), 9u);
}

TEST(DomainJoins, TheOwnDomainsSynComesFirst) {
  DomainJoins joins;
  for (const std::uint32_t domain : {1u, 2u, 3u}) (void)domain_of(joins, key(true, domain), syn());
  for (const std::uint32_t domain : {1u, 2u, 3u}) EXPECT_EQ(domain_of(joins, key(false, domain), answer()), domain);
  EXPECT_EQ(domain_of(joins, key(false, 4), answer()), 1u);  // else the first that was seen
}

TEST(DomainJoins, ANewConnectionInTheOwnDomainEndsAJoin) {
  DomainJoins joins;
  (void)domain_of(joins, key(true, 7), syn());
  EXPECT_EQ(domain_of(joins, key(false, 9), answer()), 7u);
  (void)domain_of(joins, key(true, 9), syn(500));
  EXPECT_EQ(domain_of(joins, key(false, 9), answer(501)), 9u);
  EXPECT_EQ(domain_of(joins, key(false, 9), data()), 9u);
}

TEST(DomainJoins, AnotherAttemptsNumberTakesThePlaceOfTheFirst) {
  DomainJoins joins;
  (void)domain_of(joins, key(true, 7), syn(10));
  (void)domain_of(joins, key(true, 7), syn(20));
  EXPECT_EQ(domain_of(joins, key(false, 9), answer(11)), 9u);
  EXPECT_EQ(domain_of(joins, key(false, 9), answer(21)), 7u);
}

TEST(DomainJoins, BothVersionsOfIp) {
  DomainJoins joins;
  (void)domain_of(joins, key(true, kDomainV6 | 7), syn());
  EXPECT_EQ(domain_of(joins, key(false, 9), answer()), 9u);
  EXPECT_EQ(domain_of(joins, key(false, kDomainV6 | 9), answer()), kDomainV6 | 7);
}

TEST(DomainJoins, SynsAreBounded) {
  DomainJoins joins;
  constexpr std::uint32_t kMany = DomainJoins::kSyns * 4;
  for (std::uint32_t i = 0; i < kMany; ++i) (void)domain_of(joins, key(true, 7, i), syn(i));
  std::size_t joined = 0;
  for (std::uint32_t i = kMany - 1000; i < kMany; ++i) {
    if (domain_of(joins, key(false, 9, i), answer(i + 1)) == 7) ++joined;
  }
  EXPECT_GT(joined, 900u);
  EXPECT_EQ(domain_of(joins, key(false, 9, 0), answer(1)), 9u);  // long gone
  EXPECT_EQ(joins.forgotten(), 0u);
}

TEST(DomainJoins, JoinsAreBoundedAndTheForgottenCounted) {
  DomainJoins joins;
  constexpr std::uint32_t kMany = DomainJoins::kJoins * 2;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    (void)domain_of(joins, key(true, 7, i), syn(i));
    ASSERT_EQ(domain_of(joins, key(false, 9, i), answer(i + 1)), 7u);
  }
  std::uint64_t kept = 0;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    if (domain_of(joins, key(false, 9, i), data()) == 7) ++kept;
  }
  EXPECT_LE(kept, DomainJoins::kJoins);
  EXPECT_EQ(kept + joins.forgotten(), kMany);
}

// No seed: every shard and every run joins the same.
TEST(DomainJoins, TwoTablesForgetTheSame) {
  DomainJoins one, other;
  for (std::uint32_t i = 0; i < DomainJoins::kSyns * 2; ++i) {
    (void)domain_of(one, key(true, 7, i), syn(i));
    (void)domain_of(other, key(true, 7, i), syn(i));
  }
  for (std::uint32_t i = 0; i < DomainJoins::kSyns * 2; ++i) {
    EXPECT_EQ(domain_of(one, key(false, 9, i), answer(i + 1)), domain_of(other, key(false, 9, i), answer(i + 1)));
  }
}

}  // namespace
}  // namespace handlens
