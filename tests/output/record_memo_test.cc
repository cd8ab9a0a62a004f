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
  const ClientShape* first = &memo.client(hello);
  EXPECT_EQ(first->ja3.hash, tls::ja3(hello).hash);
  EXPECT_EQ(first->ja4.hash, tls::ja4(hello).hash);
  EXPECT_EQ(&memo.client(hello), first);
  EXPECT_GT(memo.held_bytes(), first->ja3.full.size());
}

// What the text of the lists is made from makes another shape, even where the fingerprints are the same.
TEST(RecordMemo, OtherListsAreAnotherShape) {
  RecordMemo memo;
  const tls::ClientHello plain = hello_of(0x1301, 3);
  memo.client(plain).lists.number = 7;
  const auto change = [&plain](auto what) {
    tls::ClientHello hello = plain;
    what(hello);
    return hello;
  };
  const tls::ClientHello others[] = {
      change([](tls::ClientHello& h) {
        h.compression_methods = {0, 1};
      }),
      change([](tls::ClientHello& h) { h.psk_modes = {1}; }),
      change([](tls::ClientHello& h) { h.signature_algorithms_cert = {0x0403}; }),
      change([](tls::ClientHello& h) {
        h.key_shares = {{0x001d, 32}};
      }),
      change([](tls::ClientHello& h) { h.point_formats = {0}; }),
      change([](tls::ClientHello& h) { h.groups = {0x001d}; }),
      change([](tls::ClientHello& h) { h.signature_algorithms = {0x0403}; }),
      change([](tls::ClientHello& h) { h.supported_versions = {0x0304}; }),
      change([](tls::ClientHello& h) { h.has_extensions_block = true; }),
      change([](tls::ClientHello& h) {
        h.extensions = {{0x0017, 0}};
      }),
      change([](tls::ClientHello& h) { h.cipher_suites.push_back(0xc02f); }),
      change([](tls::ClientHello& h) { h.legacy_version = 0x0302; }),
      change([](tls::ClientHello& h) { h.lists_truncated = true; }),
  };
  for (const tls::ClientHello& other : others) EXPECT_EQ(memo.client(other).lists.number, SharedTexts::kNone);
}

// A list that was cut has no fingerprint.
TEST(RecordMemo, AServersListThatWasCutIsAnotherShape) {
  RecordMemo memo;
  tls::ServerHello whole;
  whole.extensions.resize(256);
  tls::ServerHello cut = whole;
  cut.lists_truncated = true;
  EXPECT_EQ(memo.server(whole).ja3s.hash, tls::ja3s(whole).hash);
  EXPECT_EQ(memo.server(cut).ja3s.hash, tls::ja3s(cut).hash);
  EXPECT_EQ(memo.server(whole).ja3s.hash, tls::ja3s(whole).hash);
}

TEST(RecordMemo, CertificatesAreToldApartByTheirDigests) {
  RecordMemo memo;
  tls::Certificate one, other;
  one.sha256 = std::string(64, '1');
  other.sha256 = std::string(64, '2');
  memo.certificate(one).number = 5;
  EXPECT_EQ(memo.certificate(other).number, SharedTexts::kNone);
  memo.certificate(one).number = 5;
  EXPECT_EQ(memo.certificate(one).number, 5u);
}

// Hellos as large as they may be, each another one: memory stays within the bound, answers stay right.
TEST(RecordMemo, IsBoundedByBytes) {
  constexpr std::size_t kMost = 1'000'000;
  RecordMemo memo(nullptr, kMost);
  for (std::uint16_t i = 0; i < 100; ++i) {
    const tls::ClientHello hello = hello_of(i, 20'000);
    EXPECT_EQ(memo.client(hello).ja3.hash, tls::ja3(hello).hash);
    EXPECT_LE(memo.held_bytes(), kMost);
    tls::ServerHello answer;
    answer.cipher_suite = i;
    EXPECT_EQ(memo.server(answer).ja3s.hash, tls::ja3s(answer).hash);
    EXPECT_LE(memo.held_bytes(), kMost);
  }
}

TEST(RecordMemo, OneEntryThatIsTooLargeIsStillAnswered) {
  RecordMemo memo(nullptr, 1'000);
  const tls::ClientHello hello = hello_of(0, 20'000);
  EXPECT_EQ(memo.client(hello).ja3.hash, tls::ja3(hello).hash);
  EXPECT_EQ(memo.client(hello_of(7, 2)).ja3.hash, tls::ja3(hello_of(7, 2)).hash);
  EXPECT_LE(memo.held_bytes(), 1'000u);
}

}  // namespace
}  // namespace handlens
