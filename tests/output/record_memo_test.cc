#include "src/output/record_memo.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

tls::ClientHello hello_of(std::uint16_t first, std::size_t suites) {
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  for (std::size_t i = 0; i < suites; ++i) hello.cipher_suites.push_back(static_cast<std::uint16_t>(first + i));
  return hello;
}

TEST(RecordMemo, RemembersWhatItWouldCompute) {
  RecordMemo memo;
  const tls::ClientHello hello = hello_of(0x1301, 3);
  const ClientFingerprints* first = &memo.client(hello);
  EXPECT_EQ(first->ja3.hash, tls::ja3(hello).hash);
  EXPECT_EQ(first->ja4.hash, tls::ja4(hello).hash);
  EXPECT_EQ(&memo.client(hello), first);
  EXPECT_GT(memo.held_bytes(), first->ja3.full.size());
}

// Hellos as large as they may be, each another one: memory stays within the bound, answers stay right.
TEST(RecordMemo, IsBoundedByBytes) {
  constexpr std::size_t kMost = 1'000'000;
  RecordMemo memo(kMost);
  for (std::uint16_t i = 0; i < 100; ++i) {
    const tls::ClientHello hello = hello_of(i, 20'000);
    EXPECT_EQ(memo.client(hello).ja3.hash, tls::ja3(hello).hash);
    EXPECT_LE(memo.held_bytes(), kMost);
    tls::ServerHello answer;
    answer.cipher_suite = i;
    EXPECT_EQ(memo.server(answer).hash, tls::ja3s(answer).hash);
    EXPECT_LE(memo.held_bytes(), kMost);
  }
}

TEST(RecordMemo, OneEntryThatIsTooLargeIsStillAnswered) {
  RecordMemo memo(1'000);
  const tls::ClientHello hello = hello_of(0, 20'000);
  EXPECT_EQ(memo.client(hello).ja3.hash, tls::ja3(hello).hash);
  EXPECT_EQ(memo.client(hello_of(7, 2)).ja3.hash, tls::ja3(hello_of(7, 2)).hash);
  EXPECT_LE(memo.held_bytes(), 1'000u);
}

}  // namespace
}  // namespace handlens
