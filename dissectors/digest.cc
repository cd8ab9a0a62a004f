#define OPENSSL_SUPPRESS_DEPRECATED  // SHA1_Init and its like, see put_sha1_base64
#include "dissectors/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <memory>
#include <span>

namespace handlens::tls {
namespace {

struct FreeAlgorithm {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// One algorithm, fetched once, and the context it is computed in. One of each per thread.
class Digest {
 public:
  explicit Digest(const char* name) : md_(EVP_MD_fetch(nullptr, name, nullptr)), context_(EVP_MD_CTX_new()) {
    if (md_ == nullptr) ERR_clear_error();
  }

  // Empty if OpenSSL refuses. The view is valid until the next call.
  ByteView compute(const void* data, std::size_t size) {
    unsigned length = 0;
    if (md_ == nullptr || context_ == nullptr || EVP_DigestInit_ex2(context_.get(), md_.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), data, size) != 1 ||
        EVP_DigestFinal_ex(context_.get(), out_.data(), &length) != 1) {
      ERR_clear_error();
      return {};
    }
    return ByteView(out_).first(length);
  }

 private:
  std::unique_ptr<EVP_MD, FreeAlgorithm> md_;
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> out_{};
};

Digest& md5() {
  thread_local Digest digest("MD5");
  return digest;
}
Digest& sha1() {
  thread_local Digest digest("SHA1");
  return digest;
}
Digest& sha256() {
  thread_local Digest digest("SHA256");
  return digest;
}

}  // namespace

char* put_hex(ByteView bytes, char* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 0x0f];
  }
  return out;
}

std::string to_hex(ByteView bytes) {
  std::string text(bytes.size() * 2, '0');
  static_cast<void>(put_hex(bytes, text.data()));
  return text;
}

std::string md5_hex(std::string_view text) { return to_hex(md5().compute(text.data(), text.size())); }

std::string sha1_hex(ByteView bytes) { return to_hex(sha1().compute(bytes.data(), bytes.size())); }

std::string sha256_hex(ByteView bytes) { return to_hex(sha256().compute(bytes.data(), bytes.size())); }

std::string sha256_hex(std::string_view text) { return to_hex(sha256().compute(text.data(), text.size())); }

namespace {

// Whatever fits into one block beside its padding, a bit and the length (RFC 3174 §4).
constexpr std::size_t kMostInOneBlock = SHA_CBLOCK - 1 - 8;

// REQUIRES: at most kMostInOneBlock bytes.
std::array<std::uint32_t, 5> sha1_of_one_block(ByteView bytes) {
  std::array<std::uint8_t, SHA_CBLOCK> block{};
  if (!bytes.empty()) std::memcpy(block.data(), bytes.data(), bytes.size());
  block[bytes.size()] = 0x80;
  const std::size_t bits = bytes.size() * 8;
  block[SHA_CBLOCK - 2] = static_cast<std::uint8_t>(bits >> 8);
  block[SHA_CBLOCK - 1] = static_cast<std::uint8_t>(bits & 0xff);
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Transform(&context, block.data());
  return {context.h0, context.h1, context.h2, context.h3, context.h4};
}

std::array<std::uint32_t, 5> sha1_words(ByteView bytes) {
  if (bytes.size() <= kMostInOneBlock) return sha1_of_one_block(bytes);
  SHA_CTX context;
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  std::array<std::uint32_t, 5> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = read_u32(digest.data() + 4 * i);
  return words;
}

}  // namespace

// Computed of a few bytes of every flow: an EVP context, which allocates its state anew each time, costs as much as the
// digest itself, and the steps around one block, and OpenSSL's base64, half as much.
char* put_sha1_base64(ByteView bytes, char* out) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto put = [&out](std::uint64_t value, int characters) {
    for (int i = characters - 1; i >= 0; --i) *out++ = kDigits[value >> 6 * i & 0x3f];
  };
  // Of 160 bits, six in each: 48, 48, 48 and the last 16 with two zeros behind them.
  const auto [a, b, c, d, e] = sha1_words(bytes);
  put(std::uint64_t{a} << 16 | b >> 16, 8);
  put(std::uint64_t{b & 0xffff} << 32 | c, 8);
  put(std::uint64_t{d} << 16 | e >> 16, 8);
  put(std::uint64_t{e & 0xffff} << 2, 3);
  *out++ = '=';
  return out;
}

std::string sha1_base64(ByteView bytes) {
  std::array<char, kSha1Base64Room> text{};
  return {text.data(), put_sha1_base64(bytes, text.data())};
}

}  // namespace handlens::tls
