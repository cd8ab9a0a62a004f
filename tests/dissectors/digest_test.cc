#include "dissectors/digest.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/dissectors/tls_bytes.h"

namespace handlens::tls {
namespace {

TEST(Digest, KnownValues) {  // RFC 1321 A.5, RFC 3174 §7.3, FIPS 180-2
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(sha1_hex(testing::text("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha256_hex(testing::text("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abc"), sha256_hex(testing::text("abc")));
  EXPECT_EQ(sha1_base64(testing::text("abc")), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
}

// One block is computed by itself, up to the size beside which its padding has no room any more.
TEST(Digest, Base64IsThatOfTheDigest) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t size = 0; size < 130; ++size) {
    const std::string hex = sha1_hex(bytes);
    std::array<std::uint8_t, 20> digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
      digest[i] = static_cast<std::uint8_t>(std::stoul(hex.substr(2 * i, 2), nullptr, 16));
    }
    std::array<std::uint8_t, 32> text{};
    EVP_EncodeBlock(text.data(), digest.data(), digest.size());
    EXPECT_EQ(sha1_base64(bytes), std::string(text.begin(), text.begin() + 28)) << size;
    bytes.push_back(static_cast<std::uint8_t>(size * 37 + 11));
  }
}

TEST(Digest, OfNothingAndAgain) {
  for (int i = 0; i < 2; ++i) {  // the contexts are reused
    EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(sha256_hex(ByteView{}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }
}

TEST(Digest, FromOtherThreads) {
  std::string other;
  std::thread thread([&other] { other = md5_hex("abc"); });
  thread.join();
  EXPECT_EQ(other, md5_hex("abc"));
}

TEST(Digest, Hex) {
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(to_hex(testing::hex("00ff1a")), "00ff1a");
}

}  // namespace
}  // namespace handlens::tls
