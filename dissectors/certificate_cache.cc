#include "dissectors/certificate_cache.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dissectors/tls_dissect.h"

namespace handlens::tls {
namespace {

struct Entry {
  std::vector<std::uint8_t> der;
  SharedCertificate certificate;
};

// The end of a certificate is its signature: a few of its bytes tell certificates apart (FNV-1a).
std::size_t slot_of(ByteView der) {
  constexpr std::size_t kEnough = 64;
  std::uint64_t hash = 0xcbf29ce484222325U ^ der.size();
  for (const std::uint8_t byte : der.last(std::min(der.size(), kEnough))) hash = (hash ^ byte) * 0x100000001b3U;
  return static_cast<std::size_t>((hash ^ (hash >> 32)) % kCertificateCacheEntries);
}

}  // namespace

SharedCertificate cached_certificate(ByteView der) {
  if (der.empty() || der.size() > kCertificateCacheLargest)
    return std::make_shared<const Certificate>(dissect_certificate(der));
  thread_local std::vector<Entry> cache(kCertificateCacheEntries);
  Entry& entry = cache[slot_of(der)];
  if (!std::equal(der.begin(), der.end(), entry.der.begin(), entry.der.end())) {
    entry.certificate = std::make_shared<const Certificate>(dissect_certificate(der));
    entry.der.assign(der.begin(), der.end());
  }
  return entry.certificate;
}

}  // namespace handlens::tls
