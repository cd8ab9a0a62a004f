#define OPENSSL_SUPPRESS_DEPRECATED  // SHA1_Init and its like, see put_sha1_base64
#include "dissectors/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
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

// Computed of a few bytes of every flow: an EVP context, which allocates its state anew each time, costs as much as the
// digest itself.
char* put_sha1_base64(ByteView bytes, char* out) {
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  const int length =  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL writes text as bytes
      EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(out), digest.data(), static_cast<int>(digest.size()));
  return out + length;
}

std::string sha1_base64(ByteView bytes) {
  std::array<char, kSha1Base64Room> text{};
  return {text.data(), put_sha1_base64(bytes, text.data())};
}

}  // namespace handlens::tls
