// X.509 certificates, distinguished names and OCSP responses.
//
// What it is: DER structures carried inside TLS messages; OpenSSL decodes them, this file turns them into text.
// On the wire: ASN.1 DER, SEQUENCE (0x30) first.
// Recognise it by: its place in a Certificate, CertificateRequest or CertificateStatus message.
// We keep: names (RFC 2253, UTF-8), validity, alternative names, key, signature algorithm, the usual extensions and
//   the fingerprints. Digests and size are there even if OpenSSL cannot decode the certificate.
// We ignore and why: signatures, chains and policies: nothing is verified here.
// Limits: 256 DNS names and 256 addresses; a name is cut at kMaxTextBytes. Bytes that are not UTF-8 and control
//   characters become \NN in distinguished names (RFC 2253 §2.4) and \xNN in alternative names.
// RFC sections: 5280 §4, 2253, 6960 §4.2, 6962 §3.3, 7633.
// OpenSSL's error queue is empty after each call. Threads: no shared state.
#pragma once

#include <optional>
#include <string>

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

inline constexpr std::size_t kMaxAlternativeNames = 256;
inline constexpr std::size_t kMaxTextBytes = 4096;  // one distinguished name

// Always returns a Certificate; `decoded` says whether the DER could be read, `error` why not.
[[nodiscard]] Certificate dissect_certificate(ByteView der);

// A DER Name as an RFC 2253 one-liner; nullopt if it is not one.
[[nodiscard]] std::optional<std::string> dissect_distinguished_name(ByteView der);

// Fills status and times of `status` from a DER OCSPResponse; leaves them empty if it cannot be read or says nothing.
void dissect_ocsp_response(ByteView der, CertificateStatus& status);

}  // namespace handlens::tls
