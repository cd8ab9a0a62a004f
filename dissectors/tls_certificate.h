// Certificate and CertificateStatus.
//
// What it is: the sender's certificate chain, leaf first, and a stapled OCSP response about the leaf.
// On the wire: up to TLS 1.2 certificate_list<0..2^24-1> of cert<1..2^24-1>; TLS 1.3 puts a context<0..255> before
//   it and extensions<0..2^16-1> after each. CertificateStatus: type(1)=1 response<1..2^24-1>.
// Recognise it by: handshake types 11 and 22. In TLS 1.3 both are encrypted; they are seen there only with secrets.
// We keep: views of the DER (x509.h reads it), of the OCSP response its status and times.
// We ignore and why: the per-certificate extensions of TLS 1.3, and responses after the first of an ocsp_multi list
//   (RFC 6961), which speak of the issuers.
// Limits: kMaxCertificates; what is cut sets lists_truncated.
// RFC sections: 5246 §7.4.2, 8446 §4.4.2, 6066 §8, 6961.
#pragma once

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

// The views of the result live as long as `body`. An empty list is legal (a client without a certificate).
[[nodiscard]] CertificateList dissect_certificate_list(ByteView body, bool tls13, ParseError& error);
[[nodiscard]] CertificateStatus dissect_certificate_status(ByteView body, ParseError& error);

}  // namespace handlens::tls
