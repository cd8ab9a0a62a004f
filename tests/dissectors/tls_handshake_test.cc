#include "dissectors/tls_handshake.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/dissectors/tls_bytes.h"

namespace handlens::tls {
namespace {

using testing::Bytes;
using Next = HandshakeJoiner::Next;

constexpr std::uint32_t kLimit = 1000;

Bytes message(std::uint8_t type, std::size_t length) {
  Bytes out = {type};
  const Bytes body(length, 0xab);
  const Bytes framed = testing::vec24(body);
  out.insert(out.end(), framed.begin(), framed.end());
  return out;
}

TEST(HandshakeJoiner, SeveralMessagesInOneRecord) {
  const Bytes record = testing::join({message(2, 10), message(11, 20), message(14, 0)});
  HandshakeJoiner joiner;
  joiner.on_record(record, 7, 1, 0x0303);
  HandshakeMessage m;
  for (const std::uint8_t type : Bytes{2, 11, 14}) {
    ASSERT_EQ(joiner.next(kLimit, m), Next::message);
    EXPECT_EQ(m.type, type);
    EXPECT_EQ(m.first_frame, 7u);
    EXPECT_EQ(m.records, 1);
  }
  EXPECT_EQ(joiner.next(kLimit, m), Next::need_more);
  EXPECT_EQ(joiner.pending(), 0u);
}

TEST(HandshakeJoiner, OneMessageOverRecordsCutAnywhere) {
  const Bytes whole = message(1, 40);
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    const Bytes head(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    const Bytes tail(whole.begin() + static_cast<std::ptrdiff_t>(cut), whole.end());
    HandshakeJoiner joiner;
    HandshakeMessage m;
    joiner.on_record(head, 3, 1, 0x0301);
    ASSERT_EQ(joiner.next(kLimit, m), Next::need_more) << cut;
    EXPECT_EQ(joiner.pending(), cut);
    joiner.on_record(tail, 4, 2, 0x0303);
    ASSERT_EQ(joiner.next(kLimit, m), Next::message) << cut;
    EXPECT_EQ(m.body.size(), 40u);
    EXPECT_EQ(m.first_frame, 3u);
    EXPECT_EQ(m.records, 2);
    EXPECT_EQ(m.record_version, 0x0301);
    EXPECT_EQ(joiner.next(kLimit, m), Next::need_more);
  }
}

TEST(HandshakeJoiner, TooLargeAndUnknownAreRefused) {
  HandshakeJoiner joiner;
  HandshakeMessage m;
  const Bytes large = {1, 0x00, 0x10, 0x00};  // announces 4096 bytes
  joiner.on_record(large, 1, 1, 0x0303);
  EXPECT_EQ(joiner.next(kLimit, m), Next::too_large);
  EXPECT_EQ(joiner.rejected_size(), 4096u);
  joiner.clear();
  const Bytes random = {0x99, 1, 2, 3, 4, 5};
  joiner.on_record(random, 2, 2, 0x0303);
  EXPECT_EQ(joiner.next(kLimit, m), Next::not_a_message);
}

TEST(HandshakeJoiner, TooLargeIsPassedOverAndReadingGoesOn) {
  const Bytes done = {14, 0, 0, 0};
  for (std::size_t cut = 1; cut <= 8; ++cut) {  // the first record ends inside the header, behind it, or in the body
    HandshakeJoiner joiner;
    HandshakeMessage m;
    Bytes all = {11, 0x00, 0x10, 0x00};
    all.resize(4 + 4096, 0xaa);
    all.insert(all.end(), done.begin(), done.end());
    const ByteView bytes(all);
    bool refused = false;
    joiner.on_record(bytes.first(cut), 1, 1, 0x0303);
    Next next = joiner.next(kLimit, m);
    if (next == Next::too_large) {
      refused = true;
      next = joiner.next(kLimit, m);
    }
    ASSERT_EQ(next, Next::need_more) << cut;
    joiner.on_record(bytes.subspan(cut, 3000), 2, 2, 0x0303);
    next = joiner.next(kLimit, m);
    if (next == Next::too_large) {
      refused = true;
      next = joiner.next(kLimit, m);
    }
    ASSERT_EQ(next, Next::need_more) << cut;
    EXPECT_TRUE(refused) << cut;
    joiner.on_record(bytes.subspan(cut + 3000), 3, 3, 0x0303);
    ASSERT_EQ(joiner.next(kLimit, m), Next::message) << cut;
    EXPECT_EQ(m.type, 14) << cut;
    EXPECT_EQ(m.first_frame, 3u) << cut;
    EXPECT_EQ(joiner.next(kLimit, m), Next::need_more) << cut;
  }
}

TEST(HandshakeJoiner, ClearForgetsTheUnfinished) {
  HandshakeJoiner joiner;
  HandshakeMessage m;
  const Bytes head = {2, 0, 0, 9, 1};
  joiner.on_record(head, 1, 1, 0x0303);
  EXPECT_EQ(joiner.next(kLimit, m), Next::need_more);
  EXPECT_EQ(joiner.pending_type(), 2);
  joiner.clear();
  EXPECT_EQ(joiner.pending(), 0u);
}

TEST(KeepHandshakeMessage, MalformedMessageStillGivesItsEvent) {
  HandshakeMessage m;
  m.type = 2;  // server_hello
  const Bytes body = {3, 3, 1, 2};
  m.body = body;
  Negotiation negotiation;
  TlsFacts facts;
  const TlsEvent event = keep_handshake_message(m, TlsLimits{}, negotiation, facts);
  EXPECT_EQ(event.kind, EventKind::server_hello);
  EXPECT_TRUE(event.decode_failed);
  EXPECT_EQ(event.size, body.size());
}

}  // namespace
}  // namespace handlens::tls
