// The other plaintext handshake messages. The first byte chooses the message and the version, the next two are the
// cipher suite, the rest is the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dissectors/tls_alert.h"
#include "dissectors/tls_certificate.h"
#include "dissectors/tls_key_exchange.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace handlens::tls;
  if (size < 3) return 0;
  const std::uint8_t choice = data[0];
  const std::uint16_t suite = handlens::read_u16(data + 1);
  const std::uint16_t version = (choice & 0x10) != 0 ? 0x0303 : 0x0301;
  const handlens::ByteView body(data + 3, size - 3);
  handlens::ParseError error;
  switch (choice & 0x0f) {
    case 0: {
      const CertificateList list = dissect_certificate_list(body, (choice & 0x10) != 0, error);
      if (list.der.size() > kMaxCertificates) std::abort();
      break;
    }
    case 1:
      (void)dissect_certificate_status(body, error);
      break;
    case 2:
      (void)dissect_server_key_exchange(body, suite, version, error);
      break;
    case 3:
      (void)dissect_client_key_exchange(body, suite, error);
      break;
    case 4: {
      const CertificateRequest request = dissect_certificate_request(body, version, error);
      if (request.authorities.size() > kMaxAuthorities) std::abort();
      break;
    }
    case 5:
      (void)dissect_certificate_verify(body, version, error);
      break;
    case 6:
      (void)dissect_new_session_ticket(body, error);
      break;
    case 7:
      (void)dissect_alert(body, error);
      break;
    default:
      break;
  }
  if (error.offset > body.size()) std::abort();
  return 0;
}
