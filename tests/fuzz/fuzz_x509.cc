// What OpenSSL decodes for us: certificates, distinguished names, OCSP responses.
#include <openssl/err.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dissectors/x509.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace handlens::tls;
  const handlens::ByteView der(data, size);
  const Certificate certificate = dissect_certificate(der);
  if (certificate.size != size || certificate.sha256.size() != 64) std::abort();
  if (!certificate.decoded && certificate.error.empty()) std::abort();
  if (certificate.dns_names.size() > kMaxAlternativeNames || certificate.subject.size() > kMaxTextBytes) std::abort();
  (void)dissect_distinguished_name(der);
  CertificateStatus status;
  dissect_ocsp_response(der, status);
  if (ERR_peek_error() != 0) std::abort();
  return 0;
}
