// What it is: a small memory of decoded certificates, because the same few servers send the same few chains
//   thousands of times and X.509 decoding costs more than everything else in a handshake.
// On the wire: nothing; it stands between tls_handshake and x509.
// Recognise it by: the DER bytes, hashed to choose a slot and compared in full.
// We keep: kCertificateCacheEntries decoded certificates with their DER, one per slot; a newer one replaces it.
// We ignore and why: certificates longer than kCertificateCacheLargest are decoded each time, so the memory stays
//   below about 512 * (8 KiB DER + decoded fields) = 8 MiB per thread whatever the capture holds.
// Limits: those two. Colliding certificates only cost time.
// RFC sections: RFC 5280 (what is decoded).
#pragma once

#include <cstddef>

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

inline constexpr std::size_t kCertificateCacheEntries = 512;
inline constexpr std::size_t kCertificateCacheLargest = 8 * 1024;

// As dissect_certificate, remembered; never null. Threads: each thread has a cache of its own.
[[nodiscard]] SharedCertificate cached_certificate(ByteView der);

}  // namespace handlens::tls
