#include "dissectors/tls_certificate.h"

#include <algorithm>

#include "dissectors/x509.h"

namespace handlens::tls {
namespace {

constexpr std::uint8_t kOcsp = 1;       // RFC 6066 §8
constexpr std::uint8_t kOcspMulti = 2;  // RFC 6961 §2.2

}  // namespace

CertificateList dissect_certificate_list(ByteView body, bool tls13, ParseError& error) {
  CertificateList list;
  ByteReader reader(body, error);
  if (tls13) (void)reader.vec8("certificate_request_context");
  // A list cut at the end of the message still shows its first certificates.
  const std::size_t announced = reader.u24("certificate_list");
  const auto base = static_cast<std::uint32_t>(reader.position());
  const ByteView available = reader.rest();
  const ByteView block = available.first(std::min(announced, available.size()));
  ParseError entry_error;
  ByteReader entries(block, entry_error, base);
  while (!entries.empty()) {
    const ByteView der = entries.vec24("cert_data").rest();
    if (entries.ok() && der.empty()) entries.fail(ParseReason::bad_length, "cert_data");
    if (tls13 && entries.ok()) (void)entries.vec16("certificate_extensions");
    if (!entries.ok() && der.empty()) break;
    if (list.der.size() < kMaxCertificates) {
      list.der.push_back(der);
    } else {
      list.lists_truncated = true;
    }
  }
  reader.skip(announced, "certificate_list");
  if (!error.failed()) error = entry_error;
  reader.expect_end("certificate");
  return list;
}

CertificateStatus dissect_certificate_status(ByteView body, ParseError& error) {
  CertificateStatus status;
  ByteReader reader(body, error);
  status.type = reader.u8("status_type");
  ByteView response;
  if (status.type == kOcsp) {
    response = reader.vec24("response").rest();
  } else if (status.type == kOcspMulti) {
    ByteReader list = reader.vec24("ocsp_response_list");
    response = list.vec24("response").rest();  // the leaf's; an empty one means "none"
  } else {
    reader.fail(ParseReason::bad_value, "status_type");
  }
  reader.expect_end("certificate_status");
  status.response_length = static_cast<std::uint32_t>(response.size());
  if (!response.empty()) dissect_ocsp_response(response, status);
  return status;
}

}  // namespace handlens::tls
